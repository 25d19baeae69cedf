import initSqlite, { type Sqlite3Static } from '@evolu/sqlite-wasm';
import wasmUrl from '@evolu/sqlite-wasm/sqlite3.wasm?url';

let loading: Promise<Sqlite3Static> | undefined;

/** SQLite (WASM) of this worker, loaded once for the store and the index. Rejects without `wasm-unsafe-eval`. */
export function loadSqlite(): Promise<Sqlite3Static> {
  loading ??= initSqlite({ locateFile: () => wasmUrl, print: () => undefined, printErr: () => undefined } as Parameters<typeof initSqlite>[0]);
  return loading;
}
