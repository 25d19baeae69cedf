import type { RxConflictHandler } from 'rxdb/plugins/core';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import type { SuarRecord } from '#shared/schema/record.ts';
import { deriveStoreKeys } from '../../src-renderer/db/keys.ts';
import { openDatabase, type SuarDatabase } from '../../src-renderer/db/open-database.ts';
import { TOKEN_FIELDS } from '../../src-renderer/db/record-schema.ts';
import { createSealingStorage } from '../../src-renderer/db/sealing-storage.ts';
import { createMemoryDisk, type MemoryDisk } from './memory-disk.ts';

let made = 0;

/** A name no other store of this process has. */
export function storeName(): string {
  return `store-${process.pid}-${made++}`;
}

/** A sealed store on a disk of its own, and the disk to look at what lies on it. */
export async function openSealedStore(options: { readonly name?: string; readonly disk?: MemoryDisk; readonly key?: Uint8Array } = {}): Promise<{ db: SuarDatabase; disk: MemoryDisk; name: string }> {
  const disk = options.disk ?? createMemoryDisk();
  const keys = await deriveStoreKeys(options.key ?? new Uint8Array(32).fill(7));
  const storage = createSealingStorage({ keys, tokenFields: TOKEN_FIELDS, disk });
  const name = options.name ?? storeName();
  return { db: await openDatabase({ name, storage }), disk, name };
}

/** A plain store in memory, RxDB's own. */
export async function openMemoryStore(conflictHandler?: RxConflictHandler<SuarRecord>): Promise<SuarDatabase> {
  return openDatabase({ name: storeName(), storage: getRxStorageMemory(), ...(conflictHandler ? { conflictHandler } : {}) });
}
