import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hlcToMs } from '#shared/base/time.ts';
import { changesBetween, type FieldChange, type RecordVersion } from '#shared/domain/record/explain.ts';
import { conflictIdOf } from '#shared/domain/record/settle.ts';
import type { FieldConflict, SuarRecord } from '#shared/schema/record.ts';
import { Button } from './button.tsx';
import { useMoment, useValueText, type RecordView, type Trail } from './field-view.ts';
import { Section } from './page.tsx';
import styles from './record-trail.module.css';

/** Versions shown at once. */
const PAGE = 20;

/** What was read, and at which version of the record: a newer one is read again. */
interface Found {
  readonly rev: string;
  readonly versions: readonly RecordVersion[];
}

interface HistoryPanelProps {
  readonly record: SuarRecord;
  readonly view: RecordView;
  readonly trail: Trail;
  /** Says whose history it is, where another one stands on the same page. */
  readonly name?: string;
}

/** Every version of a record this device has seen: who, when, what changed; and every conflict that was decided, with both sides. Read when it is opened. */
export function HistoryPanel({ record, view, trail: { nameOf, history }, name }: HistoryPanelProps) {
  const { t } = useTranslation('history');
  const [most, setMost] = useState(0);
  const [{ versions }, setFound] = useState<Found>({ rev: '', versions: [] });
  const { rev } = record;
  useEffect(() => {
    let isCurrent = true;
    const read = async (): Promise<void> => {
      const found = await history(most + 1);
      if (isCurrent) setFound({ rev, versions: found });
    };
    if (most > 0) void read();
    return () => {
      isCurrent = false;
    };
  }, [history, rev, most]);
  const byRev = new Map(versions.map((version) => [version.record.rev, version.record]));
  const settled = record.conflicts.filter((conflict) => conflict.settled);
  return (
    <Section title={name ? t('titleOf', { name }) : t('title')}>
      {most === 0 ? (
        <div>
          <Button onPress={() => setMost(PAGE)}>{t('show')}</Button>
        </div>
      ) : (
        <>
          <p>{t('explain')}</p>
          <ol className={styles['versions']} data-testid="history">
            {versions.slice(0, most).map((version, i) => (
              <li key={version.record.rev}>
                <VersionEntry
                  record={version.record}
                  before={byRev.get(version.grewFrom ?? '')}
                  joined={byRev.get(version.joined ?? '')}
                  isFirst={i === versions.length - 1}
                  isInForce={i === 0}
                  view={view}
                  nameOf={nameOf}
                />
              </li>
            ))}
          </ol>
          {versions.length > most ? (
            <div>
              <Button onPress={() => setMost(most + PAGE)}>{t('older')}</Button>
            </div>
          ) : null}
          {settled.length > 0 ? <SettledList settled={settled} view={view} nameOf={nameOf} /> : null}
        </>
      )}
    </Section>
  );
}

interface VersionEntryProps {
  readonly record: SuarRecord;
  readonly before: SuarRecord | undefined;
  readonly joined: SuarRecord | undefined;
  readonly isFirst: boolean;
  readonly isInForce: boolean;
  readonly view: RecordView;
  readonly nameOf: (device: string) => string;
}

function VersionEntry({ record, before, joined, isFirst, isInForce, view, nameOf }: VersionEntryProps) {
  const { t } = useTranslation('history');
  const moment = useMoment();
  const by = ({ author, updatedAt }: SuarRecord) => ({ name: nameOf(author), time: moment(hlcToMs(updatedAt)) });
  const changes = before ? changesBetween(before, record, view.rules).filter(({ field }) => view.fields[field]) : [];
  // a merge made on another laptop: the version it joined was never here
  const known = new Set(before?.conflicts.map((conflict) => conflictIdOf(conflict, view.rules)));
  const hasMet = before !== undefined && !joined && record.conflicts.some((conflict) => !known.has(conflictIdOf(conflict, view.rules)));
  const lang = String(record.body['lang'] ?? '');
  return (
    <>
      <p>
        <strong>{t('by', by(record))}</strong>
        {isInForce ? ` · ${t('side.inForce')}` : ''}
      </p>
      {record.offlineMinutes ? <p className={styles['note']}>{t('offline', { seconds: record.offlineMinutes * 60 })}</p> : null}
      {joined ? <p className={styles['note']}>{t('version.joined', by(joined))}</p> : null}
      {hasMet ? <p className={styles['note']}>{t('version.met')}</p> : null}
      {before ? changes.length === 0 && !joined ? <p className={styles['note']}>{t('version.same')}</p> : null : <p className={styles['note']}>{t(isFirst ? 'version.first' : 'version.unknown')}</p>}
      {changes.length > 0 ? (
        <dl>{changes.map((change) => [<dt key={`${change.field} label`}>{view.fields[change.field]?.label}</dt>, <ChangeText key={change.field} change={change} view={view} lang={lang} />])}</dl>
      ) : null}
    </>
  );
}

function ChangeText({ change: { field, before, after, elements }, view, lang }: { readonly change: FieldChange; readonly view: RecordView; readonly lang: string }) {
  const { t } = useTranslation('history');
  const valueText = useValueText(view);
  const line = (label: string, value: unknown) => (
    <span key={`${label} ${valueText(field, value)}`} className={styles['line']}>
      <span className={styles['note']}>{label}</span> <bdi lang={view.fields[field]?.isFree && lang ? lang : undefined}>{valueText(field, value)}</bdi>
    </span>
  );
  if (!elements) {
    return (
      <dd>
        {line(t('change.before'), before)}
        {line(t('change.after'), after)}
      </dd>
    );
  }
  return (
    <dd>
      {elements.added.map((element) => line(t('change.added'), element))}
      {elements.removed.map((element) => line(t('change.removed'), element))}
      {elements.changed.flatMap((pair) => [line(t('change.before'), pair.before), line(t('change.after'), pair.after)])}
      {elements.added.length + elements.removed.length + elements.changed.length === 0 ? t('change.order') : null}
    </dd>
  );
}

function SettledList({ settled, view, nameOf }: { readonly settled: readonly FieldConflict[]; readonly view: RecordView; readonly nameOf: (device: string) => string }) {
  const { t } = useTranslation('history');
  const moment = useMoment();
  const valueText = useValueText(view);
  const by = (device: string, reading: string) => t('by', { name: nameOf(device), time: moment(hlcToMs(reading)) });
  return (
    <div className={styles['settled']} data-testid="settled">
      <h4>{t('settled.title')}</h4>
      {settled
        .filter(({ field }) => view.fields[field])
        .map((conflict) => (
          <dl key={`${conflict.field} ${conflict.keptAt} ${conflict.otherAt} ${valueText(conflict.field, conflict.kept)}`}>
            <dt>{view.fields[conflict.field]?.label}</dt>
            <dd>
              {(['base', 'kept', 'other'] as const).map((party) => (
                <span key={party} className={styles['line']}>
                  <span className={styles['note']}>{party === 'base' ? t('side.base') : by(conflict[`${party}By`], conflict[`${party}At`])}</span>{' '}
                  <bdi>{valueText(conflict.field, conflict[party])}</bdi>
                </span>
              ))}
              {conflict.settled ? (
                <span className={styles['line']}>
                  <span className={styles['note']}>{t('settled.by', { name: nameOf(conflict.settled.by), time: moment(hlcToMs(conflict.settled.at)) })}</span>{' '}
                  <bdi>{valueText(conflict.field, conflict.settled.choice === 'own' ? conflict.settled.value : conflict[conflict.settled.choice])}</bdi>
                </span>
              ) : null}
            </dd>
          </dl>
        ))}
    </div>
  );
}
