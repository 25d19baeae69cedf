import { Dexie } from 'dexie';
import type { SuarRecord } from '#shared/schema/record.ts';
import { deriveStoreKeys } from '../../src-renderer/db/keys.ts';
import { openDatabase } from '../../src-renderer/db/open-database.ts';
import { TOKEN_FIELDS } from '../../src-renderer/db/record-schema.ts';
import { createSealingStorage } from '../../src-renderer/db/sealing-storage.ts';

/** One store under measurement. `open` is timed for the cold start, `insert` for writing, `firstRows` for the first list. */
export interface BenchStore {
  readonly name: string;
  readonly open: () => Promise<void>;
  readonly insert: (records: SuarRecord[]) => Promise<void>;
  /** Ids of the newest 50 cases. */
  readonly firstRows: () => Promise<string[]>;
  readonly close: () => Promise<void>;
}

/** Milliseconds, and documents a second for writing. */
export interface BenchResult {
  readonly store: string;
  readonly documents: number;
  readonly insertPerSecond: number;
  /** From opening a store that is full to its first 50 rows. */
  readonly coldStartMs: number;
}

const BATCH = 500;

/** The store of the app, on the global IndexedDB. */
export function sealedBench(name: string): BenchStore {
  let db: Awaited<ReturnType<typeof openDatabase>> | undefined;
  const opened = () => {
    if (db === undefined) throw new Error('not open');
    return db.collections.record;
  };
  return {
    name: 'sealed',
    open: async () => {
      const keys = await deriveStoreKeys(new Uint8Array(32).fill(9));
      db = await openDatabase({ name, storage: createSealingStorage({ keys, tokenFields: TOKEN_FIELDS }) as never });
    },
    insert: async (records) => void (await opened().bulkInsert(records)),
    firstRows: async () => (await opened().find({ selector: { entity: 'case' }, sort: [{ updatedAt: 'desc' }, { id: 'desc' }], limit: 50 }).exec()).map((doc) => doc.id),
    close: async () => void (await db?.close()),
  };
}

/** Dexie alone with the one index the list needs: plain text, the floor of what IndexedDB costs. */
export function dexieBench(name: string, durability: 'strict' | 'relaxed' = 'strict'): BenchStore {
  const db = new Dexie(name, { chromeTransactionDurability: durability });
  db.version(1).stores({ docs: 'id, [entity+updatedAt+id]' });
  return {
    name: `dexie-${durability}`,
    open: async () => void (await db.open()),
    insert: async (records) => void (await db.table('docs').bulkPut(records)),
    firstRows: async () => (await db.table('docs').where('[entity+updatedAt+id]').between(['case', '', ''], ['case', '\uffff', '\uffff']).reverse().limit(50).toArray()).map((doc: SuarRecord) => doc.id),
    close: async () => db.close(),
  };
}

/** The part of PouchDB measured; the caller brings the constructor, it is no dependency of the app. */
export interface PouchLike {
  bulkDocs(docs: object[]): Promise<unknown>;
  createIndex(options: object): Promise<unknown>;
  find(options: object): Promise<{ docs: { _id: string }[] }>;
  close(): Promise<unknown>;
}

/** PouchDB with the find plugin and the same index. */
export function pouchBench(name: string, create: (name: string) => PouchLike): BenchStore {
  let db: PouchLike | undefined;
  const opened = () => {
    if (db === undefined) throw new Error('not open');
    return db;
  };
  return {
    name: 'pouchdb',
    open: async () => {
      db = create(name);
      await db.createIndex({ index: { fields: ['entity', 'updatedAt'] } });
    },
    insert: async (records) => void (await opened().bulkDocs(records.map(({ id, ...rest }) => ({ _id: id, ...rest })))),
    firstRows: async () => {
      const found = await opened().find({ selector: { entity: 'case', updatedAt: { $gt: null } }, sort: [{ entity: 'desc' }, { updatedAt: 'desc' }], limit: 50 });
      return found.docs.map((doc) => doc._id);
    },
    close: async () => void (await db?.close()),
  };
}

/** Fills a fresh store and starts it again. Stores must agree on the rows: the caller compares them. */
export async function measure(make: () => BenchStore, records: readonly SuarRecord[], now: () => number): Promise<BenchResult & { readonly rows: readonly string[] }> {
  const writing = make();
  await writing.open();
  const start = now();
  for (let at = 0; at < records.length; at += BATCH) await writing.insert(records.slice(at, at + BATCH));
  const insertMs = now() - start;
  await writing.close();
  const reading = make();
  const cold = now();
  await reading.open();
  const rows = await reading.firstRows();
  const coldStartMs = now() - cold;
  await reading.close();
  return { store: reading.name, documents: records.length, insertPerSecond: Math.round((records.length / insertMs) * 1000), coldStartMs: Math.round(coldStartMs), rows };
}
