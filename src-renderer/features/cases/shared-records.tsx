import { useTranslation } from 'react-i18next';
import { OBSERVABLE_KINDS } from '#shared/schema/observable.ts';
import type { CorrelationAnswer } from '../../db/data-service.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { RecordLink, type OpenRecord } from './record-link.tsx';
import styles from './cases.module.css';

interface SharedRecordsProps {
  readonly answer: CorrelationAnswer;
  readonly withSuppressed: boolean;
  readonly onToggle: () => void;
  readonly onOpen: OpenRecord;
}

/** Every other record that shares an observable, each with the reason; and how many values were left out because they say nothing. */
export function SharedRecords({ answer: { records, recordsTotal, correlations, suppressed }, withSuppressed, onToggle, onOpen }: SharedRecordsProps) {
  const { t } = useTranslation('cases');
  const fmt = useFmt();
  const totals = new Map(correlations.map(({ kind, key, total }) => [`${kind}|${key}`, total]));
  if (recordsTotal === 0 && suppressed.length === 0) return null;
  return (
    <div className={styles['shared']}>
      {recordsTotal > 0 ? <p className={styles['hit']}>{t('observables.records', { count: recordsTotal })}</p> : null}
      {records.length > 0 ? (
        <ul className={styles['hits']}>
          {records.map((record) => (
            <li key={record.id} className={styles['sharedRecord']} data-record={record.id}>
              <RecordLink record={record} onOpen={onOpen} />
              <span className={styles['note']}>
                {fmt.list(
                  record.shared.map(({ kind, key }) =>
                    t('observables.same', { kind: t(`kind.${OBSERVABLE_KINDS.find((known) => known === kind) ?? 'other'}`), count: totals.get(`${kind}|${key}`) ?? 1 }),
                  ),
                )}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
      {records.length < recordsTotal ? <p className={styles['note']}>{t('observables.moreRecords', { count: records.length })}</p> : null}
      {suppressed.length > 0 ? (
        <p className={styles['suppressed']}>
          <span>{t(withSuppressed ? 'observables.shownToo' : 'observables.suppressed', { count: suppressed.length })}</span>
          <Button kind="quiet" aria-pressed={withSuppressed} onPress={onToggle}>
            {withSuppressed ? t('observables.leaveOut') : t('observables.showToo')}
          </Button>
        </p>
      ) : null}
    </div>
  );
}
