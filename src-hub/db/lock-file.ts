import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Start time of a process in clock ticks (Linux), which tells a reused pid from the one that took the lock. */
function startedAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EPERM';
  }
}

/** Whether the process that wrote this lock still runs; unreadable text counts as held by nobody. */
function isHeld(text: string): boolean {
  const [pidText = '', started = ''] = text.split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid < 1 || !isAlive(pid)) return false;
  return started === '' || startedAt(pid) === started;
}

/**
 * Takes an exclusive lock file: two PGlite processes on one directory lose data. The lock of a process that died is taken over.
 * Answers a function that gives it back, or undefined while another live process (or this one) holds it.
 */
export function takeLock(path: string): (() => void) | undefined {
  const mine = `${process.pid} ${startedAt(process.pid)} ${randomUUID()}`;
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(path, mine, { flag: 'wx', mode: 0o600 });
      return () => {
        if (readLock(path) === mine) rmSync(path, { force: true });
      };
    } catch {
      const held = readLock(path);
      if (held !== undefined && isHeld(held)) return undefined;
      removeStale(path, held);
    }
  }
  return undefined;
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Moves a dead lock aside first: of two processes that find it, only one removes what it read. */
function removeStale(path: string, seen: string | undefined): void {
  if (seen === undefined) return;
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    if (readLock(aside) !== seen) renameSync(aside, path);
    else rmSync(aside, { force: true });
  } catch {
    // another process removed it first; the next attempt decides
  }
}
