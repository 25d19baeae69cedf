import initSqlite, { type Database } from '@evolu/sqlite-wasm';
import wasmUrl from '@evolu/sqlite-wasm/sqlite3.wasm?url';
import { bytesToHex } from '#shared/base/ids.ts';
import { CORRELATION_RECORDS_MAX, type Correlation, type IndexCheckpoint, type ObservableIndex } from './observable-index.ts';

const FILE = '/observables.db';
const VFS = 'opfs-sahpool';
/** Parameters SQLite takes in one statement, with room to spare (limit 32766, two for each observable). */
const KEYS_AT_ONCE = 500;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS obs(kind TEXT NOT NULL, key TEXT NOT NULL, record_id TEXT NOT NULL, entity TEXT NOT NULL, PRIMARY KEY(kind, key, record_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS obs_record ON obs(record_id);
CREATE TABLE IF NOT EXISTS mark(one INTEGER PRIMARY KEY CHECK(one = 1), id TEXT NOT NULL, lwt REAL NOT NULL);
`;

interface PoolUtil {
  readonly unlink: (name: string) => boolean;
}

/** The file is left open by a crash or made under another key: it holds nothing of its own, so it is made anew. */
function openOrRebuild(open: () => Database, unlink: () => void): Database {
  let db: Database | undefined;
  try {
    db = open();
    db.exec(SCHEMA);
    return db;
  } catch {
    db?.close();
    unlink();
    const fresh = open();
    fresh.exec(SCHEMA);
    return fresh;
  }
}

/**
 * The index in SQLite on OPFS, encrypted with ChaCha20-Poly1305 (SQLite3 Multiple Ciphers). Needs a dedicated worker
 * (synchronous access handles) and `wasm-unsafe-eval`. Rejects where either is missing: use the index in memory then.
 * @param key 32 bytes; zeroed by the caller.
 */
export async function openSqliteIndex(key: Uint8Array): Promise<ObservableIndex> {
  const sqlite = await initSqlite({ locateFile: () => wasmUrl, print: () => undefined, printErr: () => undefined } as Parameters<typeof initSqlite>[0]);
  const pool = (await sqlite.installOpfsSAHPoolVfs({ initialCapacity: 8 } as Parameters<typeof sqlite.installOpfsSAHPoolVfs>[0])) as unknown as PoolUtil;
  (sqlite.capi as unknown as { sqlite3mc_vfs_create: (name: string, makeDefault: number) => number }).sqlite3mc_vfs_create(VFS, 1);
  const db = openOrRebuild(
    () => {
      const opened = new sqlite.oo1.DB({ filename: `file:${FILE}?vfs=multipleciphers-${VFS}`, flags: 'c' });
      opened.exec("PRAGMA cipher='chacha20'");
      opened.exec(`PRAGMA hexkey='${bytesToHex(key)}'`);
      opened.exec('PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;');
      return opened;
    },
    () => pool.unlink(FILE),
  );

  function correlateSome(observables: readonly { kind: string; key: string }[], excludeId: string): Correlation[] {
    const values = observables.map(() => '(?,?)').join(',');
    const rows = db.selectArrays(
      `WITH asked(kind, key) AS (VALUES ${values})
       SELECT kind, key, record_id, entity, total FROM (
         SELECT obs.kind AS kind, obs.key AS key, record_id, entity, COUNT(*) OVER w AS total, ROW_NUMBER() OVER (w ORDER BY record_id DESC) AS n
         FROM asked JOIN obs USING (kind, key) WHERE record_id <> ? WINDOW w AS (PARTITION BY obs.kind, obs.key)
       ) WHERE n <= ${CORRELATION_RECORDS_MAX}`,
      [...observables.flatMap(({ kind, key: value }) => [kind, value]), excludeId],
    );
    const found = new Map<string, Correlation & { records: { id: string; entity: string }[] }>();
    for (const [kind, value, id, entity, total] of rows) {
      const name = `${String(kind)}|${String(value)}`;
      const held = found.get(name) ?? { kind: String(kind), key: String(value), total: Number(total), records: [] };
      held.records.push({ id: String(id), entity: String(entity) });
      found.set(name, held);
    }
    return observables.flatMap(({ kind, key: value }) => found.get(`${kind}|${value}`) ?? []);
  }

  return {
    checkpoint: async (): Promise<IndexCheckpoint | undefined> => {
      const row = db.selectArrays('SELECT id, lwt FROM mark')[0];
      return row ? { id: String(row[0]), lwt: Number(row[1]) } : undefined;
    },
    apply: async (records, checkpoint) => {
      db.exec('BEGIN');
      const put = db.prepare('INSERT OR IGNORE INTO obs VALUES(?,?,?,?)');
      try {
        for (const { id, entity, observables } of records) {
          db.exec({ sql: 'DELETE FROM obs WHERE record_id = ?', bind: [id] });
          for (const { kind, key: value } of observables) put.bind([kind, value, id, entity]).stepReset();
        }
        db.exec({ sql: 'INSERT OR REPLACE INTO mark VALUES(1, ?, ?)', bind: [checkpoint.id, checkpoint.lwt] });
        put.finalize();
        db.exec('COMMIT');
      } catch (error) {
        put.finalize();
        db.exec('ROLLBACK');
        throw error;
      }
    },
    correlate: async (observables, excludeId = '') => {
      const out: Correlation[] = [];
      for (let at = 0; at < observables.length; at += KEYS_AT_ONCE) out.push(...correlateSome(observables.slice(at, at + KEYS_AT_ONCE), excludeId));
      return out;
    },
    clear: async () => {
      db.exec('BEGIN; DELETE FROM obs; DELETE FROM mark; COMMIT');
    },
    close: async () => db.close(),
  };
}
