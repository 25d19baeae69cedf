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
import { map, Subject, type Observable } from 'rxjs';
import type { StoreDamagedError } from './store-damaged-error.ts';
import type { StoreKeys } from './keys.ts';
import type { Journaled } from '#shared/contract/journal.ts';
import { createFlusher } from './journal/flush.ts';
import { settleDoubt } from './journal/settle-doubt.ts';
import { revisionOf, stamped, toJournalRow, toLightRow } from './journal/sealed-row.ts';
import { verifyCollection } from './journal/verify.ts';
import { toStoreError } from './store-failure.ts';
import { isJournaled, type WriteAhead } from './journal/write-ahead.ts';
import { createSealingCodec, type SealingCodec } from './sealing/codec.ts';
import { keepConnection } from './sealing/connection.ts';
import { tellDamage } from './sealing/tell-damage.ts';
import { planLayout, type PlainDoc } from './sealing/layout.ts';
import { runQuery, withTokens, type QueryContext } from './sealing/query.ts';
import { keyRangeOf, scanIndex } from './sealing/scan.ts';

/** Options of {@link createSealingStorage}. */
export interface SealingStorageOptions {
  readonly keys: Pick<StoreKeys, 'seal' | 'token'>;
  /** Indexed fields stored as tokens, by collection. */
  readonly tokenFields?: Readonly<Record<string, readonly string[]>>;
  /** Where writes go first (docs/adr/0013). Without it, for tests and measurements, IndexedDB itself is told to flush. */
  readonly journal?: WriteAhead;
  /** Another IndexedDB than the global one, for tests. */
  readonly indexedDb?: { readonly factory: IDBFactory; readonly keyRange: typeof IDBKeyRange };
}

/** A collection on disk: sealed rows, and what opens them. */
export interface SealedTable {
  readonly inner: RxStorageInstanceDexie<PlainDoc>;
  readonly primary: string;
  readonly codec: SealingCodec;
  readonly turns: TableTurns;
}

/** How a reader of a whole table and its writers keep out of each other's way. */
export interface TableTurns {
  /** Runs between two writes, so that what is read and what is written never mix. */
  readonly inTurn: <T>(run: () => Promise<T>) => Promise<T>;
  /** Runs when every write begun before has ended and none after has reached the journal. */
  readonly atRest: <T>(run: () => Promise<T>) => Promise<T>;
  /** Told of every row written from now on; the returned function ends it. */
  readonly onWritten: (listener: (id: string, rev: string, prev: string | null) => void) => () => void;
}

