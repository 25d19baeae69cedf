import type { Database } from '@evolu/sqlite-wasm';
import { bytesToHex } from '#shared/base/ids.ts';
import { createHealingIndex } from './healing-index.ts';
import { createMemoryIndex } from './memory-index.ts';
import { loadSqlite } from '../sqlite/engine.ts';
import { openPool } from '../sqlite/open-pool.ts';
import { POOL_VFS, poolFolder } from '../sqlite/folders.ts';
import type { RecordIndex } from './search-index.ts';
import { INDEX_PAGE_BYTES } from './search-tables.ts';
import { createSqliteIndex, INDEX_SCHEMA, INDEX_VERSION } from './sqlite-index.ts';

const FILE = '/observables.db';
const CAPACITY = 8;

/** The file is damaged, of another version or made under another key: it holds nothing of its own, so it is made anew. */
function openOrRebuild(open: () => Database, unlink: () => void): Database {
  let db: Database | undefined;
  try {
    db = open();
    if (db.selectValue('SELECT count(*) FROM sqlite_schema') === 0) db.exec(INDEX_SCHEMA);
    if (db.selectValue('PRAGMA user_version') !== INDEX_VERSION) throw new Error('another version');
    return db;
  } catch {
    db?.close();
    unlink();
    const fresh = open();
    fresh.exec(INDEX_SCHEMA);
    return fresh;
  }
}

/**
 * The index in SQLite on OPFS, encrypted with ChaCha20-Poly1305 (SQLite3 Multiple Ciphers). Needs a dedicated worker
 * (synchronous access handles) and `wasm-unsafe-eval`. Rejects where either is missing: use the index in memory then.
 * A file found damaged while at work is thrown away; the index then says so and is empty.
 * @param key 32 bytes; copied, the caller zeroes its own.
 * @param profile opaque id of the officer's profile.
 */
export async function openSqliteIndex(key: Uint8Array, profile: string): Promise<RecordIndex> {
  const hexKey = bytesToHex(key);
  const sqlite = await loadSqlite();
  const pool = await openPool(sqlite, { name: POOL_VFS, directory: poolFolder(profile), capacity: CAPACITY });
  (sqlite.capi as unknown as { sqlite3mc_vfs_create: (name: string, makeDefault: number) => number }).sqlite3mc_vfs_create(POOL_VFS, 1);
  const open = (): Database => {
    const opened = new sqlite.oo1.DB({ filename: `file:${FILE}?vfs=multipleciphers-${POOL_VFS}`, flags: 'c' });
    opened.exec("PRAGMA cipher='chacha20'");
    opened.exec(`PRAGMA hexkey='${hexKey}'`);
    opened.exec(`PRAGMA page_size=${INDEX_PAGE_BYTES}`);
    opened.exec('PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000;');
    return opened;
  };
  const discard = (): void => void pool.unlink(FILE);
  const index = await createHealingIndex(
    async () => createSqliteIndex(openOrRebuild(open, discard)),
    async () => discard(),
    createMemoryIndex,
  );
  return {
    ...index,
    close: async () => {
      await index.close();
      pool.close();
    },
  };
}
