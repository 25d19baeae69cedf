import type { WarningMatcher } from '#shared/domain/observable/warning-list.ts';
import type { Correlation, ObservableIndex } from '../index/observable-index.ts';
import { SHARED_RECORDS_MAX, type CorrelationAnswer, type CorrelationQuery, type SharedRecord, type Suppressed } from './correlation-answer.ts';

/** What decides that a shared value means nothing. */
export interface Suppression {
  readonly matcher: WarningMatcher;
  /** A value in more records than this is over-common. */
  readonly commonAbove: number;
}

/** The records that share observables, those that share most first; among equals the newer id first. */
function sharedRecords(correlations: readonly Correlation[]): SharedRecord[] {
  const byId = new Map<string, SharedRecord>();
  for (const { kind, key, records } of correlations) for (const line of records) byId.set(line.id, { ...line, shared: [...(byId.get(line.id)?.shared ?? []), { kind, key }] });
  return [...byId.values()].sort((a, b) => b.shared.length - a.shared.length || (a.id < b.id ? 1 : -1));
}

/** Answers where else observables occur. Values that say nothing are left out and counted. */
export async function answerCorrelation(
  index: Pick<ObservableIndex, 'correlate'>,
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
  const records = sharedRecords(correlations);
  return { correlations, records: records.slice(0, SHARED_RECORDS_MAX), recordsTotal: records.length, suppressed };
}
