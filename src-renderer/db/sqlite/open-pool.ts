import type { Sqlite3Static } from '@evolu/sqlite-wasm';

/** How often files an earlier worker has not let go of yet are tried again, and how long in between. */
const TRIES = 200;
const PAUSE_MS = 50;
/** Where SQLite's pool keeps its files within its folder. */
const POOL_FILES = '.opaque';

/** A file as a worker has it; the window's types do not know it. */
interface WorkerFile {
  readonly createSyncAccessHandle: () => Promise<{ readonly close: () => void }>;
}

interface PoolUtil {
  readonly vfsName: string;
  readonly getFileNames: () => string[];
  readonly unlink: (name: string) => boolean;
  readonly reserveMinimumCapacity: (files: number) => Promise<number>;
  readonly pauseVfs: () => unknown;
  readonly isPaused: () => boolean;
  readonly unpauseVfs: () => Promise<unknown>;
}

/** Files of SQLite in one folder of the origin's private file system, over synchronous access handles. */
export interface FilePool extends Pick<PoolUtil, 'vfsName' | 'getFileNames' | 'unlink'> {
  /** Lets go of the files, so that another worker may have them at once. Throws while one is open. */
  readonly close: () => void;
}

/** Options of {@link openPool}. */
export interface PoolOptions {
  /** A worker has one folder under a name as long as it lives. */
  readonly name: string;
  readonly directory: string;
  /** Files made in advance. */
  readonly capacity: number;
}

/** Folders whose files this worker holds. */
const held = new Set<string>();
/** Pools are opened one after another. */
let opening: Promise<unknown> = Promise.resolve();

/** Opens the pool of a folder. Rejects where its handles stay taken for ten seconds. */
export async function openPool(sqlite: Sqlite3Static, { name, directory, capacity }: PoolOptions): Promise<FilePool> {
  const options = { name, directory, initialCapacity: capacity, forceReinitIfPreviouslyFailed: true };
  const next = opening.then(() =>
    keepingFolders(() =>
      install(directory, async () => {
        const installed = (await sqlite.installOpfsSAHPoolVfs(options as never)) as unknown as PoolUtil;
        if (installed.isPaused()) await installed.unpauseVfs();
        return installed;
      }),
    ),
  );
  opening = next.catch(() => undefined);
  const pool = await next;
  await pool.reserveMinimumCapacity(capacity); // fewer were made where the first start was cut
  return {
    vfsName: pool.vfsName,
    getFileNames: () => pool.getFileNames(),
    unlink: (file) => pool.unlink(file),
    close: () => {
      pool.pauseVfs();
      held.delete(directory);
    },
  };
}

async function install(directory: string, attempt: () => Promise<PoolUtil>): Promise<PoolUtil> {
  for (let left = TRIES; ; left--) {
    try {
      // An attempt that fails halfway keeps what it got, and would stand in its own way.
      if (!held.has(directory)) await tryFiles(directory);
      const pool = await attempt();
      held.add(directory);
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
