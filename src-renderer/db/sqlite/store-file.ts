import type { Database } from '@evolu/sqlite-wasm';
import type { SealingLayout } from '../sealing/layout.ts';
import { openRowTable, type RowTable } from './row-table.ts';
import type { StoreDisk } from './store-disk.ts';

/** Pages of the write-ahead log after which SQLite moves them into the file by itself; 8 KiB each. */
const CHECKPOINT_PAGES = 1000;
const CACHE_KIB = 32_000;

/** An open file of a store, shared by its tables. */
export interface StoreFile {
  readonly table: (layout: SealingLayout) => RowTable;
  /** Everything written so far survives a power cut. */
  readonly flush: () => void;
  /** One of those who opened the file is done with it; the last one closes it. */
  readonly release: () => void;
}

/**
 * Opens `name` on `disk`. With `relaxed`, a write survives the end of the process and is flushed later; else every write is
 * flushed before it returns (sqlite.org/pragma.html#pragma_synchronous: NORMAL and FULL in WAL mode). One process, one
 * connection: the log needs no shared memory then (sqlite.org/wal.html, "exclusive locking mode"). What a record was before an
 * edit or its deletion is overwritten in the file.
 */
export function openStoreFile(disk: StoreDisk, name: string, relaxed: boolean, onClosed: () => void): StoreFile {
  const db = disk.open(name);
  try {
    db.exec(`PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=${relaxed ? 'NORMAL' : 'FULL'}`);
    db.exec(`PRAGMA wal_autocheckpoint=${CHECKPOINT_PAGES}; PRAGMA cache_size=-${CACHE_KIB}; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON`);
  } catch (error) {
    db.close();
    throw error;
  }
  return shared(db, onClosed);
}

function shared(db: Database, onClosed: () => void): StoreFile {
  let users = 0;
  const tables: RowTable[] = [];
  const release = (): void => {
    users--;
    if (users > 0) return;
    for (const table of tables) table.close();
    db.close();
    onClosed();
  };
  return {
    table: (layout) => {
      users++;
      try {
        const table = openRowTable(db, layout);
        tables.push(table);
        return table;
      } catch (error) {
        release();
        throw error;
      }
    },
    flush: () => void db.exec('PRAGMA wal_checkpoint(PASSIVE)'),
    release,
  };
}
