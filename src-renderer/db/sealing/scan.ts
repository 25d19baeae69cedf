import type { DexieStorageInternals } from 'rxdb/plugins/core';
import { dexieReplaceIfStartsWithPipe, fromDexieToStorage } from 'rxdb/plugins/storage-dexie';
import type { PlainDoc } from './layout.ts';

/** The opened Dexie database behind a storage instance. */
export type DexieState = Awaited<DexieStorageInternals>;

/** One reading of an index, all inside one transaction. */
export interface Scan {
  /** Fields of the index, in order. */
  readonly index: readonly string[];
  readonly range: IDBKeyRange | undefined;
  readonly direction: 'next' | 'prev';
  /** Most rows to return; Infinity for all. */
  readonly most: number;
  /** Counts and keeps only rows it accepts. */
  readonly accept?: ((row: PlainDoc) => boolean) | undefined;
}

/** What a {@link Scan} found: rows in index order, and the key to go on from, or undefined at the end. */
export interface ScanPage {
  readonly rows: PlainDoc[];
  readonly lastKey: IDBValidKey | undefined;
}

/** The factory of key ranges this Dexie uses (a test passes its own). */
export function keyRangeOf(state: DexieState): typeof IDBKeyRange {
  const options = (state.dexieDb as unknown as { _options?: { IDBKeyRange?: typeof IDBKeyRange } })._options;
  return options?.IDBKeyRange ?? globalThis.IDBKeyRange;
}

/** The name storage-dexie gives the index over `fields`. */
export function indexName(fields: readonly string[]): string {
  return `[${fields.map((field) => dexieReplaceIfStartsWithPipe(field)).join('+')}]`;
}

function openIndex(state: DexieState, fields: readonly string[]): IDBIndex {
  const db = state.dexieDb.backendDB();
  return db.transaction(['docs'], 'readonly').objectStore('docs').index(indexName(fields));
}

/** The result of a request of IndexedDB. */
export function settledRequest<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB request failed'));
  });
}

/** A stored object as RxDB knows it: booleans are kept as text in IndexedDB. */
export function toRow(state: DexieState, raw: unknown): PlainDoc {
  return fromDexieToStorage<PlainDoc>(state.booleanIndexes, raw);
}

/** Reads rows of an index in its order, forwards or backwards. Rejects with the error of IndexedDB. */
export function scanIndex(state: DexieState, scan: Scan): Promise<ScanPage> {
  const { accept, most } = scan;
  if (scan.direction === 'next' && (accept === undefined || most === Infinity)) return scanAll(state, scan);
  const request = openIndex(state, scan.index).openCursor(scan.range, scan.direction);
  return new Promise((resolve, reject) => {
    const rows: PlainDoc[] = [];
    request.onerror = () => reject(request.error ?? new Error('IndexedDB cursor failed'));
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor) return resolve({ rows, lastKey: undefined });
      const row = toRow(state, cursor.value);
      if (accept === undefined || accept(row)) rows.push(row);
      if (rows.length >= most) return resolve({ rows, lastKey: cursor.key });
      cursor.continue();
    };
  });
}

/** Up to `most` rows behind primary key `after`, in its order, straight from the table. */
export async function readRows(state: DexieState, after: string | undefined, most: number): Promise<PlainDoc[]> {
  const docs = state.dexieDb.backendDB().transaction(['docs'], 'readonly').objectStore('docs');
  const raws: unknown[] = await settledRequest(docs.getAll(after === undefined ? undefined : keyRangeOf(state).lowerBound(after, true), most));
  return raws.map((raw) => toRow(state, raw));
}

async function scanAll(state: DexieState, { index, range, most, accept }: Scan): Promise<ScanPage> {
  const raws: unknown[] = await settledRequest(openIndex(state, index).getAll(range, Number.isFinite(most) ? most : undefined));
  const rows = raws.map((raw) => toRow(state, raw));
  const last = raws.at(-1);
  const lastKey = raws.length >= most && last !== undefined ? index.map((path) => valueAt(last, path)) : undefined;
  return { rows: accept ? rows.filter(accept) : rows, lastKey: lastKey as IDBValidKey | undefined };
}

function valueAt(row: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (Object(value) as PlainDoc)[key], row);
}

/** The part of `range` that lies behind `key` in the direction of travel, or undefined when nothing can. */
export function rangeBehind(keyRange: typeof IDBKeyRange, range: IDBKeyRange | undefined, key: IDBValidKey, direction: 'next' | 'prev'): IDBKeyRange | undefined {
  try {
    if (direction === 'next') {
      return range?.upper === undefined ? keyRange.lowerBound(key, true) : keyRange.bound(key, range.upper, true, range.upperOpen);
    }
    return range?.lower === undefined ? keyRange.upperBound(key, true) : keyRange.bound(range.lower, key, range.lowerOpen, true);
  } catch {
    return undefined; // an empty range throws DataError
  }
}
