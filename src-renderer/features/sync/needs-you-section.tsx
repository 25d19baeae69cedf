import { useTranslation } from 'react-i18next';
import { openConflicts, type ConflictGroup } from '#shared/domain/record/explain.ts';
import { recordTitle } from '#shared/entities.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import { useNames, useServices } from '../../db/services.tsx';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { useValueText, type RecordView } from '../../kit/field-view.ts';
import { useKindName } from '../../kit/kind-name.ts';
import { Notice } from '../../kit/notice.tsx';
import { Section } from '../../kit/page.tsx';
import { Progress } from '../../kit/progress.tsx';
import { shortSides } from './short-sides.ts';
import { DECIDED_KINDS, useConflicted, useIndexState } from './use-conflicted.ts';
import styles from './sync.module.css';

/** Most fields told of one record; all of them are in the record. */
const FIELDS_SHOWN = 3;

/** How the fields of the kinds whose conflicts can be decided are read. */
export type RecordViews = Readonly<Record<(typeof DECIDED_KINDS)[number], RecordView>>;

interface NeedsYouProps {
  readonly views: RecordViews;
  /** Shows the record at its conflicts. */
  readonly onOpen: (record: SuarRecord) => void;
}

function FieldLine({ group, view, lang }: { readonly group: ConflictGroup; readonly view: RecordView; readonly lang: string }) {
  const { t } = useTranslation('history');
  const names = useNames();
  const valueText = useValueText(view);
  const [only = ''] = group.fields;
  const label = group.guards === 'custody' ? t('conflict.custody') : (view.fields[only]?.label ?? t('conflict.technical'));
  return (
    <div className={styles['field']} data-field={only}>
      <strong>{label}</strong>
      {shortSides(group).map(({ id, role, by, values }) => (
        <p key={id} data-role={role}>
          <span className={styles['who']}>{role === 'theirs' && by !== undefined ? names.device(by) : t(`side.${role}`)}</span>
          <bdi className={styles['value']} lang={view.fields[only]?.isFree && lang ? lang : undefined}>
            {values
              .filter(({ field }) => view.fields[field])
              .map(({ field, value }) => (group.isElement && value === null ? t('side.absent') : valueText(field, value)))
              .join(' · ')}
          </bdi>
        </p>
      ))}
    </div>
  );
}

function ConflictedItem({ record, view, onOpen }: { readonly record: SuarRecord; readonly view: RecordView } & Pick<NeedsYouProps, 'onOpen'>) {
  const { t } = useTranslation('sync');
  const { deviceId } = useServices();
  const kindName = useKindName();
  const groups = openConflicts(record, view.rules, deviceId);
  const title = recordTitle(record);
  const lang = String(record.body['lang'] ?? '');
  const more = groups.length - FIELDS_SHOWN;
  return (
    <li className={styles['item']}>
      <div className={styles['head']}>
        <span className={styles['kind']}>{kindName(record.entity)}</span>
        <bdi className={styles['title']} lang={lang || undefined}>
          {title}
        </bdi>
        <Button aria-label={t('needs.openOf', { title })} onPress={() => onOpen(record)}>
          {t('needs.open')}
        </Button>
      </div>
      {groups.slice(0, FIELDS_SHOWN).map((group) => (
        <FieldLine key={group.id} group={group} view={view} lang={lang} />
      ))}
      {more > 0 ? <p className={styles['who']}>{t('waiting.more', { count: more })}</p> : null}
    </li>
  );
}

/** The records two laptops changed while they were apart, with both values in short and the way to decide. */
export function NeedsYouSection({ views, onOpen }: NeedsYouProps) {
  const { t } = useTranslation(['sync', 'search']);
  const fmt = useFmt();
  const conflicted = useConflicted();
  const state = useIndexState();
  const total = conflicted?.total ?? 0;
  const records = conflicted?.records ?? [];
  return (
    <Section title={total > 0 ? t('sync:needs.titleOf', { number: fmt.number(total) }) : t('sync:needs.title')}>
      {state?.kind === 'building' ? (
        <Notice kind="info">
          <p>{t('sync:needs.building')}</p>
          <Progress label={t('sync:needs.read', { done: fmt.number(state.done), total: fmt.number(state.total) })} value={state.done} max={state.total} />
        </Notice>
      ) : null}
      {conflicted && total === 0 && state?.kind !== 'building' ? <p>{t('sync:needs.none')}</p> : null}
      {records.length > 0 ? (
        <ul className={styles['list']} data-testid="needs-you">
          {records.map((record) => {
            const kind = DECIDED_KINDS.find((known) => known === record.entity);
            return kind ? <ConflictedItem key={record.id} record={record} view={views[kind]} onOpen={onOpen} /> : null;
          })}
        </ul>
      ) : null}
      {total > records.length && records.length > 0 ? <p>{t('sync:waiting.more', { count: total - records.length })}</p> : null}
    </Section>
  );
}
