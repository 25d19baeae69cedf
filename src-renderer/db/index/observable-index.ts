/** Most records {@link ObservableIndex.correlate} names for one observable. */
export const CORRELATION_RECORDS_MAX = 50;

/** What identifies an observable; two are the same when both are equal. */
export interface ObservableKey {
  readonly kind: string;
  readonly key: string;
}

/** What one record holds now; an empty list takes it out of the index. */
export interface IndexedRecord {
  readonly id: string;
  readonly entity: string;
  readonly observables: readonly ObservableKey[];
}

/** Position in the store's order of changes up to which the index is complete. */
export interface IndexCheckpoint {
  readonly id: string;
  readonly lwt: number;
}

/** Records that share one observable. */
export interface Correlation extends ObservableKey {
  /** Number of records that hold it, without the excluded one. */
  readonly total: number;
  /** Up to {@link CORRELATION_RECORDS_MAX} of them, by id, newest first. */
  readonly records: readonly { readonly id: string; readonly entity: string }[];
}

/** The derived index from observables to records. Holds nothing the store does not; may be thrown away and built again. */
export interface ObservableIndex {
  /** Undefined for an empty index: everything has to be read. */
  readonly checkpoint: () => Promise<IndexCheckpoint | undefined>;
  /** Replaces what the records hold and moves the checkpoint, in one transaction. */
  readonly apply: (records: readonly IndexedRecord[], checkpoint: IndexCheckpoint) => Promise<void>;
  /** Observables that some record beside `excludeId` holds, in the order asked. */
  readonly correlate: (observables: readonly ObservableKey[], excludeId?: string) => Promise<readonly Correlation[]>;
  readonly clear: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The index in memory, for environments without OPFS. Built anew at every start. */
export function createMemoryIndex(): ObservableIndex {
  const recordsByKey = new Map<string, Map<string, string>>();
  const keysById = new Map<string, readonly string[]>();
  let at: IndexCheckpoint | undefined;
  const keyOf = ({ kind, key }: ObservableKey) => `${kind}|${key}`;

  function take(id: string): void {
    for (const key of keysById.get(id) ?? []) {
      const records = recordsByKey.get(key);
      records?.delete(id);
      if (records?.size === 0) recordsByKey.delete(key);
    }
    keysById.delete(id);
  }

  return {
    checkpoint: () => Promise.resolve(at),
    apply: async (records, checkpoint) => {
      for (const { id, entity, observables } of records) {
        take(id);
        if (observables.length === 0) continue;
        const keys = [...new Set(observables.map(keyOf))];
        keysById.set(id, keys);
        for (const key of keys) {
          const held = recordsByKey.get(key) ?? new Map<string, string>();
          recordsByKey.set(key, held.set(id, entity));
        }
      }
      at = checkpoint;
    },
    correlate: async (observables, excludeId) =>
      observables.flatMap((observable) => {
        const found = [...(recordsByKey.get(keyOf(observable)) ?? [])].filter(([id]) => id !== excludeId);
        if (found.length === 0) return [];
        const records = found
          .sort(([a], [b]) => (a < b ? 1 : -1))
          .slice(0, CORRELATION_RECORDS_MAX)
          .map(([id, entity]) => ({ id, entity }));
        return [{ kind: observable.kind, key: observable.key, total: found.length, records }];
      }),
    clear: async () => {
      recordsByKey.clear();
      keysById.clear();
      at = undefined;
    },
    close: () => Promise.resolve(),
  };
}
