import { open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { EMPTY_SET, isSameSet, type SetDigest } from '#shared/base/set-digest.ts';
import type { BackupProgress, BackupRows } from '#shared/contract/backup.ts';
import { afterRow, type Journaled, type JournalRow } from '#shared/contract/journal.ts';
import { isDiskFull, systemCode } from '../disk-failure.ts';
import { syncFolder } from '../keys/durable-file.ts';
import { chainStart, sealFrame } from '../journal/frames.ts';
import { crashPoint } from '../lab.ts';
import { entryToBytes, framesKey, headerToPrefix, isInside, type BackupEntry, type BackupHeader } from './format.ts';
import { checkBackup, openBackup } from './read-backup.ts';

/** Longest piece of a file in one frame, and where rows of one page are divided, in bytes. */
const PIECE_BYTES = 4 * 1024 * 1024;

/** Files of a profile folder that go in as they are: sealed, or in clear without anything of a case. The ledger comes back from the hub. */
export const BACKED_UP_FILES = ['identity.bin', 'directory.bin', 'preferences.json'] as const;
/** Folders of a profile whose files, all sealed under keys of the data key, go in as they are: the evidence vault. */
export const BACKED_UP_FOLDERS = ['vault'] as const;

/** What a backup is made of. */
export interface BackupParts {
  /** Where the officer wants it. Until it is whole it has another name. */
  readonly file: string;
  readonly profileFolder: string;
  readonly header: BackupHeader;
  /** 32 bytes; zeroed by `finish` and `abandon`. */
  readonly dataKey: Uint8Array;
  /** Revisions the hub has, by `<collection> <id>`. */
  readonly settled: ReadonlyMap<string, string>;
  /** What the journal counts now. */
  readonly expected: () => Promise<Readonly<Record<Journaled, SetDigest>>>;
  readonly sequence: () => Promise<number>;
  /** Rows the journal counted when the backup began. */
  readonly total: number;
  readonly onProgress: (progress: BackupProgress) => void;
}

/** A backup being made; rejects with a tagged error (`backup-no-room`, `backup-not-saved`, `store-lost`), after which `abandon` is due. */
export interface BackupWriter {
  readonly rows: (rows: BackupRows) => Promise<void>;
  /** Files, end, flush, a full reading of what was written, and only then its name. Resolves with rows and bytes. */
  readonly finish: () => Promise<{ readonly rows: number; readonly sizeBytes: number }>;
  /** Removes what was written. */
  readonly abandon: () => Promise<void>;
}

/** The name a backup has until it is whole. */
export function partialName(file: string): string {
  return `${file}.part`;
}

function failure(error: unknown, file: string): unknown {
  if (systemCode(error) === '') return error;
  return { code: isDiskFull(error) ? 'backup-no-room' : 'backup-not-saved', detail: { name: path.basename(file) } };
}

/** Begins a backup. Rejects with a tagged error where the file cannot be made. */
export async function createBackup(parts: BackupParts): Promise<BackupWriter> {
  const { file, header, dataKey, settled, total, onProgress } = parts;
  const partial = partialName(file);
  const prefix = headerToPrefix(header);
  const key = framesKey(dataKey, prefix);
  const digests: Record<Journaled, SetDigest> = { record: EMPTY_SET, local: EMPTY_SET };
  let chain = chainStart(0);
  let handle: FileHandle | undefined;
  let sentRows = 0;
  let ended = false;

  const guarded = async <T>(run: () => Promise<T>): Promise<T> => {
    try {
      if (ended) throw { code: 'backup-cancelled' };
      return await run();
    } catch (error) {
      throw ended ? { code: 'backup-cancelled' } : failure(error, file);
    }
  };
  const write = async (entry: BackupEntry): Promise<void> => {
    if (!handle) throw { code: 'backup-cancelled' };
    const sealed = sealFrame(key, chain, entryToBytes(entry));
    chain = sealed.end;
    await handle.writeFile(sealed.bytes);
  };
  const forget = (): void => {
    ended = true;
    key.fill(0);
    dataKey.fill(0);
  };

  const abandon = async (): Promise<void> => {
    forget();
    await handle?.close().catch(() => undefined); // a medium that is gone
    handle = undefined;
    await rm(partial, { force: true }).catch(() => undefined);
  };

  try {
    handle = await open(partial, 'w', 0o600);
    await handle.writeFile(prefix);
    crashPoint('backup-begun');
  } catch (error) {
    await abandon();
    throw failure(error, file);
  }
  return {
    rows: ({ collection, rows, last }) =>
      guarded(async () => {
        for (const row of rows) digests[collection] = afterRow(digests[collection], row);
        for (const entry of entriesOf(collection, rows, settled)) await write(entry);
        crashPoint('backup-rows');
        sentRows += rows.length;
        onProgress({ stage: 'rows', done: Math.min(sentRows, total), total });
        // What the store gave must be what the journal counts: a backup that lacks a row is none.
        if (last && !isSameSet(digests[collection], (await parts.expected())[collection])) throw { code: 'store-lost' };
      }),
    finish: () =>
      guarded(async () => {
        const files = await listFiles(parts.profileFolder);
        const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
        let doneBytes = 0;
        for (const each of files) {
          await writeFile(parts.profileFolder, each, write, (bytes) => onProgress({ stage: 'files', done: (doneBytes += bytes), total: totalBytes }));
        }
        await write({ t: 'end', sequence: await parts.sequence(), digests, files: files.length });
        crashPoint('backup-before-fsync');
        await handle?.sync();
        await handle?.close();
        handle = undefined;
        const sizeBytes = await readAgain(partial, dataKey, onProgress, () => ended);
        crashPoint('backup-before-rename');
        await rename(partial, file);
        syncFolder(path.dirname(file));
        crashPoint('backup-after-rename');
        forget();
        return { rows: digests.record.count + digests.local.count, sizeBytes };
      }),
    abandon,
  };
}

/** Settled and unsettled rows of a page, in frames that are not too long. */
function* entriesOf(collection: Journaled, rows: readonly JournalRow[], settled: ReadonlyMap<string, string>): Generator<BackupEntry> {
  const isSettled = ({ id, rev }: JournalRow) => settled.get(`${collection} ${id}`) === rev;
  for (const s of [false, true]) {
    for (const again of [false, true]) {
      let r: JournalRow[] = [];
      let bytes = 0;
      for (const row of rows.filter((each) => isSettled(each) === s && (each.prev !== null) === again)) {
        r.push(row);
        bytes += row.ct.length + row.clear.length;
        if (bytes < PIECE_BYTES) continue;
        yield { t: 'rows', c: collection, s, again, r };
        [r, bytes] = [[], 0];
      }
      if (r.length > 0) yield { t: 'rows', c: collection, s, again, r };
    }
  }
}

interface ListedFile {
  readonly path: string;
  readonly size: number;
}

/** The files that go in, with their sizes now; what is not finished (`.new`, `.part`) stays out. */
async function listFiles(profileFolder: string): Promise<ListedFile[]> {
  const listed: ListedFile[] = [];
  const add = async (name: string): Promise<void> => {
    const found = await stat(path.join(profileFolder, name)).catch(() => undefined);
    if (found?.isFile() && isInside(name) && !/\.(new|part)$/.test(name)) listed.push({ path: name, size: found.size });
  };
  for (const name of BACKED_UP_FILES) await add(name);
  for (const folder of BACKED_UP_FOLDERS) {
    const names = await readdir(path.join(profileFolder, folder), { recursive: true }).catch(() => []);
    for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) await add(`${folder}/${name.split(path.sep).join('/')}`);
  }
  return listed;
}

