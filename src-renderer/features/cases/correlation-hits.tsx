import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Correlation, Suppressed } from '../../db/data-service.ts';
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

/** The other records that share one observable; or why they are not listed. */
export function CorrelationHits({ correlation, suppressed, onOpen }: CorrelationHitsProps) {
  const { t } = useTranslation('cases');
  const [isOpen, setIsOpen] = useState(false);
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
          {correlation.records.map((record) => (
            <li key={record.id}>
              <RecordLink record={record} onOpen={onOpen} />
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}
