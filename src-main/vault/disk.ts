import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises';

/** A file read from any position. */
export interface OpenFile {
  /** Fills `buffer` from `position`; answers the bytes read, fewer than asked only at the end of the file. */
  readonly read: (buffer: Uint8Array, position: number) => Promise<number>;
  readonly stat: () => Promise<FileFacts>;
  readonly close: () => Promise<void>;
}

/** Size and last change of a file. */
export interface FileFacts {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** A file being written front to back. */
export interface GrowingFile {
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Everything the vault does to a disk, so that a test can make it full, slow or forgetful.
 * Every method rejects with the system's error (`code` ENOENT, ENOSPC, EIO …).
 */
export interface VaultDisk {
  readonly openFile: (file: string) => Promise<OpenFile>;
  /** Creates a file that must not exist, mode 0600. */
  readonly createFile: (file: string) => Promise<GrowingFile>;
  /** Appends and flushes to the medium. */
  readonly append: (file: string, bytes: Uint8Array) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  /** Flushes a folder's entries, where the platform can. */
  readonly syncFolder: (folder: string) => Promise<void>;
  readonly makeFolder: (folder: string) => Promise<void>;
  readonly read: (file: string) => Promise<Uint8Array>;
  /** Facts of a file, or undefined where there is none. */
  readonly facts: (file: string) => Promise<FileFacts | undefined>;
  /** Names in a folder; none where it is absent. */
  readonly list: (folder: string) => Promise<readonly string[]>;
  /** Removes a file or nothing. */
  readonly remove: (file: string) => Promise<void>;
  /** Bytes an ordinary user can still write to the volume of `folder`. */
  readonly freeBytes: (folder: string) => Promise<number>;
}

const MODE = 0o600;

async function isAbsent<T>(work: Promise<T>, instead: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return instead;
    throw error;
  }
}

async function openFile(file: string): Promise<OpenFile> {
  // A symbolic link is followed: the officer chose it. A named pipe or device would block or never end.
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  if (!(await handle.stat()).isFile()) {
    await handle.close();
    throw Object.assign(new Error('not a file'), { code: 'EINVAL' });
  }
  return {
    read: async (buffer, position) => {
      let filled = 0;
      while (filled < buffer.length) {
        const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    },
    stat: async () => {
      const { size, mtimeMs } = await handle.stat();
      return { sizeBytes: size, modifiedMs: Math.trunc(mtimeMs) };
    },
    close: () => handle.close(),
  };
}

async function growing(file: string, flags: 'wx' | 'a'): Promise<GrowingFile> {
  const handle = await open(file, flags, MODE);
  return {
    write: async (bytes) => {
      let at = 0;
      while (at < bytes.length) at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
    },
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

/** The real disk. */
export const nodeDisk: VaultDisk = {
  openFile,
  createFile: (file) => growing(file, 'wx'),
  append: async (file, bytes) => {
    const handle = await growing(file, 'a');
    try {
      await handle.write(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  rename,
  syncFolder: async (folder) => {
    if (process.platform === 'win32') return; // Windows cannot fsync a folder; the rename is durable there by itself.
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  makeFolder: async (folder) => void (await mkdir(folder, { recursive: true, mode: 0o700 })),
  read: (file) => readFile(file),
  facts: (file) =>
    isAbsent(
      stat(file).then(({ size, mtimeMs }) => ({ sizeBytes: size, modifiedMs: Math.trunc(mtimeMs) })),
      undefined,
    ),
  list: (folder) => isAbsent(readdir(folder), []),
  remove: (file) => rm(file, { force: true }),
  freeBytes: async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

/** Replaces `file` so that after a power cut either the old or the new content is there: temporary file, flush, rename, flush of the folder. */
export async function replaceDurably(disk: VaultDisk, file: string, folder: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}.new`;
  await disk.remove(temporary);
  const handle = await disk.createFile(temporary);
  try {
    await handle.write(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await disk.rename(temporary, file);
  await disk.syncFolder(folder);
}
