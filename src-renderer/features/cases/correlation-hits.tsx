import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EntityName } from '#shared/entities.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { Correlation, Suppressed } from '../../db/data-service.ts';
import { useServices } from '../../db/services.tsx';
import { Button } from '../../kit/button.tsx';
import { RecordLink, type OpenRecord } from './record-link.tsx';
import styles from './cases.module.css';

const LIST_NAMES = ['special-ranges', 'public-dns', 'cdn-ranges', 'mail-providers', 'url-shorteners', 'shared-hosts', 'top-sites', 'empty-hashes'] as const;

/** Why a value that occurs elsewhere says nothing. */
function SuppressedNote({ suppressed: { list, total } }: { readonly suppressed: Suppressed }) {
  const { t } = useTranslation('cases');
  const name = LIST_NAMES.find((known) => known === list);
  if (list === undefined) return <span className={styles['note']}>{t('observables.common', { count: total })}</span>;
  return <span className={styles['note']}>{t('observables.listed', { name: name ? t(`list.${name}`) : list })}</span>;
}

interface CorrelationHitsProps {
  readonly correlation: Correlation | undefined;
  readonly suppressed: Suppressed | undefined;
  readonly onOpen: OpenRecord;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The other records that share one observable, with their titles once asked for; or why they are not listed. */
export function CorrelationHits({ correlation, suppressed, onOpen }: CorrelationHitsProps) {
  const { t } = useTranslation('cases');
  const { data } = useServices();
  const [isOpen, setIsOpen] = useState(false);
  const [records, setRecords] = useState<readonly SuarRecord[]>([]);
  useEffect(() => {
    if (!isOpen || !correlation) return;
    void Promise.all(correlation.records.map(({ entity, id }) => data.get(entity as EntityName, id))).then((found) => setRecords(found.flatMap((record) => (record ? [record as SuarRecord] : []))));
  }, [isOpen, correlation, data]);
  const why = suppressed ? <SuppressedNote suppressed={suppressed} /> : null;
  if (!correlation || correlation.total === 0) return why ?? <span className={styles['note']}>{t('observables.onlyHere')}</span>;
  return (
    <>
      <span className={styles['hit']}>{t('observables.alsoIn', { count: correlation.total })}</span>
      {why}
      <Button kind="quiet" aria-expanded={isOpen} onPress={() => setIsOpen(!isOpen)}>
        {isOpen ? t('observables.hide') : t('observables.show')}
      </Button>
      {isOpen ? (
        <ul className={styles['hits']}>
          {records.map((record) => (
            <li key={record.id}>
              <RecordLink record={record} title={textOf(record.body['title'])} lang={textOf(record.body['lang'])} onOpen={onOpen} />
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}
