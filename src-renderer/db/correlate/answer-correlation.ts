import { searchTextsOf } from '#shared/domain/record/searchable.ts';
import type { WarningMatcher } from '#shared/domain/observable/warning-list.ts';
import { entityDefinition } from '#shared/entities.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { Correlation, ObservableIndex, ObservableKey } from '../index/observable-index.ts';
import { SHARED_RECORDS_MAX, type CorrelationAnswer, type CorrelationQuery, type SharedRecord, type Suppressed } from './correlation-answer.ts';

/** What decides that a shared value means nothing. */
export interface Suppression {
  readonly matcher: WarningMatcher;
  /** A value in more records than this is over-common. */
  readonly commonAbove: number;
}

function toShared(record: SuarRecord, shared: readonly ObservableKey[]): SharedRecord {
  const fields = entityDefinition(record.entity)?.search;
  const lang = typeof record.body['lang'] === 'string' ? record.body['lang'] : '';
  return { id: record.id, entity: record.entity, ref: record.ref, title: fields ? searchTextsOf(fields, record.body).title : '', lang, tlp: record.tlp, shared };
}

/** Ids of the records by how many observables they share, most first; among equals the newer id first. */
function sharedByRecord(correlations: readonly Correlation[]): Map<string, ObservableKey[]> {
  const shared = new Map<string, ObservableKey[]>();
  for (const { kind, key, records } of correlations) for (const { id } of records) shared.set(id, [...(shared.get(id) ?? []), { kind, key }]);
  return new Map([...shared].sort(([a, ofA], [b, ofB]) => ofB.length - ofA.length || (a < b ? 1 : -1)));
}

/** Answers where else observables occur. Values that say nothing are left out and counted; the records are read from the store. */
export async function answerCorrelation(
  index: ObservableIndex,
  read: (ids: readonly string[]) => Promise<readonly SuarRecord[]>,
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
  const byId = new Map((await read(ids)).map((record) => [record.id, record]));
  const records = ids.flatMap((id) => {
    const record = byId.get(id);
    return record ? [toShared(record, shared.get(id) ?? [])] : [];
  });
  return { correlations, records, recordsTotal: shared.size, suppressed };
}
