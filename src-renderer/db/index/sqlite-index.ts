import type { Database } from '@evolu/sqlite-wasm';
import { CODE_SECRET_BYTES, createObservableCoder } from './observable-code.ts';
import { CORRELATION_COUNT_MAX, CORRELATION_RECORDS_MAX, type IndexCheckpoint } from './observable-index.ts';
import type { RecordIndex } from './search-index.ts';
import { createSearchTables, SEARCH_SCHEMA } from './search-tables.ts';

/** Version of the tables, of what is written into them and of which records are (`PRAGMA user_version`); a file of another version is made anew. */
export const INDEX_VERSION = 7;

/** Milliseconds of writing before waiting questions are let in: an officer may be typing. */
const WORK_MS = 15;

/**
 * Records after which what was written is committed, and milliseconds without writing after which it is. Codes of observables are spread over the whole table, so that a commit
 * writes most of it whatever it holds: a hundred small commits cost as much as a hundred large ones.
 */
const COMMIT_RECORDS = 2000;
const COMMIT_QUIET_MS = 250;
/** Wait before the index is filled again after a commit failed, e.g. on a full disk. */
const AGAIN_MS = 30_000;

/** Tables of an empty index, all or none. */
export const INDEX_SCHEMA = `
BEGIN;
CREATE TABLE secret(one INTEGER PRIMARY KEY CHECK(one = 1), code BLOB NOT NULL);
INSERT INTO secret VALUES(1, randomblob(${CODE_SECRET_BYTES}));
CREATE TABLE obs(code INTEGER NOT NULL, doc INTEGER NOT NULL, PRIMARY KEY(code, doc)) WITHOUT ROWID;
CREATE INDEX obs_doc ON obs(doc);
CREATE TABLE mark(one INTEGER PRIMARY KEY CHECK(one = 1), id TEXT NOT NULL, lwt REAL NOT NULL);
${SEARCH_SCHEMA}
PRAGMA user_version = ${INDEX_VERSION};
COMMIT;
`;

/** The index over an open SQLite database that has {@link INDEX_SCHEMA}. Takes the database over: `close` closes it. */
export function createSqliteIndex(db: Database): RecordIndex {
  const { search, searchLoosely, linesByRow, writer } = createSearchTables(db);
  const codeOf = createObservableCoder(db.selectValue('SELECT code FROM secret') as Uint8Array);

  const resetListeners = new Set<() => void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Records written since the last commit; undefined outside a transaction. Questions see them, a crash forgets them. */
  let uncommitted: number | undefined;

  function begin(): void {
    clearTimeout(timer);
    if (uncommitted !== undefined) return;
    db.exec('BEGIN');
    uncommitted = 0;
  }
  function rollback(): void {
    clearTimeout(timer);
    if (uncommitted === undefined) return;
    uncommitted = undefined;
    try {
      db.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself, as it does when the disk fails; the failure is what the caller is told
    }
  }
  function commit(): void {
    clearTimeout(timer);
    if (uncommitted === undefined) return;
    try {
      db.exec('COMMIT');
      uncommitted = undefined;
    } catch (error) {
      rollback();
      throw error;
    }
  }
  /** Nobody waits for this commit: who follows the store is told to begin again where the index stands. */
  function commitQuietly(): void {
    try {
      commit();
    } catch {
      timer = setTimeout(() => resetListeners.forEach((listener) => listener()), AGAIN_MS);
    }
  }

  return {
    checkpoint: async (): Promise<IndexCheckpoint | undefined> => {
      const row = db.selectArrays('SELECT id, lwt FROM mark')[0];
      return row ? { id: String(row[0]), lwt: Number(row[1]) } : undefined;
    },
    apply: async (records, checkpoint) => {
      begin();
      const put = db.prepare('INSERT OR IGNORE INTO obs VALUES(?,?)');
      const drop = db.prepare('DELETE FROM obs WHERE doc = ?');
      const texts = writer();
      const end = () => {
        put.finalize();
        drop.finalize();
        texts.end();
      };
      try {
        let since = performance.now();
        for (const { id, entity, observables, document } of records) {
          const before = texts.take(id);
          if (before !== undefined) drop.bind([before]).stepReset();
          if (document || observables.length > 0) {
            const row = texts.put(id, entity, document);
            for (const observable of observables) put.bind([codeOf(observable), row]).stepReset();
          }
          if (performance.now() - since > WORK_MS) {
            await new Promise((resolve) => setTimeout(resolve, 0)); // questions go first; they see what is in so far
            since = performance.now();
          }
        }
        db.exec({ sql: 'INSERT OR REPLACE INTO mark VALUES(1, ?, ?)', bind: [checkpoint.id, checkpoint.lwt] });
        end();
      } catch (error) {
        end();
        rollback();
        throw error;
      }
      uncommitted = (uncommitted ?? 0) + records.length;
      if (uncommitted >= COMMIT_RECORDS) commit();
      else timer = setTimeout(commitQuietly, COMMIT_QUIET_MS);
    },
    correlate: async (observables, excludeId = '') => {
      // One bounded walk of the primary key for each: a value of a hundred thousand records costs no more than one of a thousand.
      const find = db.prepare('SELECT doc FROM obs WHERE code = ?1 AND doc <> ?2 ORDER BY doc DESC LIMIT ?3');
      const exclude = Number(db.selectValue('SELECT rowid FROM doc WHERE id = ?', [excludeId]) ?? 0);
      try {
        const found = observables.flatMap((observable) => {
          find.bind([codeOf(observable), exclude, CORRELATION_COUNT_MAX]);
          const rows: number[] = [];
          while (find.step()) rows.push(Number(find.getInt(0)));
          find.reset();
          return rows.length === 0 ? [] : [{ ...observable, total: rows.length, rows: rows.slice(0, CORRELATION_RECORDS_MAX) }];
        });
        const all = [...new Set(found.flatMap(({ rows }) => rows))].sort((a, b) => a - b);
        const lineOf = linesByRow(all);
        return found.map(({ kind, key, total, rows }) => ({ kind, key, total, records: rows.flatMap((row) => lineOf.get(row) ?? []) }));
      } finally {
        find.finalize();
      }
    },
    clear: async () => {
      rollback();
      db.exec("BEGIN; DELETE FROM obs; DELETE FROM mark; DELETE FROM doc; DELETE FROM cond; DELETE FROM facet; INSERT INTO fts(fts) VALUES('delete-all'); COMMIT");
    },
    search,
    searchLoosely,
    size: async () => Number(db.selectValue('SELECT count(*) FROM cond')),
    onReset: (listener) => {
      resetListeners.add(listener);
      return () => resetListeners.delete(listener);
    },
    close: async () => {
      try {
        commit();
      } finally {
        clearTimeout(timer);
        db.close(); // what could not be committed is read from the store again
      }
    },
  };
}
