import { useTranslation } from 'react-i18next';
import { hlcToMs } from '#shared/base/time.ts';
import type { FieldConflict } from '#shared/schema/record.ts';
import { useFmt } from '../i18n/use-fmt.ts';
import { Button } from './button.tsx';
import { Section } from './page.tsx';
import styles from './conflict-list.module.css';

interface ConflictListProps {
  readonly conflicts: readonly FieldConflict[];
  /** The label of a field in the officer's language. */
  readonly fieldLabel: (field: string) => string;
  /** How a value of a field is shown. */
  readonly valueText: (field: string, value: unknown) => string;
  /** The name of the officer or unit at a device. */
  readonly nameOf: (device: string) => string;
  readonly onSettle: (conflict: FieldConflict, choice: 'kept' | 'other') => void;
}

/** Fields both sides changed while apart: both values, who, when, and the value before; the officer chooses. */
export function ConflictList({ conflicts, fieldLabel, valueText, nameOf, onSettle }: ConflictListProps) {
  const { t } = useTranslation('cases');
  const fmt = useFmt();
  if (conflicts.length === 0) return null;
  const time = (reading: string) => fmt.dateTime(new Date(hlcToMs(reading)).toISOString(), Intl.DateTimeFormat().resolvedOptions().timeZone);
  const shown = (field: string, value: unknown) => (value === null || value === '' ? t('conflict.empty') : valueText(field, value));
  return (
    <Section title={t('conflict.title', { count: conflicts.length })}>
      <p>{t('conflict.explain')}</p>
      {conflicts.map((conflict) => (
        <div key={`${conflict.field} ${conflict.keptAt} ${conflict.otherAt}`} className={styles['conflict']}>
          <h3>{fieldLabel(conflict.field)}</h3>
          <dl>
            <dt>{t('conflict.kept', { name: nameOf(conflict.keptBy), time: time(conflict.keptAt) })}</dt>
            <dd>{shown(conflict.field, conflict.kept)}</dd>
            <dt>{t('conflict.other', { name: nameOf(conflict.otherBy), time: time(conflict.otherAt) })}</dt>
            <dd>{shown(conflict.field, conflict.other)}</dd>
            <dt>{t('conflict.base')}</dt>
            <dd>{shown(conflict.field, conflict.base)}</dd>
          </dl>
          <div className={styles['actions']}>
            <Button onPress={() => onSettle(conflict, 'kept')}>{t('conflict.useKept')}</Button>
            <Button onPress={() => onSettle(conflict, 'other')}>{t('conflict.useOther')}</Button>
          </div>
        </div>
      ))}
    </Section>
  );
}
