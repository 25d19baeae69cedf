import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EntityName } from '#shared/entities.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { Correlation } from '../../db/data-service.ts';
import { useServices } from '../../db/services.tsx';
import { Button } from '../../kit/button.tsx';
import { TlpChip } from '../../kit/tlp-chip.tsx';
import styles from './cases.module.css';

const ENTITY_LABELS = ['case', 'intel', 'brief'] as const;

/** The other records that share one observable, with their titles once asked for. */
export function CorrelationHits({ correlation }: { readonly correlation: Correlation | undefined }) {
  const { t } = useTranslation('cases');
  const { data } = useServices();
  const [isOpen, setIsOpen] = useState(false);
  const [records, setRecords] = useState<readonly SuarRecord[]>([]);
  useEffect(() => {
    if (!isOpen || !correlation) return;
    void Promise.all(correlation.records.map(({ entity, id }) => data.get(entity as EntityName, id))).then((found) => setRecords(found.flatMap((record) => (record ? [record as SuarRecord] : []))));
  }, [isOpen, correlation, data]);
  if (!correlation || correlation.total === 0) return <span className={styles['note']}>{t('observables.onlyHere')}</span>;
  return (
    <>
      <span className={styles['hit']}>{t('observables.alsoIn', { count: correlation.total })}</span>
      <Button kind="quiet" aria-expanded={isOpen} onPress={() => setIsOpen(!isOpen)}>
        {isOpen ? t('observables.hide') : t('observables.show')}
      </Button>
      {isOpen ? (
        <ul className={styles['hits']}>
          {records.map((record) => {
            const entity = ENTITY_LABELS.find((known) => known === record.entity);
            return (
              <li key={record.id}>
                <TlpChip tlp={record.tlp} /> {entity ? t(`entity.${entity}`) : record.entity}: <bdi>{String(record.body['title'] ?? '')}</bdi>
              </li>
            );
          })}
        </ul>
      ) : null}
    </>
  );
}
