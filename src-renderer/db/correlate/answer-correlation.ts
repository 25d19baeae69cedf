import type { WarningMatcher } from '#shared/domain/observable/warning-list.ts';
import type { Correlation, ObservableKey } from '../index/observable-index.ts';
import type { RecordIndex } from '../index/search-index.ts';
import { SHARED_RECORDS_MAX, type CorrelationAnswer, type CorrelationQuery, type SharedRecord, type Suppressed } from './correlation-answer.ts';

/** What decides that a shared value means nothing. */
export interface Suppression {
  readonly matcher: WarningMatcher;
  /** A value in more records than this is over-common. */
  readonly commonAbove: number;
}

/** Ids of the records by how many observables they share, most first; among equals the newer id first. */
function sharedByRecord(correlations: readonly Correlation[]): Map<string, ObservableKey[]> {
  const shared = new Map<string, ObservableKey[]>();
  for (const { kind, key, records } of correlations) for (const { id } of records) shared.set(id, [...(shared.get(id) ?? []), { kind, key }]);
  return new Map([...shared].sort(([a, ofA], [b, ofB]) => ofB.length - ofA.length || (a < b ? 1 : -1)));
}

/** Answers where else observables occur. Values that say nothing are left out and counted. */
export async function answerCorrelation(
  index: Pick<RecordIndex, 'correlate' | 'lines'>,
  { matcher, commonAbove }: Suppression,
  { observables, excludeId, withSuppressed = false }: CorrelationQuery,
): Promise<CorrelationAnswer> {
  const found = await index.correlate(observables, excludeId);
  const suppressed = found.flatMap((each): Suppressed[] => {
    const { kind, key, total } = each;
    const list = matcher.listOf(each);
    return list !== undefined ? [{ kind, key, total, list }] : total > commonAbove ? [{ kind, key, total }] : [];
  });
  const hidden = new Set(withSuppressed ? [] : suppressed.map(({ kind, key }) => `${kind}|${key}`));
  const correlations = found.filter(({ kind, key }) => !hidden.has(`${kind}|${key}`));
  const shared = sharedByRecord(correlations);
  const ids = [...shared.keys()].slice(0, SHARED_RECORDS_MAX);
  const byId = new Map((await index.lines(ids)).map((line) => [line.id, line]));
  const records = ids.flatMap((id): SharedRecord[] => {
    const line = byId.get(id);
    return line ? [{ ...line, tlp: line.tlp as SharedRecord['tlp'], shared: shared.get(id) ?? [] }] : [];
  });
  return { correlations, records, recordsTotal: shared.size, suppressed };
}
