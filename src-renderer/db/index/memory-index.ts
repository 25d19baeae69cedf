import { errorsAllowed, findWithErrors } from '#shared/domain/text/edit-distance.ts';
import { searchKey } from '#shared/domain/text/search-key.ts';
import { CORRELATION_COUNT_MAX, CORRELATION_RECORDS_MAX, type IndexCheckpoint, type ObservableKey, type RecordLine } from './observable-index.ts';
import { SEARCH_TOTAL_MAX, type RecordIndex, type SearchDocument, type SearchFilter } from './search-index.ts';

interface IndexedText {
  readonly id: string;
  readonly entity: string;
  readonly document: SearchDocument;
  /** Search keys. */
  readonly title: string;
  readonly whole: string;
}

function passes({ entity, document: { status, tlp, places, at } }: IndexedText, filter: SearchFilter): boolean {
  const isIn = (list: readonly string[] | undefined, value: string) => list === undefined || list.includes(value);
  return (
    isIn(filter.entities, entity) &&
    isIn(filter.statuses, status) &&
    isIn(filter.tlps, tlp) &&
    (filter.places === undefined || filter.places.some((place) => places.includes(place))) &&
    at >= (filter.from ?? -Infinity) &&
    at <= (filter.to ?? Infinity)
  );
}

/** The index in memory, for environments without OPFS. Built anew at every start. */
export function createMemoryIndex(): RecordIndex {
  const recordsByKey = new Map<string, Map<string, string>>();
  const keysById = new Map<string, readonly string[]>();
  const textsById = new Map<string, IndexedText>();
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

  /** Records that hold what is asked, the last changed first. */
  function matching(filter: SearchFilter, holds: (text: IndexedText) => boolean): IndexedText[] {
    return [...textsById.values()].filter((text) => passes(text, filter) && holds(text)).reverse();
  }

  return {
    checkpoint: () => Promise.resolve(at),
    apply: async (records, checkpoint) => {
      for (const { id, entity, observables, document } of records) {
        take(id);
        textsById.delete(id); // and to the end of the order
        if (document) textsById.set(id, { id, entity, document, title: searchKey(document.title), whole: searchKey(`${document.title}\n${document.text}`) });
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
          .reverse()
          .slice(0, CORRELATION_RECORDS_MAX)
          .map(([id, entity]): RecordLine => {
            const { title = '', lang = '', ref = '', tlp = 'RED' } = textsById.get(id)?.document ?? {};
            return { id, entity, title, lang, ref, tlp };
          });
        return [{ kind: observable.kind, key: observable.key, total: Math.min(found.length, CORRELATION_COUNT_MAX), records }];
      }),
    search: async (terms, filter, limit) => {
      const all = terms.length === 0 ? [] : matching(filter, ({ whole }) => terms.every(({ key }) => whole.includes(key)));
      const isNamed = ({ title }: IndexedText) => terms.every(({ key }) => title.includes(key));
      const found = [...all.filter(isNamed), ...all.filter((text) => !isNamed(text))].slice(0, limit).map(({ id, entity }) => ({ id, entity }));
      return { found, total: Math.min(all.length, SEARCH_TOTAL_MAX), isTotalBound: all.length > SEARCH_TOTAL_MAX };
    },
    searchLoosely: async (terms, filter, limit) => {
      const found = terms.length === 0 ? [] : matching(filter, ({ whole }) => terms.every(({ key }) => whole.includes(key) || findWithErrors(whole, key, errorsAllowed(key)) !== undefined));
      return found.slice(0, limit).map(({ id, entity }) => ({ id, entity }));
    },
    size: () => Promise.resolve(textsById.size),
    onReset: () => () => undefined,
    clear: async () => {
      textsById.clear();
      recordsByKey.clear();
      keysById.clear();
      at = undefined;
    },
    close: () => Promise.resolve(),
  };
}
