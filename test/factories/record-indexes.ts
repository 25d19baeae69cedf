import initSqlite from '@evolu/sqlite-wasm';
import { createMemoryIndex } from '../../src-renderer/db/index/memory-index.ts';
import type { RecordIndex } from '../../src-renderer/db/index/search-index.ts';
import { createSqliteIndex, INDEX_SCHEMA } from '../../src-renderer/db/index/sqlite-index.ts';

/** The derived index in SQLite, on a database of its own in memory. */
export async function openTestSqliteIndex(): Promise<RecordIndex> {
  const sqlite = await initSqlite();
  const db = new sqlite.oo1.DB(':memory:');
  db.exec(INDEX_SCHEMA);
  return createSqliteIndex(db);
}

/** Both kinds of index: a rule that holds for one has to hold for the other. */
export const INDEX_KINDS: readonly (readonly [string, () => Promise<RecordIndex>])[] = [
  ['in memory', async () => createMemoryIndex()],
  ['in SQLite', openTestSqliteIndex],
];
