import { CONFLICT_KIND, type EntityName } from '#shared/entities.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { ObservableIndex } from './observable-index.ts';

/** Most records {@link readConflicted} reads. */
export const CONFLICTED_MAX = 20;

/** Records with a conflict nobody has decided. */
export interface Conflicted {
  /** Of each kind counted up to CORRELATION_COUNT_MAX. */
  readonly total: number;
  /** The last changed first, at most {@link CONFLICTED_MAX}. */
  readonly records: readonly SuarRecord[];
}

/** Asks the index which records of `entities` have an open conflict, and reads those that are shown; its cost does not grow with the store. */
export async function readConflicted(
  index: Pick<ObservableIndex, 'correlate'>,
  readRecords: (ids: readonly string[]) => Promise<readonly SuarRecord[]>,
  entities: readonly EntityName[],
): Promise<Conflicted> {
  const found = await index.correlate(entities.map((key) => ({ kind: CONFLICT_KIND, key })));
  const ids = found.flatMap(({ records }) => records.slice(0, CONFLICTED_MAX).map(({ id }) => id));
  const records = await readRecords(ids);
  return {
    total: found.reduce((sum, { total }) => sum + total, 0),
    records: [...records].sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1)).slice(0, CONFLICTED_MAX),
  };
}
