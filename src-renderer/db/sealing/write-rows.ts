import { categorizeBulkWriteRows, type BulkWriteRow, type EventBulk, type RxDocumentData, type RxStorageChangeEvent, type RxStorageWriteError } from 'rxdb/plugins/core';
import { fromStorageToDexie, type RxStorageInstanceDexie } from 'rxdb/plugins/storage-dexie';
import type { PlainDoc } from './layout.ts';
import { keyRangeOf, settledRequest, toRow, type DexieState } from './scan.ts';

type Doc = RxDocumentData<PlainDoc>;

/** What a write did: rows it did not take, and the event of those it took (none where it took none). */
export interface RowsWritten {
  readonly error: RxStorageWriteError<PlainDoc>[];
  readonly event: EventBulk<RxStorageChangeEvent<Doc>, { readonly id: string; readonly lwt: number }> | undefined;
}

/**
 * Writes rows with RxDB's rules of revisions, in one transaction of IndexedDB. New rows need one question whether any of their ids
 * is taken, where storage-dexie asks for every single one: a tenth of an import. Rejects with IndexedDB's error; then nothing is written.
 */
export async function writeRows(inner: RxStorageInstanceDexie<PlainDoc>, primary: string, rows: BulkWriteRow<PlainDoc>[], context: string, durability: IDBTransactionDurability): Promise<RowsWritten> {
  const state = await inner.internals;
  const transaction = state.dexieDb.backendDB().transaction(['docs'], 'readwrite', { durability });
  const complete = new Promise<void>((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve());
    transaction.addEventListener('abort', () => reject(transaction.error ?? new DOMException('the write was not made', 'AbortError')));
  });
  complete.catch(() => undefined); // told below; an error on the way there is told first
  const docs = transaction.objectStore('docs');
  const stored = await storedRows(state, docs, primary, rows);
  const { errors, bulkInsertDocs, bulkUpdateDocs, eventBulk, newestRow } = categorizeBulkWriteRows<PlainDoc>(inner as never, primary as never, stored as never, rows, context);
  try {
    for (const { document } of [...bulkInsertDocs, ...bulkUpdateDocs]) docs.put(fromStorageToDexie(state.booleanIndexes, document as Doc));
  } catch (error) {
    transaction.abort();
    throw error;
  }
  await complete;
  const newest = newestRow?.document as Doc | undefined;
  if (newest) eventBulk.checkpoint = { id: String(newest[primary]), lwt: newest._meta.lwt };
  return { error: errors, event: newest ? (eventBulk as unknown as RowsWritten['event']) : undefined };
}

/** The rows that stand where `rows` want to, by id. */
async function storedRows(state: DexieState, docs: IDBObjectStore, primary: string, rows: readonly BulkWriteRow<PlainDoc>[]): Promise<Map<string, PlainDoc>> {
  const ids = rows.map(({ document }) => String(document[primary])).sort();
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) return new Map();
  const isNew = rows.every(({ previous }) => previous === undefined);
  if (isNew && (await settledRequest(docs.getKey(keyRangeOf(state).bound(first, last)))) === undefined) return new Map();
  const found: unknown[] = await Promise.all(ids.map((id) => settledRequest(docs.get(id))));
  return new Map(found.flatMap((raw) => (raw === undefined ? [] : [toRow(state, raw)])).map((row) => [String(row[primary]), row]));
}
