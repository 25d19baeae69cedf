import type { RpcPort } from '#shared/contract/rpc.ts';
import type { SuarRecord } from '#shared/schema/record.ts';

/** One store under measurement, made for one database name. */
export interface BenchStore {
  readonly open: () => Promise<void>;
  /** Writes all of them, {@link BATCH} at a time. */
  readonly insert: (records: SuarRecord[]) => Promise<void>;
  /** Ids of the newest 50 cases, their documents read in full. */
  readonly firstRows: () => Promise<string[]>;
  readonly close: () => Promise<void>;
}

/** The stores compared: the app's own, Dexie with the same and with Chromium's default durability, PouchDB. */
export const STORE_KINDS = ['sealed', 'dexie-strict', 'dexie-relaxed', 'pouchdb'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

/** Rows of the first list. */
export const FIRST_ROWS = 50;
/** Documents written at once. */
export const BATCH = 500;

/** `journal` is the port of the app's journal; the others have none. Loads only the code of the store asked for, so that a cold start pays for no other. */
export async function createBenchStore(kind: StoreKind, name: string, journal?: RpcPort): Promise<BenchStore> {
  switch (kind) {
    case 'sealed':
      return (await import('./sealed-store.ts')).createSealedStore(name, journal);
    case 'dexie-strict':
      return (await import('./dexie-store.ts')).createDexieStore(name, 'strict');
    case 'dexie-relaxed':
      return (await import('./dexie-store.ts')).createDexieStore(name, 'relaxed');
    case 'pouchdb':
      return (await import('./pouch-store.ts')).createPouchStore(name);
  }
}

/** `records` in stretches of {@link BATCH}. */
export function batchesOf<T>(records: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(records.length / BATCH) }, (_, n) => records.slice(n * BATCH, (n + 1) * BATCH));
}
