import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';

/** One fault of a disk, done to the files of a profile while the application is closed. */
export interface Damage {
  readonly name: string;
  readonly apply: (folder: string) => void;
}

function filesIn(folder: string, accept: (name: string) => boolean): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && accept(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

const store = (folder: string) => path.join(folder, 'IndexedDB');
const journalFiles = (folder: string) => filesIn(path.join(folder, 'profiles'), (name) => /^\d{8}\.(log|snap)$/.test(name));

/** Writes `bytes` other bytes into the middle of a file. */
function overwrite(file: string, bytes: number): void {
  const size = statSync(file).size;
  const at = Math.max(0, Math.floor(size / 2) - bytes);
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(Math.min(bytes, size - at), 0xa5), 0, undefined, at);
  closeSync(handle);
}

function each(name: string, find: (folder: string) => string[], apply: (file: string) => void): Damage {
  return { name, apply: (folder) => find(folder).forEach(apply) };
}

const tables = (folder: string) => filesIn(store(folder), (name) => /\.(ldb|log)$/.test(name));

/** The faults the lab plays; each must end with every acknowledged record shown. */
export const DAMAGES: readonly Damage[] = [
  { name: 'the store is gone', apply: (folder) => rmSync(store(folder), { recursive: true, force: true }) },
  each('64 bytes changed in every file of the store', tables, (file) => overwrite(file, 64)),
  each('one bit changed in every file of the store', tables, (file) => {
    const bytes = readFileSync(file);
    const at = Math.floor(bytes.length / 3);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
  }),
  each('every file of the store cut in half', tables, (file) => truncateSync(file, Math.floor(statSync(file).size / 2))),
  each(
    'the log of the store is gone',
    (folder) => filesIn(store(folder), (name) => name.endsWith('.log')),
    (file) => rmSync(file),
  ),
  each(
    'the list of the store is gone',
    (folder) => filesIn(store(folder), (name) => name.startsWith('MANIFEST')),
    (file) => rmSync(file),
  ),
  each(
    'the pointer of the store is changed',
    (folder) => filesIn(store(folder), (name) => name === 'CURRENT'),
    (file) => writeFileSync(file, 'MANIFEST-999999\n'),
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
  each(
    'the index is overwritten',
    (folder) => filesIn(path.join(folder, 'File System'), () => true),
    (file) => overwrite(file, 65_536),
  ),
];
