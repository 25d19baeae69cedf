import { readdirSync, readFileSync } from 'node:fs';

/** The process that started `pid` (field 4 of /proc/<pid>/stat; the name before it may hold anything), or undefined where it has ended. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

/** Ids of a process and everything it started, parents first. Linux only. */
export function processTree(root: number): number[] {
  const childrenByParent = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    const parent = Number.isInteger(pid) ? parentOf(pid) : undefined;
    if (parent !== undefined) childrenByParent.set(parent, [...(childrenByParent.get(parent) ?? []), pid]);
  }
  const walk = (pid: number): number[] => [pid, ...(childrenByParent.get(pid) ?? []).flatMap(walk)];
  return walk(root);
}

/** Memory of a process and everything it started, each shared page counted once (PSS of /proc/<pid>/smaps_rollup), in MiB. Linux only. */
export function memoryOf(root: number): number {
  const kib = processTree(root).map((pid) => {
    try {
      return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      return 0; // it ended in between
    }
  });
  return kib.reduce((sum, each) => sum + each, 0) / 1024;
}

/** Ends a process and everything it started with SIGKILL, as a power cut would: nothing gets to flush or say goodbye. */
export function endTree(root: number): void {
  for (const pid of processTree(root)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself in between.
    }
  }
}
