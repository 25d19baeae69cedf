import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';

/** One fault of a disk, done to the files of a profile while the application is closed. */
export interface Damage {
  readonly name: string;
  readonly apply: (folder: string) => void;
}

/** Bytes before the content in a file of SQLite's pool. */
const HEADER_BYTES = 4096;

function filesIn(folder: string, accept: (name: string) => boolean): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && accept(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** The origin's private file system: the store and the index, in files of a pool that begin with the name they stand for. */
const origin = (folder: string) => path.join(folder, 'File System');
const poolFiles = (folder: string, name: RegExp) => filesIn(origin(folder), () => true).filter((file) => name.test(readFileSync(file).subarray(0, HEADER_BYTES).toString('latin1')));
const storeFiles = (folder: string) => poolFiles(folder, /^\/suar-[0-9a-f-]+\.db/);
const storeTables = (folder: string) => poolFiles(folder, /^\/suar-[0-9a-f-]+\.db\0/);
const indexFiles = (folder: string) => poolFiles(folder, /^\/observables\.db/);
const journalFiles = (folder: string) => filesIn(path.join(folder, 'profiles'), (name) => /^\d{8}\.(log|snap)$/.test(name));

/** Writes `bytes` other bytes into a file, not behind its end. */
function overwriteAt(file: string, at: number, bytes: number): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(Math.max(0, Math.min(bytes, statSync(file).size - at)), 0xa5), 0, undefined, at);
  closeSync(handle);
}

/** Writes `bytes` other bytes into the middle of a file. */
function overwrite(file: string, bytes: number): void {
  overwriteAt(file, Math.max(0, Math.floor(statSync(file).size / 2) - bytes), bytes);
}

function each(name: string, find: (folder: string) => string[], apply: (file: string) => void): Damage {
  return { name, apply: (folder) => find(folder).forEach(apply) };
}

/** The faults the lab plays; each must end with every acknowledged record shown. */
export const DAMAGES: readonly Damage[] = [
  { name: 'the store is gone', apply: (folder) => rmSync(origin(folder), { recursive: true, force: true }) },
  each('64 bytes changed in every file of the store', storeFiles, (file) => overwrite(file, 64)),
  each('one bit changed in every file of the store', storeFiles, (file) => {
    const bytes = readFileSync(file);
    const at = HEADER_BYTES + Math.floor((bytes.length - HEADER_BYTES) / 3);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
  }),
  each('every file of the store cut in half', storeFiles, (file) => truncateSync(file, Math.floor(statSync(file).size / 2))),
  each('every file of the store emptied', storeFiles, (file) => truncateSync(file, 0)),
  each('the head of the store is overwritten', storeTables, (file) => overwriteAt(file, HEADER_BYTES, 4096)),
  each('the names of the files are overwritten', storeFiles, (file) => overwriteAt(file, 0, HEADER_BYTES)),
  each(
    'the list of files of the origin is gone',
    (folder) => filesIn(origin(folder), (name) => name.startsWith('MANIFEST') || name === 'CURRENT'),
    (file) => rmSync(file),
  ),
  each('the journal is gone', journalFiles, (file) => rmSync(file)),
  each('64 bytes changed in every file of the journal', journalFiles, (file) => overwrite(file, 64)),
  each(
    'the journal cut in half',
    (folder) => journalFiles(folder).slice(-1),
    (file) => truncateSync(file, Math.floor(statSync(file).size / 2)),
  ),
  each(
    'the newest log of the journal is gone',
    (folder) => journalFiles(folder).slice(-1),
    (file) => rmSync(file),
  ),
  each('the index is overwritten', indexFiles, (file) => overwrite(file, 65_536)),
];