/** A sealing storage, and what it can say of its collections. */
export interface SealingStorage extends RxStorage<DexieStorageInternals, object> {
  /** The tables of the collections the journal covers, as they lie on disk, by name. */
  readonly tables: ReadonlyMap<Journaled, SealedTable>;
  /** Emits when a seal did not open for somebody who asked. */
  readonly damaged$: Observable<StoreDamagedError>;
  /** Reads every collection under the journal in full and compares; see verify.ts. */
  readonly verify: (signal: AbortSignal) => Promise<void>;
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
 * that is still being sealed. Acknowledged means on disk: in the journal, which is flushed before IndexedDB is asked; without
 * one every transaction is `strict` (Chromium is `relaxed` by default:
 * https://developer.chrome.com/blog/indexeddb-durability-mode-now-defaults-to-relaxed).
 * Expects to be the only writer (`multiInstance: false`). A disk that refuses is `store-full` or `journal-failed`, and once it takes writes
 * again so does the storage.
 */
export function createSealingStorage(options: SealingStorageOptions): SealingStorage {
  const dexie = getRxStorageDexie({
    chromeTransactionDurability: options.journal ? 'relaxed' : 'strict',
    ...(options.indexedDb ? { indexedDB: options.indexedDb.factory, IDBKeyRange: options.indexedDb.keyRange } : {}),
  });
  const create = async (params: RxStorageInstanceCreationParams<PlainDoc, object>) => {
    const layout = planLayout(params.collectionName, params.schema, options.tokenFields?.[params.collectionName] ?? []);
    const inner = await dexie.createStorageInstance<PlainDoc>({ ...params, schema: layout.inner, password: undefined });
    const name = params.collectionName;
    const journal = isJournaled(name) ? options.journal : undefined;
    if (journal) {
      await settleDoubt(inner, layout.primary, journal).catch(async (error: unknown) => {
        await inner.close();
        throw toStoreError(error);
      });
    }
    const codec = tellDamage(createSealingCodec(options.keys, layout), damaged$);
    const { instance, turns, verify } = sealInstance(inner, params.schema, codec, layout, journal);
    if (isJournaled(name)) tables.set(name, { inner, primary: layout.primary, codec, turns });
    if (verify) checks.set(name, verify);
    return instance;
  };
  const damaged$ = new Subject<StoreDamagedError>();
  const tables = new Map<Journaled, SealedTable>();
  const checks = new Map<string, (signal: AbortSignal) => Promise<void>>();
  return {
    name: 'sealing-dexie',
    rxdbVersion: dexie.rxdbVersion,
    createStorageInstance: create as unknown as RxStorage<DexieStorageInternals, object>['createStorageInstance'],
    tables,
    damaged$: damaged$.asObservable(),
    verify: async (signal) => {
      for (const check of checks.values()) await check(signal);
    },
  };
}

function sealInstance(inner: RxStorageInstanceDexie<PlainDoc>, schema: Readonly<RxJsonSchema<Doc>>, codec: SealingCodec, layout: ReturnType<typeof planLayout>, journal: WriteAhead | undefined) {
  /** Plain documents of rows on their way through a write, so that its events need no decryption. */
  const plainOf = new WeakMap<object, Doc>();
  let writes = 0;
  let lastWrite: Promise<unknown> = Promise.resolve();
  let lastAppend: Promise<unknown> = Promise.resolve();
  const flusher = journal && isJournaled(layout.collection) ? createFlusher(layout.collection, () => inner.internals, journal, inTurn) : undefined;
  const listeners = new Set<(id: string, rev: string, prev: string | null) => void>();
  const unseal = codec.unseal as (row: PlainDoc) => Promise<Doc>;
  const turns: TableTurns = {
    inTurn,
    atRest,
    onWritten: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const connection = keepConnection({ inner, primary: layout.primary, codec, turns }, journal);
  const context = async (): Promise<QueryContext> => {
    await connection.ensure();
    return { schema, layout, codec, state: await inner.internals, writes: () => writes };
  };

  /** One after another: a reading in between sees all of a write or nothing. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = lastWrite.then(run);
    lastWrite = turn.catch(() => undefined);
    return turn;
  }

  /** Between the writes begun before and those that come: the journal and the store agree then. */
  function atRest<T>(run: () => Promise<T>): Promise<T> {
    const turn = Promise.all([lastAppend, lastWrite]).then(run);
    lastAppend = turn.catch(() => undefined);
    return turn;
  }

  async function bulkWrite(rows: BulkWriteRow<PlainDoc>[], reason: string): Promise<RxStorageBulkWriteResponse<PlainDoc>> {
    if (!connection.isOpen()) await connection.ensure();
    const sealing = Promise.all(rows.map((row) => codec.seal(row.document)));
    const appending = append(rows, sealing, reason);
    const error = await inTurn(async () => write(rows, reason, await sealing, await appending));
    flusher?.written();
    return { error };
  }

  /** Into the journal, while the writes before are still being made; what the hub sent goes in without content. */
  function append(rows: BulkWriteRow<PlainDoc>[], sealing: Promise<PlainDoc[]>, reason: string): ReturnType<WriteAhead['append']> | undefined {
    const { collection } = layout;
    if (!journal || !isJournaled(collection)) return undefined;
    const fromHub = reason.startsWith('replication-downstream');
    const appending = lastAppend.then(async () => {
      const sealed = await sealing;
      return journal.append(
        collection,
        sealed.map((row, i) => {
          const id = String(row[layout.primary]);
          const prev = rows[i]?.previous?._rev ?? null;
          return fromHub ? toLightRow(id, revisionOf(row), prev) : toJournalRow(id, row, prev, codec);
        }),
      );
    });
    lastAppend = appending.catch(() => undefined);
    return appending;
  }

  async function write(rows: BulkWriteRow<PlainDoc>[], reason: string, sealed: PlainDoc[], ahead: Awaited<ReturnType<WriteAhead['append']>> | undefined): Promise<RxStorageWriteError<PlainDoc>[]> {
    const original = new Map<unknown, BulkWriteRow<PlainDoc>>();
    const inside = rows.map((row, i) => {
      const document = (ahead ? stamped(sealed[i] ?? {}, ahead.sequence) : sealed[i]) as Doc;
      plainOf.set(document, row.document as Doc);
      const insideRow = { document, ...(row.previous ? { previous: stubOf(row.previous) } : {}) };
      original.set(insideRow, row);
      return insideRow;
    });
    const idOf = (row: BulkWriteRow<PlainDoc>) => String(row.document[layout.primary]);
    await journal?.crashPoint('store-before-write');
    const { error } = await inner
      .bulkWrite(inside, reason)
      .finally(() => writes++)
      .catch(async (failure: unknown) => {
        await ahead?.done(rows.map(idOf));
        throw toStoreError(failure);
      });
    await journal?.crashPoint('store-after-write');
    const refused = new Set(error.map((failure) => failure.documentId));
    for (const row of rows) if (!refused.has(idOf(row))) for (const listener of listeners) listener(idOf(row), row.document._rev, row.previous?._rev ?? null);
    await ahead?.done([...refused]);
    await journal?.crashPoint('store-before-acknowledgement');
    return Promise.all(error.map((failure) => unsealFailure(failure, original.get(failure.writeRow))));
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
    await connection.ensure();
    const plan = await withTokens(layout, codec, prepared.queryPlan);
    if (plan.selectorSatisfiedByIndex) return { count: await dexieCount(inner, { ...prepared, queryPlan: plan }), mode: 'fast' };
    return { count: (await runQuery(await context(), prepared)).length, mode: 'slow' };
  }

  /** Bulk writes share one `lwt`: the exact `[lwt, id]` range reads each row once where RxDB's own `$or` query opens every tie again. */
  async function getChangedDocumentsSince(limit: number, checkpoint?: Checkpoint): Promise<{ documents: Doc[]; checkpoint: Checkpoint }> {
    const { state } = await context();
    const range = checkpoint && keyRangeOf(state).lowerBound([checkpoint.lwt, checkpoint.id], true);
    const { rows } = await scanIndex(state, { index: ['_meta.lwt', layout.primary], range, direction: 'next', most: limit });
    const documents = await Promise.all(rows.map(unseal));
    const last = documents.at(-1);
    return { documents, checkpoint: last ? { id: String(last[layout.primary]), lwt: last._meta.lwt } : (checkpoint ?? { id: '', lwt: 0 }) };
  }

  const instance: Instance = {
    databaseName: inner.databaseName,
    collectionName: inner.collectionName,
    schema,
    internals: inner.internals,
    options: inner.options,
    bulkWrite,
    query: async (prepared) => ({ documents: await runQuery(await context(), prepared) }),
    count,
    findDocumentsById: async (ids, withDeleted) => {
      await connection.ensure();
      return Promise.all((await inner.findDocumentsById(ids, withDeleted)).map(unseal));
    },
    getChangedDocumentsSince,
    changeStream: () => inner.changeStream().pipe(map(toPlainBulk)) as unknown as Observable<EventBulk<RxStorageChangeEvent<PlainDoc>, Checkpoint>>,
    getAttachmentData: () => Promise.reject(new Error('attachments are kept in the vault, never in the store')),
    // Rows that leave would be missed by the journal's count; tombstones stay until the store is made anew.
    cleanup: () => Promise.resolve(true),
    remove: () => inner.remove(),
    close: async () => {
      flusher?.stop();
      await lastWrite;
      connection.end();
      await flusher?.flush().catch(() => undefined);
      await inner.close();
    },
  };
  const verify =
    journal &&
    (async (signal: AbortSignal) =>
      verifyCollection({
        collection: layout.collection,
        primary: layout.primary,
        codec,
        state: await inner.internals,
        journal,
        ...turns,
        signal,
      }));
  return { instance, turns, verify };
}
