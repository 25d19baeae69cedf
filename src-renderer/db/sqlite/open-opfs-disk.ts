import { loadSqlite } from './engine.ts';
import { storeFolder } from './folders.ts';
import type { StoreDisk } from './store-disk.ts';

/** Files that are made in advance: two generations while one is made again, each with its write-ahead log. */
const CAPACITY = 8;
/** How often a folder that an earlier worker has not let go of yet is tried again, and how long in between. */
const TRIES = 40;
const PAUSE_MS = 250;
/** Where SQLite's pool keeps its files within its folder. */
const POOL_FILES = '.opaque';

/** A file as a worker has it; the window's types do not know it. */
interface WorkerFile {
  readonly createSyncAccessHandle: () => Promise<{ readonly close: () => void }>;
}

interface PoolUtil {
  readonly getFileNames: () => string[];
  readonly reserveMinimumCapacity: (files: number) => Promise<number>;
  readonly unlink: (name: string) => boolean;
  readonly vfsName: string;
}

/**
 * The stores of `profile` in the origin's private file system, over synchronous access handles: one worker at a time. Rejects
 * where the handles stay taken for ten seconds.
 */
export async function openOpfsDisk(profile: string): Promise<StoreDisk> {
  const sqlite = await loadSqlite();
  const directory = storeFolder(profile);
  // The pool of another profile would be answered again under one name.
  const options = { name: `suar-store-${profile}`, initialCapacity: CAPACITY, directory, forceReinitIfPreviouslyFailed: true };
  const pool = await keepingFolders(() => install(directory, async () => (await sqlite.installOpfsSAHPoolVfs(options as never)) as unknown as PoolUtil));
  await pool.reserveMinimumCapacity(CAPACITY); // fewer were made where the first start was cut
  const fileOf = (name: string) => `/${name}.db`;
  return {
    names: () => pool.getFileNames().flatMap((file) => /^\/(.+)\.db$/.exec(file)?.[1] ?? []),
    open: (name) => new sqlite.oo1.DB({ filename: `file:${fileOf(name)}?vfs=${pool.vfsName}`, flags: 'c' }),
    remove: (name) => {
      for (const ending of ['', '-wal', '-journal']) pool.unlink(`${fileOf(name)}${ending}`);
    },
  };
}

/** Folders whose files this worker holds. */
const opened = new Set<string>();

async function install(directory: string, attempt: () => Promise<PoolUtil>): Promise<PoolUtil> {
  for (let left = TRIES; ; left--) {
    try {
      // An attempt that fails halfway keeps what it got, and would stand in its own way.
      if (!opened.has(directory)) await tryFiles(directory);
      const pool = await attempt();
      opened.add(directory);
      return pool;
    } catch (error) {
      if (left <= 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** Rejects where a file of the pool in `directory` is not to be had. */
async function tryFiles(directory: string): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(directory, { create: true });
  const files: Promise<{ readonly close: () => void }>[] = [];
  for await (const handle of (await folder.getDirectoryHandle(POOL_FILES, { create: true })).values()) {
    if (handle.kind === 'file') files.push((handle as unknown as WorkerFile).createSyncAccessHandle());
  }
  const tried = await Promise.allSettled(files);
  for (const file of tried) if (file.status === 'fulfilled') file.value.close();
  const refused = tried.find((file) => file.status === 'rejected');
  if (refused) throw refused.reason;
}

/**
 * SQLite's pool removes its folder, and every store with it, where it cannot open one of its files (`removeVfs` in the
 * wrapper of installOpfsSAHPoolVfs): an earlier worker that lets go in that moment is enough. No folder is removed while `run` runs.
 */
async function keepingFolders<T>(run: () => Promise<T>): Promise<T> {
  const folders = FileSystemDirectoryHandle.prototype;
  const own = Object.getOwnPropertyDescriptor(folders, 'removeEntry') ?? {};
  const remove = own.value as (name: string, options?: FileSystemRemoveOptions) => Promise<void>;
  folders.removeEntry = async function (this: FileSystemDirectoryHandle, name: string, options?: FileSystemRemoveOptions): Promise<void> {
    if (options?.recursive) throw new Error('a store is not removed by opening it');
    await remove.call(this, name, options);
  };
  try {
    return await run();
  } finally {
    Object.defineProperty(folders, 'removeEntry', own);
  }
}
