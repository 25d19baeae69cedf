import { expect, it } from 'vitest';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { PullResult } from '#shared/contract/ipc.ts';
import { createReceiving } from '../../../src-main/link/receiving.ts';
import { caseRecord } from './device.ts';

/** What waits, followed at a hub that answers `answer`; `asked` are the paths of its requests. */
function setUp(answer: () => Result<unknown, AppError> = () => ok({ records: 40, bytes: 80_000, more: false })) {
  const asked: string[] = [];
  const timers: { readonly run: () => void; readonly atMs: number }[] = [];
  const line = { nowMs: 0, received: 1000, changes: 0 };
  const receiving = createReceiving({ received: () => line.received, now: () => line.nowMs, later: (run, ms) => void timers.push({ run, atMs: line.nowMs + ms }), changed: () => void line.changes++ });
  const client = {
    request: (_method: string, path: string): Promise<Result<unknown, AppError>> => {
      asked.push(path);
      return Promise.resolve(answer());
    },
  };
  const pull = (count: number, done = false) =>
    receiving.counting(Promise.resolve(ok({ docs: Array.from({ length: count }, () => caseRecord({ author: 'device' })), cursor: 'e1:9:9', done } as unknown as PullResult)));
  return { receiving, client, line, asked, pull, timers };
}

it('tells what the hub told, less what came, with a pace once there is one', async () => {
  const { receiving, client, line, asked, pull } = setUp();
  expect(receiving.state()).toBeNull();
  await receiving.ask(client, 'e1:2:3');
  expect(asked).toEqual(['/v1/waiting?cursor=e1%3A2%3A3']);
  expect(receiving.state()).toEqual({ records: 40, bytes: 80_000, more: false, bytesPerSecond: null });
  line.nowMs = 10_000;
  line.received += 20_000;
  await pull(10);
  expect(receiving.state()).toEqual({ records: 30, bytes: 60_000, more: false, bytesPerSecond: 2000 });
  await pull(30);
  expect(receiving.state()).toBeNull();
  expect(line.changes).toBe(3);
});

it('forgets at the end of a pull, and counts nothing that failed', async () => {
  const { receiving, client, pull } = setUp();
  await receiving.ask(client, '');
  await receiving.counting(Promise.resolve(err({ code: 'hub-unreachable' })));
  expect(receiving.state()?.records).toBe(40);
  // the hub told of less than there was, or of more: what the pull says holds
  await pull(3, true);
  expect(receiving.state()).toBeNull();
  expect((await pull(5)).ok).toBe(true);
  expect(receiving.state()).toBeNull();
});

it.each([
  ['no answer', () => err<AppError>({ code: 'hub-unreachable' })],
  ['an answer of another shape', () => ok({ records: -1, bytes: 'many' })],
])('keeps what it knew where there is %s', async (_name, broken) => {
  let fails = false;
  const { receiving, client } = setUp(() => (fails ? broken() : ok({ records: 2, bytes: 400, more: true })));
  await receiving.ask(client, '');
  fails = true;
  await receiving.ask(client, '');
  expect(receiving.state()).toEqual({ records: 2, bytes: 400, more: true, bytesPerSecond: null });
});

it('drops an answer that came after all it told of', async () => {
  const { receiving, client, pull } = setUp();
  const asking = receiving.ask(client, '');
  await pull(40, true);
  await asking;
  expect(receiving.state()).toBeNull();
});

it('asks a line that brings nothing now and then, and once more after the last change', async () => {
  const { receiving, client, line, asked, pull, timers } = setUp();
  const glanceAt = (nowMs: number, cursor = 'e1:1:1'): void => {
    line.nowMs = nowMs;
    receiving.glance(client, cursor);
  };
  glanceAt(0);
  for (const nowMs of [1000, 2000, 19_000]) glanceAt(nowMs, `e1:1:${nowMs}`);
  expect(asked).toHaveLength(1);
  expect(timers.map(({ atMs }) => atMs)).toEqual([20_000]);
  line.nowMs = 20_000;
  timers.pop()?.run();
  expect(asked).toEqual(['/v1/waiting?cursor=e1%3A1%3A1', '/v1/waiting?cursor=e1%3A1%3A19000']);
  // what was pulled whole meanwhile is not asked about
  glanceAt(30_000);
  await pull(40, true);
  timers.pop()?.run();
  expect(asked).toHaveLength(2);
});
