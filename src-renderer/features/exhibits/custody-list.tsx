import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChainFault } from '#shared/domain/custody/chain.ts';
import type { CustodyBody, CustodyClaim } from '#shared/schema/custody.ts';
import type { ExhibitBody } from '#shared/schema/exhibit.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import { isolate } from '../../i18n/isolate.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Notice } from '../../kit/notice.tsx';
import { checkEntries } from './custody-log.ts';
import { knownAct } from './custody-sentence.ts';
import styles from './exhibits.module.css';

/** What main says of the chain; undefined while it is being checked. */
function useChain(exhibit: RecordOf<ExhibitBody>, entries: readonly CustodyBody[]): readonly ChainFault[] | undefined {
  const [faults, setFaults] = useState<readonly ChainFault[]>();
  useEffect(() => {
    let live = true;
    void checkEntries(exhibit, entries).then((checked) => live && setFaults(checked.ok ? checked.value : undefined));
    return () => {
      live = false;
    };
  }, [exhibit, entries]);
  return faults;
}

/** The chain as one plain sentence. */
function ChainState({ faults, count }: { readonly faults: readonly ChainFault[] | undefined; readonly count: number }) {
  const { t } = useTranslation('exhibits');
  const fmt = useFmt();
  if (!faults) return <p role="status">{t('chain.checking')}</p>;
  const [first] = faults;
  return (
    <Notice kind={first ? 'bad' : 'ok'}>
      <p data-chain={first?.kind ?? 'whole'}>{first ? t(`chain.${first.kind}`, { entry: fmt.number(first.seq) }) : t('chain.whole', { count })}</p>
    </Notice>
  );
}

/** One entry as a sentence, with its reason and the condition of the exhibit. */
function Entry({ claim }: { readonly claim: CustodyClaim }) {
  const { t } = useTranslation('exhibits');
  const fmt = useFmt();
  const act = knownAct(claim.act);
  const values = {
    time: fmt.dateTime(claim.at, Intl.DateTimeFormat().resolvedOptions().timeZone),
    by: isolate(claim.by),
    from: isolate(claim.from),
    to: isolate(claim.to),
    act: isolate(claim.act),
  };
  return (
    <li>
      <p>{act ? t(`custody.${act}`, values) : t('custody.unknown', values)}</p>
      {claim.reason ? (
        <p className={styles['muted']}>
          {t('field.reason')}: <bdi lang={claim.lang}>{claim.reason}</bdi>
        </p>
      ) : null}
      {claim.condition ? (
        <p className={styles['muted']}>
          {t('field.condition')}: <bdi lang={claim.lang}>{claim.condition}</bdi>
        </p>
      ) : null}
    </li>
  );
}

/** The chain of custody of an exhibit, first entry first, and whether it is whole. */
export function CustodyList({ exhibit, rows }: { readonly exhibit: RecordOf<ExhibitBody>; readonly rows: readonly RecordOf<CustodyBody>[] }) {
  const { t } = useTranslation('exhibits');
  const entries = useMemo(() => rows.map(({ body }) => body).sort((a, b) => a.claim.seq - b.claim.seq), [rows]);
  const faults = useChain(exhibit, entries);
  return (
    <>
      <h4>{t('custody.title')}</h4>
      <ol className={styles['entries']} aria-label={t('custody.title')}>
        {entries.map(({ claim, signature }) => (
          <Entry key={signature} claim={claim} />
        ))}
      </ol>
      <ChainState faults={faults} count={entries.length} />
    </>
  );
}
