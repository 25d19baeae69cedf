import initSqlite, { type Database } from '@evolu/sqlite-wasm';
import { fillWithDefaultSettings } from 'rxdb/plugins/core';
import { RECORD_SCHEMA, TOKEN_FIELDS } from '../../src-renderer/db/record-schema.ts';
import { planLayout, type PlainDoc } from '../../src-renderer/db/sealing/layout.ts';
import { openRowTable } from '../../src-renderer/db/sqlite/row-table.ts';
import type { StoreDisk } from '../../src-renderer/db/sqlite/store-disk.ts';

const sqlite = await initSqlite();
const ALL = 1_000_000;
/** Layout of the synced collection, for whoever bends its rows. */
const RECORD_LAYOUT = planLayout('record', fillWithDefaultSettings(RECORD_SCHEMA) as never, TOKEN_FIELDS['record'] ?? []);

/** Files in memory; they outlive whoever opened them, as on a real disk. */
export interface MemoryDisk extends StoreDisk {
  /** The bytes of every file as they are now, by name. */
  readonly copy: () => ReadonlyMap<string, Uint8Array>;
}

function load(bytes: Uint8Array | undefined): Database {
  const db = new sqlite.oo1.DB(':memory:');
  // oo1 closes a database for good; here the file stays.
  const end = db.close.bind(db);
  Object.assign(db, { close: () => undefined, end });
  if (bytes === undefined || bytes.length === 0) return db;
  const { sqlite3_deserialize: deserialize, SQLITE_DESERIALIZE_FREEONCLOSE, SQLITE_DESERIALIZE_RESIZEABLE } = sqlite.capi;
  const at = sqlite.wasm.allocFromTypedArray(bytes);
  db.checkRc(deserialize(db.pointer ?? 0, 'main', at, bytes.length, bytes.length, SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE));
  return db;
}

/** A disk in memory, empty or with the files of a copy. */
export function createMemoryDisk(files: ReadonlyMap<string, Uint8Array> = new Map()): MemoryDisk {
  const live = new Map([...files].map(([name, bytes]) => [name, load(bytes)]));
  return {
    names: () => [...live.keys()],
    open: (name) => {
      const db = live.get(name) ?? load(undefined);
      live.set(name, db);
      return db;
    },
    remove: (name) => void live.delete(name),
    close: () => undefined,
    copy: () => new Map([...live].map(([name, db]) => [name, sqlite.capi.sqlite3_js_db_export(db)])),
  };
}

/** Changes stored rows of the newest store in place, as a bad disk would; undefined removes one. */
export function changeRows(disk: StoreDisk, change: (row: PlainDoc) => PlainDoc | undefined): void {
  const newest = disk
    .names()
    .sort((x, y) => x.length - y.length || (x < y ? -1 : 1))
    .at(-1);
  if (newest === undefined) throw new Error('no store on this disk');
  const table = openRowTable(disk.open(newest), RECORD_LAYOUT);
  for (const row of table.after(undefined, ALL)) {
    const next = change(row);
    if (next === undefined) table.remove([String(row['id'])]);
    else table.put([next]);
  }
  table.close();
}

/** The row with one bit of its seal changed. */
export function withFlippedSeal(row: PlainDoc): PlainDoc {
  const ct = Uint8Array.from(row['ct'] as Uint8Array);
  ct[ct.length >> 1] = (ct[ct.length >> 1] ?? 0) ^ 1;
  return { ...row, ct };
}
