import { hlcToMs } from '#shared/base/time.ts';
import { searchTextsOf } from '#shared/domain/record/searchable.ts';
import { CONFLICT_KIND, entityDefinition } from '#shared/entities.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { IndexedRecord, ObservableKey } from './observable-index.ts';
import type { SearchDocument } from './search-index.ts';

function isObservableKey(value: unknown): value is ObservableKey {
  const { kind, key } = Object(value) as { kind?: unknown; key?: unknown };
  return typeof kind === 'string' && typeof key === 'string';
}

/** The searched texts of a record besides its title, in one. */
export function textOf(texts: readonly string[]): string {
  return texts.join('\n');
}

function documentOf(record: SuarRecord): SearchDocument | undefined {
  const fields = entityDefinition(record.entity)?.search;
  if (!fields) return undefined;
  const { title, texts, countries } = searchTextsOf(fields, record.body);
  const places = new Set([`u:${record.owner}`, ...record.audience, ...countries.map((code) => `c:${code}`)]);
  const lang = typeof record.body['lang'] === 'string' ? record.body['lang'] : '';
  return { title, lang, ref: record.ref, text: textOf(texts), status: record.status, tlp: record.tlp, at: hlcToMs(record.updatedAt), places: [...places] };
}

/** What the index holds of a stored record; nothing of a deleted one. */
export function toIndexed(doc: SuarRecord & { readonly _deleted: boolean }): IndexedRecord {
  if (doc._deleted) return { id: doc.id, entity: doc.entity, observables: [] };
  const found = entityDefinition(doc.entity)?.observablesOf?.(doc.body);
  const document = documentOf(doc);
  const open = doc.conflicts.some(({ settled }) => !settled) ? [{ kind: CONFLICT_KIND, key: doc.entity }] : [];
  return { id: doc.id, entity: doc.entity, observables: [...(Array.isArray(found) ? found.filter(isObservableKey) : []), ...open], ...(document ? { document } : {}) };
}
