import type {
  BulkWriteRow,
  DexieStorageInternals,
  EventBulk,
  PreparedQuery,
  RxDocumentData,
  RxJsonSchema,
  RxStorage,
  RxStorageBulkWriteResponse,
  RxStorageChangeEvent,
  RxStorageInstance,
  RxStorageInstanceCreationParams,
  RxStorageWriteError,
} from 'rxdb/plugins/core';
import { dexieCount, getRxStorageDexie, type RxStorageInstanceDexie } from 'rxdb/plugins/storage-dexie';
import { map, type Observable } from 'rxjs';
import type { StoreKeys } from './keys.ts';
import { createSealingCodec } from './sealing/codec.ts';
import { planLayout, type PlainDoc } from './sealing/layout.ts';
import { runQuery, withTokens, type QueryContext } from './sealing/query.ts';
import { keyRangeOf, scanIndex } from './sealing/scan.ts';

/** Options of {@link createSealingStorage}. */
export interface SealingStorageOptions {
  readonly keys: Pick<StoreKeys, 'seal' | 'token'>;
  /** Indexed fields stored as tokens, by collection. */
  readonly tokenFields?: Readonly<Record<string, readonly string[]>>;
  /** Another IndexedDB than the global one, for tests. */
  readonly indexedDb?: { readonly factory: IDBFactory; readonly keyRange: typeof IDBKeyRange };
}

type Doc = RxDocumentData<PlainDoc>;
type Checkpoint = { readonly id: string; readonly lwt: number };
type Instance = RxStorageInstance<PlainDoc, DexieStorageInternals, object, Checkpoint>;
type ChangeBulk = EventBulk<RxStorageChangeEvent<Doc>, Checkpoint>;

/**
 * An RxStorage over storage-dexie that seals every document before it reaches IndexedDB.
 *
 * On disk are only: primary key, indexed fields (tokens where listed), RxDB's `_deleted`, `_rev`, `_meta`, and `ct`.
 * Writes of an instance reach the disk in the order they were called, so a replication checkpoint never passes a write
 * that is still being sealed, and every transaction is `strict`: acknowledged means flushed
 * (Chromium is `relaxed` by default: https://developer.chrome.com/blog/indexeddb-durability-mode-now-defaults-to-relaxed).
 * Expects to be the only writer (`multiInstance: false`).
 */
export function createSealingStorage(options: SealingStorageOptions): RxStorage<DexieStorageInternals, object> {
  const dexie = getRxStorageDexie({
    chromeTransactionDurability: 'strict',
    ...(options.indexedDb ? { indexedDB: options.indexedDb.factory, IDBKeyRange: options.indexedDb.keyRange } : {}),
  });
  const create = async (params: RxStorageInstanceCreationParams<PlainDoc, object>) => {
    const layout = planLayout(params.collectionName, params.schema, options.tokenFields?.[params.collectionName] ?? []);
    const inner = await dexie.createStorageInstance<PlainDoc>({ ...params, schema: layout.inner, password: undefined });
    return sealInstance(inner, params.schema, createSealingCodec(options.keys, layout), layout);
  };
  return {
    name: 'sealing-dexie',
    rxdbVersion: dexie.rxdbVersion,
    createStorageInstance: create as unknown as RxStorage<DexieStorageInternals, object>['createStorageInstance'],
  };
}

