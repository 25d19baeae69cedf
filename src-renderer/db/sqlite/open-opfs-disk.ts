import { loadSqlite } from './engine.ts';
import { storeFolder } from './folders.ts';
import { openPool } from './open-pool.ts';
import type { StoreDisk } from './store-disk.ts';

/** Two generations while one is made again, each with its write-ahead log, and some to spare. */
const CAPACITY = 8;

/** The stores of `profile` in the origin's private file system: one worker at a time. Rejects where another keeps them. */
export async function openOpfsDisk(profile: string): Promise<StoreDisk> {
  const sqlite = await loadSqlite();
  const pool = await openPool(sqlite, { name: `suar-store-${profile}`, directory: storeFolder(profile), capacity: CAPACITY });
  const fileOf = (name: string) => `/${name}.db`;
  return {
    names: () => pool.getFileNames().flatMap((file) => /^\/(.+)\.db$/.exec(file)?.[1] ?? []),
    open: (name) => new sqlite.oo1.DB({ filename: `file:${fileOf(name)}?vfs=${pool.vfsName}`, flags: 'c' }),
    remove: (name) => {
      for (const ending of ['', '-wal', '-journal']) pool.unlink(`${fileOf(name)}${ending}`);
    },
    close: () => pool.close(),
  };
}
