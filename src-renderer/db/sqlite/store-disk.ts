import type { Database } from '@evolu/sqlite-wasm';

/** Where the stores of one profile lie: one file of SQLite each. */
export interface StoreDisk {
  readonly names: () => string[];
  /** Opens a file, or makes an empty one. Throws SQLite's error. */
  readonly open: (name: string) => Database;
  readonly remove: (name: string) => void;
  /** Lets go of all files; every one has to be closed before. */
  readonly close: () => void;
}

/** SQLite's result codes that say something of a file (sqlite.org/rescode.html); the upper bits refine them. */
const IOERR = 10;
const FULL = 13;
const DAMAGE_CODES: ReadonlySet<number> = new Set([IOERR, 11, 26]);

function resultCodeOf(error: unknown): number {
  const { resultCode } = Object(error) as { readonly resultCode?: unknown };
  return typeof resultCode === 'number' ? resultCode : 0;
}

/** Whether an error of SQLite says that the file cannot be trusted or read: IOERR, CORRUPT, NOTADB. */
export function isFileDamage(error: unknown): boolean {
  return DAMAGE_CODES.has(resultCodeOf(error) & 0xff);
}

/** Whether an error of SQLite that a write met says that the disk took no more: FULL, or an IOERR that is not one of reading. */
export function isFileFull(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === FULL || code === IOERR || [778, 1034, 1546].includes(code); // IOERR_WRITE, IOERR_FSYNC, IOERR_TRUNCATE
}
