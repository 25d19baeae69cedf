import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import type { RxConflictHandler } from 'rxdb/plugins/core';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import type { SuarRecord } from '#shared/schema/record.ts';
import { deriveStoreKeys } from '../../src-renderer/db/keys.ts';
import { openDatabase, type SuarDatabase } from '../../src-renderer/db/open-database.ts';
import { TOKEN_FIELDS } from '../../src-renderer/db/record-schema.ts';
import { createSealingStorage } from '../../src-renderer/db/sealing-storage.ts';

let made = 0;

/** A name no other store of this process has. */
export function storeName(): string {
  return `store-${process.pid}-${made++}`;
}

/** A sealed store over a fake IndexedDB of its own, and the factory to look at what lies on its disk. */
export async function openSealedStore(
  options: { readonly name?: string; readonly factory?: IDBFactory; readonly key?: Uint8Array } = {},
): Promise<{ db: SuarDatabase; factory: IDBFactory; name: string }> {
  const factory = options.factory ?? new IDBFactory();
  const keys = await deriveStoreKeys(options.key ?? new Uint8Array(32).fill(7));
  const storage = createSealingStorage({ keys, tokenFields: TOKEN_FIELDS, indexedDb: { factory, keyRange: IDBKeyRange } });
  const name = options.name ?? storeName();
  return { db: await openDatabase({ name, storage }), factory, name };
}

/** A plain store in memory, RxDB's own. */
export async function openMemoryStore(conflictHandler?: RxConflictHandler<SuarRecord>): Promise<SuarDatabase> {
  return openDatabase({ name: storeName(), storage: getRxStorageMemory(), ...(conflictHandler ? { conflictHandler } : {}) });
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('request failed'));
  });
}

/** Every value of every object store of a factory, by database and store; what an examiner of the disk would see. */
export async function dumpDisk(factory: IDBFactory): Promise<{ database: string; store: string; values: unknown[]; keys: unknown[] }[]> {
  const out = [];
  for (const { name } of await factory.databases()) {
    const db = await settled(factory.open(name ?? ''));
    for (const store of db.objectStoreNames) {
      const values = await settled(db.transaction([store]).objectStore(store).getAll());
      const keys = await settled(db.transaction([store]).objectStore(store).getAllKeys());
      out.push({ database: name ?? '', store, values, keys });
    }
    db.close();
  }
  return out;
}

/** Changes stored rows in place, as a bad disk would; undefined removes one. */
export async function changeRows(factory: IDBFactory, collection: string, change: (row: Record<string, unknown>) => Record<string, unknown> | undefined): Promise<void> {
  // The newest generation of a store is the one in use.
  const found = (await factory.databases()).map(({ name = '' }) => name).filter((name) => name.endsWith(`--${collection}`));
  const db = await settled(factory.open(found.sort((x, y) => x.length - y.length || (x < y ? -1 : 1)).at(-1) ?? ''));
  const store = db.transaction(['docs'], 'readwrite').objectStore('docs');
  for (const row of await settled(store.getAll())) {
    const next = change(row as Record<string, unknown>);
    if (next === undefined) await settled(store.delete((row as { id: string }).id));
    else await settled(store.put(next));
  }
  db.close();
}

/** A copy of everything on a disk, with the shape of its databases. */
export interface DiskCopy {
  readonly databases: readonly {
    readonly name: string;
    readonly version: number;
    readonly stores: readonly {
      readonly name: string;
      readonly keyPath: string | string[] | null;
      readonly autoIncrement: boolean;
      readonly indexes: readonly { readonly name: string; readonly keyPath: string | string[]; readonly unique: boolean; readonly multiEntry: boolean }[];
      readonly rows: readonly { readonly key: IDBValidKey; readonly value: unknown }[];
    }[];
  }[];
}

/** Copies a disk as it is now. */
export async function snapshotOf(factory: IDBFactory): Promise<DiskCopy> {
  const databases = [];
  for (const { name = '', version = 1 } of await factory.databases()) {
    const db = await settled(factory.open(name));
    const stores = [];
    for (const storeName of db.objectStoreNames) {
      const store = db.transaction([storeName]).objectStore(storeName);
      const indexes = [...store.indexNames].map((index) => store.index(index)).map(({ name, keyPath, unique, multiEntry }) => ({ name, keyPath, unique, multiEntry }));
      const keys = await settled(store.getAllKeys());
      const values = await settled(store.getAll());
      const { keyPath, autoIncrement } = store;
      stores.push({ name: storeName, keyPath, autoIncrement, indexes, rows: values.map((value: unknown, i) => ({ key: keys[i] ?? '', value })) });
    }
    db.close();
    databases.push({ name, version, stores });
  }
  return { databases };
}

/** A disk with the content of `copy`. */
export async function restoreOf({ databases }: DiskCopy): Promise<IDBFactory> {
  const factory = new IDBFactory();
  for (const { name, version, stores } of databases) {
    const opening = factory.open(name, version);
    opening.onupgradeneeded = () => {
      for (const store of stores) {
        const made = opening.result.createObjectStore(store.name, { keyPath: store.keyPath, autoIncrement: store.autoIncrement });
        for (const index of store.indexes) made.createIndex(index.name, index.keyPath, { unique: index.unique, multiEntry: index.multiEntry });
      }
    };
    const db = await settled(opening);
    for (const store of stores) {
      const target = db.transaction([store.name], 'readwrite').objectStore(store.name);
      for (const { key, value } of store.rows) await settled(store.keyPath === null ? target.put(value, key) : target.put(value));
    }
    db.close();
  }
  return factory;
}
