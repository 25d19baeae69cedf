import initSqlite from '@evolu/sqlite-wasm';
import { afterEach, expect, it, vi } from 'vitest';
import { createSqliteIndex, INDEX_SCHEMA } from '../../../src-renderer/db/index/sqlite-index.ts';

afterEach(() => vi.useRealTimers());

/** An index on a database in memory whose commits can be made to fail. */
async function openIndex() {
  const sqlite = await initSqlite();
  const db = new sqlite.oo1.DB(':memory:');
  db.exec(INDEX_SCHEMA);
  const disk = { isFull: false, commits: 0 };
  const exec = db.exec.bind(db) as (...args: unknown[]) => unknown;
  db.exec = ((...args: unknown[]) => {
    if (args[0] !== 'COMMIT') return exec(...args);
    if (disk.isFull) throw Object.assign(new Error('database or disk is full'), { resultCode: 13 });
    disk.commits++;
    return exec(...args);
  }) as typeof db.exec;
  return { index: createSqliteIndex(db), disk };
}
const record = (n: number) => ({ id: `r${n}`, entity: 'case', observables: [{ kind: 'domain', key: 'shared.example' }] });
const mark = (n: number) => ({ id: `r${n}`, lwt: n });
const shared = [{ kind: 'domain', key: 'shared.example' }];

it('answers from what is not committed yet, and commits once writing has paused', async () => {
  vi.useFakeTimers();
  const { index, disk } = await openIndex();
  for (let n = 1; n <= 3; n++) await index.apply([record(n)], mark(n));
  expect([disk.commits, (await index.correlate(shared))[0]?.total]).toEqual([0, 3]);
  vi.advanceTimersByTime(1000);
  expect(disk.commits).toBe(1);
  await index.close();
});

it('commits a long filling in parts, and the rest when it is closed', async () => {
  const { index, disk } = await openIndex();
  for (let n = 0; n < 7; n++)
    await index.apply(
      Array.from({ length: 1000 }, (_, k) => record(n * 1000 + k)),
      mark(n),
    );
  expect(disk.commits).toBe(3);
  await index.close();
  expect(disk.commits).toBe(4);
});

it('goes back to what was committed where a commit fails, and says that it is to be filled again', async () => {
  vi.useFakeTimers();
  const { index, disk } = await openIndex();
  const told = vi.fn();
  index.onReset(told);
  await index.apply([record(1)], mark(1));
  vi.advanceTimersByTime(1000);
  disk.isFull = true;
  await index.apply([record(2)], mark(2));
  vi.advanceTimersByTime(1000);
  expect([await index.checkpoint(), (await index.correlate(shared))[0]?.total, told.mock.calls.length]).toEqual([mark(1), 1, 0]);
  disk.isFull = false;
  vi.advanceTimersByTime(60_000);
  expect(told).toHaveBeenCalledTimes(1);
  await index.apply([record(2)], mark(2));
  await index.close();
});
