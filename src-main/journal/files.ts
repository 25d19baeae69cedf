import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { syncFolder } from '../keys/durable-file.ts';
import { fromBytes, type Entry } from './entries.ts';
import { chainStart, openFrame, type ChainEnd } from './frames.ts';

/** A file of the journal: `00000012.log` takes writes, `00000011.snap` stands for all files up to its number. */
export interface JournalFile {
  readonly number: number;
  readonly snapshot: boolean;
  readonly path: string;
}

/** How a file ended. */
export interface FileEnd {
  readonly end: ChainEnd;
  /** Bytes up to the last frame that opened. */
  readonly goodBytes: number;
  /** At its end, inside its last frame (a crash while writing), or with frames behind one that does not open. */
  readonly ending: 'whole' | 'torn' | 'damaged';
}

const NAME = /^(\d{8})\.(log|snap)$/;

/** The path of a file of the journal. */
export function journalPath(folder: string, number: number, snapshot: boolean): string {
  return path.join(folder, `${String(number).padStart(8, '0')}.${snapshot ? 'snap' : 'log'}`);
}

/** The newest snapshot and the logs after it, in order; removes what a snapshot replaced and what was never finished. */
export function listJournal(folder: string): JournalFile[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const all: JournalFile[] = [];
  for (const name of readdirSync(folder).sort()) {
    const match = NAME.exec(name);
    if (match) all.push({ number: Number(match[1]), snapshot: match[2] === 'snap', path: path.join(folder, name) });
    else if (name.endsWith('.new')) rmSync(path.join(folder, name), { force: true });
  }
  const snapshot = all.findLast((file) => file.snapshot);
  const valid = all.filter((file) => snapshot === undefined || file === snapshot || (!file.snapshot && file.number > snapshot.number));
  for (const file of all) if (!valid.includes(file)) rmSync(file.path, { force: true });
  return valid.sort((a, b) => a.number - b.number);
}

/** Reads the entries of a file one by one; the last call tells how it ended. */
export function* readJournalFile(key: Uint8Array, file: JournalFile): Generator<Entry, FileEnd> {
  const bytes = existsSync(file.path) ? readFileSync(file.path) : new Uint8Array();
  let end = chainStart(file.number);
  let at = 0;
  for (;;) {
    const frame = openFrame(key, end, bytes, at);
    if (frame === undefined) return { end, goodBytes: at, ending: 'whole' };
    if (frame === 'damaged' || frame === 'torn') return { end, goodBytes: at, ending: frame };
    yield fromBytes(frame.plain);
    ({ end, at } = frame);
  }
}

/** Moves a finished file to its place and makes the move durable. */
export function putInPlace(temporary: string, file: string): void {
  renameSync(temporary, file);
  syncFolder(path.dirname(file));
}

/** Bytes of the closed logs (or of the snapshot) before file `number`. */
export function bytesBefore(folder: string, number: number, snapshot: boolean): number {
  return listJournal(folder)
    .filter((file) => file.number < number && file.snapshot === snapshot)
    .reduce((sum, file) => sum + statSync(file.path).size, 0);
}
