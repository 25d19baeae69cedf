import { RXDB_VERSION } from 'rxdb/plugins/utils';
import type {
  BulkWriteRow,
  EventBulk,
  PreparedQuery,
  RxDocumentData,
  RxStorage,
  RxStorageBulkWriteResponse,
  RxStorageChangeEvent,
  RxStorageInstance,
  RxStorageInstanceCreationParams,
  RxStorageWriteError,
} from 'rxdb/plugins/core';
import { Subject, type Observable } from 'rxjs';
import type { StoreDamagedError } from './store-damaged-error.ts';
import type { StoreKeys } from './keys.ts';
import type { Journaled } from '#shared/contract/journal.ts';
import { createFlusher } from './journal/flush.ts';
import { settleDoubt } from './journal/settle-doubt.ts';
import { revisionOf, stamped, toJournalRow, toLightRow } from './journal/sealed-row.ts';
import { verifyCollection } from './journal/verify.ts';
import { isJournaled, type WriteAhead } from './journal/write-ahead.ts';
import { createSealingCodec, type SealingCodec } from './sealing/codec.ts';
import { planLayout, type PlainDoc, type SealingLayout } from './sealing/layout.ts';
import { tellDamage } from './sealing/tell-damage.ts';
import { createTurns, type TableTurns } from './sealing/turns.ts';
import { runQuery, withTokens, type QueryContext } from './sealing/query.ts';
import { writeRows } from './sealing/write-rows.ts';
import { guarded, guardTable } from './sqlite/guard-table.ts';
import { toKeyRange } from './sqlite/range.ts';
import type { RowTable } from './sqlite/row-table.ts';
import type { StoreDisk } from './sqlite/store-disk.ts';
import { openStoreFile, type StoreFile } from './sqlite/store-file.ts';

/** Options of {@link createSealingStorage}. */
export interface SealingStorageOptions {
  readonly keys: Pick<StoreKeys, 'seal' | 'token'>;
  /** Indexed fields stored as tokens, by collection. */
  readonly tokenFields?: Readonly<Record<string, readonly string[]>>;
  /** Where writes go first (docs/adr/0013). Without it, for tests and measurements, SQLite itself is told to flush. */
  readonly journal?: WriteAhead;
  readonly disk: StoreDisk;
}

/** A collection on disk: sealed rows, and what opens them. */
export interface SealedTable {
  readonly table: RowTable;
  readonly codec: SealingCodec;
  readonly turns: TableTurns;
}

/** A sealing storage, and what it can say of its collections. */
export interface SealingStorage extends RxStorage<unknown, object> {
  /** The tables of the collections the journal covers, as they lie on disk, by name. */
  readonly tables: ReadonlyMap<Journaled, SealedTable>;
  /** Emits when a seal did not open for somebody who asked. */
  readonly damaged$: Observable<StoreDamagedError>;
  /** Reads every collection under the journal in full and compares; see verify.ts. */
  readonly verify: (signal: AbortSignal) => Promise<void>;
  /** Closes every collection, also those that are still being opened: where one is refused, RxDB forgets the others. */
  readonly close: () => Promise<void>;
}

type Doc = RxDocumentData<PlainDoc>;
type Checkpoint = { readonly id: string; readonly lwt: number };
type Instance = RxStorageInstance<PlainDoc, unknown, object, Checkpoint>;
type ChangeBulk = EventBulk<RxStorageChangeEvent<Doc>, Checkpoint>;

/**
 * An RxStorage that seals every document before it reaches SQLite (docs/adr/0018).
 *
 * On disk are only: primary key, indexed fields (tokens where listed), RxDB's `_deleted`, `_rev`, `_meta`, and `ct`.
 * Writes of an instance reach the disk in the order they were called, so a replication checkpoint never passes a write
 * that is still being sealed. Acknowledged means on disk: in the journal, which is flushed before the store is asked; without
 * one every transaction is flushed. Expects to be the only writer (`multiInstance: false`).
 */
export function createSealingStorage(options: SealingStorageOptions): SealingStorage {
  const files = new Map<string, StoreFile>();
  const fileOf = (name: string): StoreFile => {
    const file = files.get(name) ?? openStoreFile(options.disk, name, options.journal !== undefined, () => files.delete(name));
    files.set(name, file);
    return file;
  };
  const create = async (params: RxStorageInstanceCreationParams<PlainDoc, object>) => {
    const name = params.collectionName;
    const layout = planLayout(name, params.schema, options.tokenFields?.[name] ?? []);
    const journal = isJournaled(name) ? options.journal : undefined;
    const onDamage = (error: StoreDamagedError) => damaged$.next(error);
    const file = guarded(name, () => fileOf(params.databaseName), onDamage);
    const table = guardTable(
      name,
      guarded(name, () => file.table(layout), onDamage),
      onDamage,
    );
    try {
      if (journal) await settleDoubt(table, name, journal);
    } catch (error) {
      file.release();
      throw error;
    }
    const codec = tellDamage(createSealingCodec(options.keys, layout), damaged$);
    const { instance, turns, verify } = sealInstance(params, table, { ...file, flush: () => guarded(name, file.flush, onDamage, true) }, codec, layout, journal);
    if (isJournaled(name)) tables.set(name, { table, codec, turns });
    if (verify) checks.set(name, verify);
    return instance;
  };
  const damaged$ = new Subject<StoreDamagedError>();
  const tables = new Map<Journaled, SealedTable>();
  const checks = new Map<string, (signal: AbortSignal) => Promise<void>>();
  const made: Promise<Instance>[] = [];
  const createStorageInstance = (params: Parameters<typeof create>[0]): Promise<Instance> => {
    const instance = create(params);
    made.push(instance);
    return instance;
  };
  return {
    name: 'sealing-sqlite',
    rxdbVersion: RXDB_VERSION,
    createStorageInstance: createStorageInstance as unknown as RxStorage<unknown, object>['createStorageInstance'],
    tables,
    damaged$: damaged$.asObservable(),
    verify: async (signal) => {
      for (const check of checks.values()) await check(signal);
    },
    close: async () => {
      for (const opened of await Promise.allSettled(made)) if (opened.status === 'fulfilled') await opened.value.close();
    },
  };
}

