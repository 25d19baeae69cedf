import { open, rm, type FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { Journaled, JournalRow, JournalVersion } from '#shared/contract/journal.ts';
import { crashPoint } from '../lab.ts';
import { toBytes, type Entry, type Standing } from './entries.ts';
import { journalPath, putInPlace, readJournalFile, type JournalFile } from './files.ts';
import { chainStart, sealFrame } from './frames.ts';

const ROWS_A_FRAME = 500;
const NOTHING = new Uint8Array();

/** Writes a snapshot; it does not exist before `finish`. */
export interface SnapshotWriter {
  readonly put: (version: JournalVersion) => Promise<void>;
  readonly finish: (standing: Standing) => Promise<Uint8Array>;
  /** Removes what was written; nothing after `finish`. */
  readonly abandon: () => Promise<void>;
}

/** A row without its content: the hub has it. */
function withoutContent(row: JournalRow): JournalRow {
  return { ...row, clear: '', ct: NOTHING };
}

/** Begins the snapshot that will stand for all files up to `number`. `keepsAll`: with the content of rows the hub has, where there may be no hub to ask. */
export async function createSnapshot(folder: string, key: Uint8Array, number: number, keepsAll = false): Promise<SnapshotWriter> {
  const path = journalPath(folder, number, true);
  const temporary = `${path}.new`;
  const handle: FileHandle = await open(temporary, 'w', 0o600);
  const waiting = new Map<string, { readonly c: Journaled; readonly s: boolean; readonly r: JournalRow[] }>();
  let end = chainStart(number);
  const write = async (entry: Entry): Promise<void> => {
    const sealed = sealFrame(key, end, toBytes(entry));
    end = sealed.end;
    await handle.writeFile(sealed.bytes);
  };
  return {
    put: async ({ collection, row, settled }) => {
      const name = `${collection} ${settled}`;
      const group = waiting.get(name) ?? { c: collection, s: settled, r: [] };
      waiting.set(name, group);
      // What a row took the place of counts no more.
      group.r.push({ ...(settled && !keepsAll ? withoutContent(row) : row), prev: null });
      if (group.r.length < ROWS_A_FRAME) return;
      waiting.delete(name);
      await write({ t: 'kept', ...group });
    },
    finish: async (standing) => {
      for (const group of waiting.values()) await write({ t: 'kept', ...group });
      await write({ t: 'end', standing });
      crashPoint('snapshot-before-fsync');
      await handle.datasync();
      await handle.close();
      crashPoint('snapshot-before-rename');
      putInPlace(temporary, path);
      crashPoint('snapshot-after-rename');
      return end.tag;
    },
    abandon: async () => {
      await handle.close();
      await rm(temporary, { force: true });
    },
  };
}

interface Known {
  readonly rev: string;
  settled: boolean;
  readonly write: number;
  readonly before: Known | undefined;
}

/** The newest version of every row in `files`, by collection and id. Two readings, so that content never lies in memory as a whole. */
export async function* newestVersions(key: Uint8Array, files: readonly JournalFile[]): AsyncGenerator<JournalVersion> {
  const known = new Map<string, Known>();
  for await (const entry of entriesOf(key, files)) note(known, entry);
  for await (const entry of entriesOf(key, files)) {
    if (entry.t !== 'write' && entry.t !== 'kept') continue;
    for (const row of entry.r) {
      const name = `${entry.c} ${row.id}`;
      const newest = known.get(name);
      if (newest?.rev !== row.rev) continue;
      known.delete(name);
      yield { collection: entry.c, row, settled: newest.settled };
    }
  }
}

function note(known: Map<string, Known>, entry: Entry): void {
  switch (entry.t) {
    case 'kept':
      for (const { id, rev } of entry.r) known.set(`${entry.c} ${id}`, { rev, settled: entry.s, write: 0, before: undefined });
      return;
    case 'write':
      for (const { id, rev, ct } of entry.r) {
        const name = `${entry.c} ${id}`;
        const before = known.get(name);
        // One step back is enough: a write is taken back before the next one of the row.
        known.set(name, { rev, settled: ct.length === 0, write: entry.n, before: before && { ...before, before: undefined } });
      }
      return;
    case 'void':
      for (const id of entry.i) {
        const name = `${entry.c} ${id}`;
        const last = known.get(name);
        if (last?.write !== entry.w) continue;
        if (last.before) known.set(name, last.before);
        else known.delete(name);
      }
      return;
    case 'settled':
      for (const { id, rev } of entry.v) {
        const last = known.get(`${entry.c} ${id}`);
        if (last?.rev === rev) last.settled = true;
      }
      return;
    case 'head':
    case 'closed':
    case 'resynced':
    case 'remake':
    case 'restock':
    case 'end':
      return;
  }
}

async function* entriesOf(key: Uint8Array, files: readonly JournalFile[]): AsyncGenerator<Entry> {
  for (const file of files) {
    const entries = readJournalFile(key, file);
    for (let step = entries.next(); !step.done; step = entries.next()) {
      yield step.value;
      await setImmediate(); // main serves the window between two frames
    }
  }
}

/** Whether every frame of every file opens. */
export async function areWhole(key: Uint8Array, files: readonly JournalFile[]): Promise<boolean> {
  for (const file of files) {
    const entries = readJournalFile(key, file);
    let step = entries.next();
    for (; !step.done; step = entries.next()) await setImmediate();
    if (step.value.ending !== 'whole') return false;
  }
  return true;
}
