import { describe, expect, it } from 'vitest';
import { ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { PullAnswer } from '#shared/contract/sync.ts';
import { createUrgentLane } from '../../../src-main/link/urgent-lane.ts';

/** A lane whose requests are answered by hand. */
function laneByHand() {
  const asked: { readonly cursor: string; readonly isHeld: boolean; readonly answer: (rows: number) => Promise<void> }[] = [];
  let nowMs = 0;
  let arrived = 0;
  const request = (cursor: string, isHeld: boolean): Promise<Result<PullAnswer, AppError>> =>
    new Promise((resolve) => {
      asked.push({
        cursor,
        isHeld,
        answer: async (rows) => {
          resolve(ok({ rows: Array.from({ length: rows }, () => ({ id: cursor, gone: true as const })), cursor: `e:1:${asked.length}`, done: true }));
          await new Promise((done) => setImmediate(done));
        },
      });
    });
  const lane = createUrgentLane(
    'e:1:0',
    request,
    () => arrived++,
    () => nowMs,
  );
  return { lane, asked, pass: (ms: number) => (nowMs += ms), arrived: () => arrived };
}

describe('the urgent lane', () => {
  it('leaves a request at the hub, and another one behind what came', async () => {
    const { lane, asked, pass, arrived } = laneByHand();
    lane.ask();
    await asked[0]?.answer(0);
    expect(asked.map(({ isHeld }) => isHeld)).toEqual([false, true]);
    pass(20_000);
    await asked[1]?.answer(0);
    await asked[2]?.answer(1);
    expect(arrived()).toBe(1);
    expect(asked.map(({ cursor, isHeld }) => [cursor, isHeld])).toEqual([
      ['e:1:0', false],
      ['e:1:1', true],
      ['e:1:2', true],
      ['e:1:3', true],
    ]);
  });

  it('asks no more once the stream is over', async () => {
    const { lane, asked, pass, arrived } = laneByHand();
    lane.ask();
    await asked[0]?.answer(0);
    lane.end();
    pass(20_000);
    await asked[1]?.answer(1);
    expect([asked.length, arrived()]).toEqual([2, 0]);
  });

  it('does not press a hub that holds nothing: the next wake asks again', async () => {
    const { lane, asked } = laneByHand();
    lane.ask();
    await asked[0]?.answer(0);
    await asked[1]?.answer(0);
    expect(asked).toHaveLength(2);
    lane.ask();
    expect(asked.map(({ isHeld }) => isHeld)).toEqual([false, true, false]);
    // a wake while a request is out: what it is of may be behind its answer
    await asked[2]?.answer(0);
    lane.ask();
    await asked[3]?.answer(0);
    expect(asked).toHaveLength(5);
  });
});
