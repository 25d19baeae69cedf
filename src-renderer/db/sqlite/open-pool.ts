import type { Sqlite3Static } from '@evolu/sqlite-wasm';

/** How often files an earlier worker has not let go of yet are tried again, and how long in between. */
const TRIES = 200;
const PAUSE_MS = 50;

/** Files of SQLite in one folder of the origin's private file system, over synchronous access handles. */
export interface FilePool {
  readonly vfsName: string;
  readonly getFileNames: () => string[];
  readonly unlink: (name: string) => boolean;
  /** Lets go of the files, so that another worker may have them at once. Throws while one is open. */
  readonly pauseVfs: () => unknown;
  readonly isPaused: () => boolean;
  readonly unpauseVfs: () => Promise<unknown>;
}

/** Options of {@link openPool}; a worker has one folder under a name as long as it lives. */
export interface PoolOptions {
  readonly name: string;
  readonly directory: string;
  /** Files made in advance. */
  readonly capacity: number;
}

/** Opens the pool of a folder. Rejects where its handles stay taken for ten seconds. */
export async function openPool(sqlite: Sqlite3Static, { name, directory, capacity }: PoolOptions): Promise<FilePool> {
  const options = { name, directory, initialCapacity: capacity, forceReinitIfPreviouslyFailed: true };
  for (let left = TRIES; ; left--) {
    try {
      const pool = (await sqlite.installOpfsSAHPoolVfs(options as never)) as unknown as FilePool;
      if (pool.isPaused()) await pool.unpauseVfs();
      return pool;
    } catch (error) {
      if (left <= 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
