import { loadSqlite } from './engine.ts';
import { storeFolder } from './folders.ts';
import type { StoreDisk } from './store-disk.ts';

/** Files that are made in advance: two generations while one is made again, each with its write-ahead log. */
const CAPACITY = 8;
/** How often a folder that an earlier worker has not let go of yet is tried again, and how long in between. */
const TRIES = 200;
const PAUSE_MS = 50;

interface PoolUtil {
  readonly getFileNames: () => string[];
  readonly unlink: (name: string) => boolean;
  readonly vfsName: string;
}

/**
 * The stores of `profile` in the origin's private file system, over synchronous access handles: one worker at a time. Rejects
 * where the handles stay taken for ten seconds.
 */
export async function openOpfsDisk(profile: string): Promise<StoreDisk> {
  const sqlite = await loadSqlite();
  const pool = await install(
    async () =>
      (await sqlite.installOpfsSAHPoolVfs({ name: 'suar-store', initialCapacity: CAPACITY, directory: storeFolder(profile), forceReinitIfPreviouslyFailed: true } as never)) as unknown as PoolUtil,
  );
  const fileOf = (name: string) => `/${name}.db`;
  return {
    names: () => pool.getFileNames().flatMap((file) => /^\/(.+)\.db$/.exec(file)?.[1] ?? []),
    open: (name) => new sqlite.oo1.DB({ filename: `file:${fileOf(name)}?vfs=${pool.vfsName}`, flags: 'c' }),
    remove: (name) => {
      for (const ending of ['', '-wal', '-journal']) pool.unlink(`${fileOf(name)}${ending}`);
    },
  };
}

async function install(attempt: () => Promise<PoolUtil>): Promise<PoolUtil> {
  for (let left = TRIES; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left <= 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