function sealInstance(inner: RxStorageInstanceDexie<PlainDoc>, schema: Readonly<RxJsonSchema<Doc>>, codec: ReturnType<typeof createSealingCodec>, layout: ReturnType<typeof planLayout>): Instance {
  /** Plain documents of rows on their way through a write, so that its events need no decryption. */
  const plainOf = new WeakMap<object, Doc>();
  let writes = 0;
  let lastWrite: Promise<unknown> = Promise.resolve();
  const unseal = codec.unseal as (row: PlainDoc) => Promise<Doc>;
  const context = async (): Promise<QueryContext> => ({ schema, layout, codec, state: await inner.internals, writes: () => writes });

  async function bulkWrite(rows: BulkWriteRow<PlainDoc>[], reason: string): Promise<RxStorageBulkWriteResponse<PlainDoc>> {
    const sealing = Promise.all(rows.map((row) => codec.seal(row.document)));
    const turn = lastWrite.then(async () => {
      const sealed = await sealing;
      const original = new Map<unknown, BulkWriteRow<PlainDoc>>();
      const inside = rows.map((row, i) => {
        const document = sealed[i] as Doc;
        plainOf.set(document, row.document as Doc);
        const insideRow = { document, ...(row.previous ? { previous: stubOf(row.previous) } : {}) };
        original.set(insideRow, row);
        return insideRow;
      });
      const { error } = await inner.bulkWrite(inside, reason).finally(() => writes++);
      return Promise.all(error.map((failure) => unsealFailure(failure, original.get(failure.writeRow))));
    });
    lastWrite = turn.catch(() => undefined);
    return { error: await turn };
  }

  /** The storage compares only `_rev` and `_deleted` of the previous state: no need to seal it again. */
  function stubOf(previous: Doc): Doc {
    const { _rev, _deleted, _meta, _attachments } = previous;
    const stub = { [layout.primary]: previous[layout.primary], _rev, _deleted, _meta, _attachments } as unknown as Doc;
    plainOf.set(stub, previous);
    return stub;
  }

  async function unsealFailure(failure: RxStorageWriteError<PlainDoc>, writeRow: BulkWriteRow<PlainDoc> | undefined): Promise<RxStorageWriteError<PlainDoc>> {
    const out = { ...failure, writeRow: writeRow ?? failure.writeRow };
    if ('documentInDb' in out && out.documentInDb) out.documentInDb = await unseal(out.documentInDb as Doc);
    return out as RxStorageWriteError<PlainDoc>;
  }

  function toPlainBulk(bulk: EventBulk<RxStorageChangeEvent<Doc>, unknown>): ChangeBulk {
    const plain = <T>(row: T): T => {
      if (row === undefined || row === null) return row;
      const doc = plainOf.get(row as object);
      if (doc === undefined) throw new Error('a change event carries a row this instance did not write');
      return doc as T;
    };
    const events = bulk.events.map((event) => ({ ...event, documentData: plain(event.documentData), previousDocumentData: plain(event.previousDocumentData) }));
    return { ...bulk, events: events as ChangeBulk['events'], checkpoint: bulk.checkpoint as Checkpoint };
  }

  async function count(prepared: PreparedQuery<PlainDoc>): ReturnType<Instance['count']> {
    const plan = await withTokens(layout, codec, prepared.queryPlan);
    if (plan.selectorSatisfiedByIndex) return { count: await dexieCount(inner, { ...prepared, queryPlan: plan }), mode: 'fast' };
    return { count: (await runQuery(await context(), prepared)).length, mode: 'slow' };
  }

  /** Bulk writes share one `lwt`: the exact `[lwt, id]` range reads each row once where RxDB's own `$or` query opens every tie again. */
  async function getChangedDocumentsSince(limit: number, checkpoint?: Checkpoint): Promise<{ documents: Doc[]; checkpoint: Checkpoint }> {
    const state = await inner.internals;
    const range = checkpoint && keyRangeOf(state).lowerBound([checkpoint.lwt, checkpoint.id], true);
    const { rows } = await scanIndex(state, { index: ['_meta.lwt', layout.primary], range, direction: 'next', most: limit });
    const documents = await Promise.all(rows.map(unseal));
    const last = documents.at(-1);
    return { documents, checkpoint: last ? { id: String(last[layout.primary]), lwt: last._meta.lwt } : (checkpoint ?? { id: '', lwt: 0 }) };
  }

  return {
    databaseName: inner.databaseName,
    collectionName: inner.collectionName,
    schema,
    internals: inner.internals,
    options: inner.options,
    bulkWrite,
    query: async (prepared) => ({ documents: await runQuery(await context(), prepared) }),
    count,
    findDocumentsById: async (ids, withDeleted) => Promise.all((await inner.findDocumentsById(ids, withDeleted)).map(unseal)),
    getChangedDocumentsSince,
    changeStream: () => inner.changeStream().pipe(map(toPlainBulk)) as unknown as Observable<EventBulk<RxStorageChangeEvent<PlainDoc>, Checkpoint>>,
    getAttachmentData: () => Promise.reject(new Error('attachments are kept in the vault, never in the store')),
    cleanup: (minimumDeletedTime) => inner.cleanup(minimumDeletedTime),
    remove: () => inner.remove(),
    close: () => lastWrite.then(() => inner.close()),
  };
}
