import { spawnSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const PIECE_BYTES = 64 * 1024;

/** A small file system of its own in memory, whose room the lab takes and gives back. */
export interface SmallDisk {
  readonly folder: string;
  /** Writes ballast until `leftBytes` are free. */
  readonly fill: (leftBytes: number) => void;
  /** Removes the ballast. */
  readonly empty: () => void;
  readonly freeBytes: () => number;
  /** Ends it, and what is on it. */
  readonly unmount: () => void;
}

/** Mounts a disk of `sizeBytes` at `folder`; undefined where mounting is not permitted. */
export function mountSmallDisk(folder: string, sizeBytes: number): SmallDisk | undefined {
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', folder], { stdio: 'ignore' }).status !== 0) return undefined;
  const ballast = path.join(folder, 'ballast');
  const freeBytes = (): number => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
  return {
    folder,
    freeBytes,
    fill: (leftBytes) => {
      for (let left = freeBytes() - leftBytes; left > 0; left = freeBytes() - leftBytes) writeFileSync(ballast, Buffer.alloc(Math.min(left, PIECE_BYTES)), { flag: 'a' });
    },
    empty: () => rmSync(ballast, { force: true }),
    unmount: () => void spawnSync('umount', ['--lazy', folder], { stdio: 'ignore' }),
  };
}