async function writeFile(folder: string, { path: name, size }: ListedFile, write: (entry: BackupEntry) => Promise<void>, onBytes: (bytes: number) => void): Promise<void> {
  const handle = await open(path.join(folder, name), 'r');
  try {
    let at = 0;
    do {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, size - at));
      let filled = 0;
      while (filled < piece.length) {
        const { bytesRead } = await handle.read(piece, filled, piece.length - filled, at + filled);
        if (bytesRead === 0) throw { code: 'backup-not-saved', detail: { name } }; // it became shorter meanwhile
        filled += bytesRead;
      }
      await write({ t: 'file', path: name, size, at, b: piece });
      crashPoint('backup-file');
      at += piece.length;
      onBytes(piece.length);
    } while (at < size);
  } finally {
    await handle.close();
  }
}

async function readAgain(partial: string, dataKey: Uint8Array, onProgress: BackupParts['onProgress'], isEnded: () => boolean): Promise<number> {
  const opened = await openBackup(partial);
  if (!opened.ok) throw opened.error;
  const { sizeBytes } = opened.value;
  try {
    const onBytes = (done: number): void => {
      if (isEnded()) throw { code: 'backup-cancelled' };
      onProgress({ stage: 'check', done, total: sizeBytes });
    };
    const checked = await checkBackup(opened.value, dataKey, onBytes);
    if (!checked.ok) throw { code: 'backup-not-saved', detail: { name: path.basename(partial, '.part') } };
    return sizeBytes;
  } finally {
    await opened.value.close();
  }
}
