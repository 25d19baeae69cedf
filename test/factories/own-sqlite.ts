import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Sqlite3Static } from '@evolu/sqlite-wasm';

const FOLDER = path.join(path.dirname(createRequire(import.meta.url).resolve('@evolu/sqlite-wasm/package.json')), 'sqlite-wasm/jswasm');
const wasmBinary = readFileSync(path.join(FOLDER, 'sqlite3.wasm'));

/** SQLite as browsers get it, with the file system over access handles; made anew, as in a worker of its own. */
export async function loadOwnSqlite(): Promise<Sqlite3Static> {
  const { default: init } = (await import(path.join(FOLDER, 'sqlite3-bundler-friendly.mjs'))) as { readonly default: (options: object) => Promise<Sqlite3Static> };
  return init({ wasmBinary, print: () => undefined, printErr: () => undefined });
}