function sealInstance(params: RxStorageInstanceCreationParams<PlainDoc, object>, table: RowTable, file: StoreFile, codec: SealingCodec, layout: SealingLayout, journal: WriteAhead | undefined) {
  const { schema } = params;
  /** Plain documents of rows on their way through a write, so that its events need no decryption. */
  const plainOf = new WeakMap<object, Doc>();
  const events$ = new Subject<ChangeBulk>();
  let writes = 0;
  const turns = createTurns();
  const { inTurn } = turns;
  const flusher = journal && isJournaled(layout.collection) ? createFlusher(layout.collection, file.flush, journal, inTurn) : undefined;
  if (journal?.state.inDoubt.length) flusher?.written();
  const unseal = codec.unseal as (row: PlainDoc) => Promise<Doc>;
  const context: QueryContext = { schema, layout, codec, table, writes: () => writes };

  async function bulkWrite(rows: BulkWriteRow<PlainDoc>[], reason: string): Promise<RxStorageBulkWriteResponse<PlainDoc>> {
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
    return turns.afterAppend(async () => {
      const sealed = await sealing;
      return journal.append(
        collection,
        sealed.map((row, i) => {
          const id = String(row[layout.primary]);
          const prev = rows[i]?.previous?._rev ?? null;
          return fromHub ? toLightRow(id, revisionOf(row), prev) : toJournalRow(id, row, prev);
        }),
      );
    });
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
    let written: ReturnType<typeof writeRows>;
    try {
      written = writeRows(table, inside, reason);
    } catch (failure) {
      await ahead?.done(rows.map(idOf));
      throw failure;
    } finally {
      writes++;
    }
    const { error, event } = written;
    if (event) events$.next(toPlainBulk(event));
    await journal?.crashPoint('store-after-write');
    const refused = new Set(error.map((failure) => failure.documentId));
    for (const row of rows) if (!refused.has(idOf(row))) turns.wrote(idOf(row), row.document._rev, row.previous?._rev ?? null);
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
    const plan = await withTokens(layout, codec, prepared.queryPlan);
    const range = plan.selectorSatisfiedByIndex ? toKeyRange(plan) : undefined;
    if (range) return { count: table.countRange(plan.index, range), mode: 'fast' };
    return { count: (await runQuery(context, prepared)).length, mode: 'slow' };
  }

  /** Bulk writes share one `lwt`: the exact `[lwt, id]` range reads each row once where RxDB's own `$or` query opens every tie again. */
  async function getChangedDocumentsSince(limit: number, checkpoint?: Checkpoint): Promise<{ documents: Doc[]; checkpoint: Checkpoint }> {
    const range = checkpoint ? { lower: [checkpoint.lwt, checkpoint.id], lowerOpen: true } : {};
    const { rows } = table.scan({ index: ['_meta.lwt', layout.primary], range, direction: 'next', most: limit });
    const documents = await Promise.all(rows.map(unseal));
    const last = documents.at(-1);
    return { documents, checkpoint: last ? { id: String(last[layout.primary]), lwt: last._meta.lwt } : (checkpoint ?? { id: '', lwt: 0 }) };
  }

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    flusher?.stop();
    await turns.ended();
    await flusher?.flush().catch(() => undefined);
    events$.complete();
    file.release();
  }

  const instance: Instance = {
    databaseName: params.databaseName,
    collectionName: params.collectionName,
    schema,
    internals: {},
    options: params.options,
    bulkWrite,
    query: async (prepared) => ({ documents: await runQuery(context, prepared) }),
    count,
    findDocumentsById: async (ids, withDeleted) =>
      Promise.all(
        table
          .byId(ids)
          .filter((row) => withDeleted || row['_deleted'] !== true)
          .map(unseal),
      ),
    getChangedDocumentsSince,
    changeStream: () => events$.asObservable() as unknown as Observable<EventBulk<RxStorageChangeEvent<PlainDoc>, Checkpoint>>,
    getAttachmentData: () => Promise.reject(new Error('attachments are kept in the vault, never in the store')),
    // Rows that leave would be missed by the journal's count; tombstones stay until the store is made anew.
    cleanup: () => Promise.resolve(true),
    remove: async () => {
      table.drop();
      await instance.close();
    },
    close: () => (closing ??= close()),
  };
  const verify = journal && ((signal: AbortSignal) => verifyCollection({ collection: layout.collection, table, codec, journal, ...turns, signal }));
  return { instance, turns, verify };
}
