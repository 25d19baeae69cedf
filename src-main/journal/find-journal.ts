import type { JournalState } from '#shared/contract/journal.ts';
import type { Entry, Standing } from './entries.ts';
import { listJournal, readJournalFile, type FileEnd, type JournalFile } from './files.ts';
import type { ChainEnd } from './frames.ts';
import { foldEntry, NO_STANDING, type Fold } from './standing.ts';

/** A journal as it lies on disk. */
export interface FoundJournal {
  readonly health: JournalState['health'];
  readonly fold: Fold;
  /** The log to go on with; absent where one has to be begun. */
  readonly log?: {
    readonly path: string;
    readonly number: number;
    readonly firstWrite: number;
    /** It takes back a write of an earlier file. */
    readonly takesBack: boolean;
    readonly end: ChainEnd;
    readonly sizeBytes: number;
  };
  /** The last log ended inside an entry, which was cut off. */
  readonly cut: boolean;
  readonly lastNumber: number;
  readonly lastTag: Uint8Array | null;
}

const NO_FOLD: Fold = { standing: NO_STANDING, inDoubt: [] };

/**
 * Reads the last two files, which is enough: every log begins with the standing before it. Files left out, in the wrong
 * order, or that do not open in the middle are `damaged`; a torn end is cut, and the store tells whether anything was in it.
 */
export function findJournal(folder: string, key: Uint8Array, expected: boolean): FoundJournal {
  return judge(key, listJournal(folder), expected);
}

function judge(key: Uint8Array, files: readonly JournalFile[], expected: boolean): FoundJournal {
  const last = files.at(-1);
  const damaged: FoundJournal = { health: 'damaged', fold: NO_FOLD, cut: false, lastNumber: last?.number ?? 0, lastTag: null };
  if (!last) return expected ? damaged : { ...damaged, health: 'new' };
  if (!isContiguous(files)) return damaged;

  let fold = NO_FOLD;
  let before: FileEnd | undefined;
  let firstWrite = 0;
  let takesBack = false;
  for (const file of files.slice(-2)) {
    if (file.snapshot && file !== last) continue;
    const { entries, end } = readAll(key, file);
    const [first] = entries;
    if (end.ending === 'damaged') return damaged;
    if (file.snapshot) {
      const finished = entries.at(-1);
      if (finished?.t !== 'end' || end.ending !== 'whole') return damaged;
      return { health: healthOf(finished.standing), fold: { standing: finished.standing, inDoubt: [] }, cut: false, lastNumber: file.number, lastTag: end.end.tag };
    }
    // A log whose first frame was never finished holds no write: it was being begun.
    if (first === undefined && file === last) return judge(key, files.slice(0, -1), expected);
    if (first?.t !== 'head') return damaged;
    if (before && (before.ending !== 'whole' || !first.before || Buffer.compare(before.end.tag, first.before) !== 0)) return damaged;
    firstWrite = first.standing.sequence + 1;
    takesBack = entries.some((entry) => takesBackEarlier(entry, firstWrite));
    fold = entries.reduce(foldEntry, fold);
    before = end;
  }
  if (!before) return damaged;
  return {
    health: healthOf(fold.standing),
    fold,
    cut: before.ending === 'torn',
    lastNumber: last.number,
    lastTag: before.end.tag,
    log: { path: last.path, number: last.number, firstWrite, takesBack, end: before.end, sizeBytes: before.goodBytes },
  };
}

function healthOf({ remake, restock }: Standing): FoundJournal['health'] {
  return remake ? 'remake' : restock ? 'damaged' : 'ok';
}

/** Whether `entry`, in a log that begins with write `firstWrite`, takes back a write of a file before. */
export function takesBackEarlier(entry: Entry, firstWrite: number): boolean {
  return entry.t === 'void' && entry.w < firstWrite;
}

function isContiguous(files: readonly JournalFile[]): boolean {
  const [first] = files;
  return first !== undefined && (first.snapshot || first.number === 1) && files.every((file, i) => file.number === first.number + i);
}

function readAll(key: Uint8Array, file: JournalFile): { readonly entries: Entry[]; readonly end: FileEnd } {
  const entries: Entry[] = [];
  const reading = readJournalFile(key, file);
  for (let step = reading.next(); ; step = reading.next()) {
    if (step.done) return { entries, end: step.value };
    entries.push(step.value);
  }
}
