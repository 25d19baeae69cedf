import type { Database } from '@evolu/sqlite-wasm';
import { CORRELATION_RECORDS_MAX, type Correlation, type IndexCheckpoint } from './observable-index.ts';
import type { RecordIndex } from './search-index.ts';
import { createSearchTables, SEARCH_SCHEMA } from './search-tables.ts';

/** Observables asked for in one statement (SQLite takes 32766 parameters, two for each). */
const KEYS_AT_ONCE = 500;

/** Version of the tables and of what is written into them (`PRAGMA user_version`); a file of another version is made anew. */
export const INDEX_VERSION = 2;

/** Tables of the index; safe to run again. */
export const INDEX_SCHEMA = `
CREATE TABLE IF NOT EXISTS obs(kind TEXT NOT NULL, key TEXT NOT NULL, record_id TEXT NOT NULL, entity TEXT NOT NULL, PRIMARY KEY(kind, key, record_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS obs_record ON obs(record_id);
CREATE TABLE IF NOT EXISTS mark(one INTEGER PRIMARY KEY CHECK(one = 1), id TEXT NOT NULL, lwt REAL NOT NULL);
${SEARCH_SCHEMA}
PRAGMA user_version = ${INDEX_VERSION};
`;

/** The index over an open SQLite database that has {@link INDEX_SCHEMA}. Takes the database over: `close` closes it. */
export function createSqliteIndex(db: Database): RecordIndex {
  const { search, searchLoosely, writer } = createSearchTables(db);

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
      const drop = db.prepare('DELETE FROM obs WHERE record_id = ?');
      const texts = writer();
      const end = () => {
        put.finalize();
        drop.finalize();
        texts.end();
      };
      try {
        for (const { id, entity, observables, document } of records) {
          drop.bind([id]).stepReset();
          for (const { kind, key: value } of observables) put.bind([kind, value, id, entity]).stepReset();
          texts.put(id, entity, document);
        }
        db.exec({ sql: 'INSERT OR REPLACE INTO mark VALUES(1, ?, ?)', bind: [checkpoint.id, checkpoint.lwt] });
        end();
        db.exec('COMMIT');
      } catch (error) {
        end();
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
      db.exec("BEGIN; DELETE FROM obs; DELETE FROM mark; DELETE FROM doc; INSERT INTO fts(fts) VALUES('delete-all'); COMMIT");
    },
    search,
    searchLoosely,
    onReset: () => () => undefined,
    close: async () => db.close(),
  };
}
