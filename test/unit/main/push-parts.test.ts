import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { unpackPush } from '#shared/contract/packed-push.ts';
import type { PushRow } from '#shared/contract/sync.ts';
import type { ReleaseBody } from '#shared/schema/release.ts';
import { privateKeyOf } from '../../../src-main/keys/identity.ts';
import { pushInParts } from '../../../src-main/link/push-parts.ts';
import { sha256, type UnsignedRow } from '../../../src-main/link/signing.ts';
import { admittedDevice, sealedBy, caseRecord } from './device.ts';

const { identity } = admittedDevice('la');
const id = (n: number) => `0190a0b0-0000-7000-8000-${String(n).padStart(12, '0')}`;
const rowOf = (n: number, over: Partial<UnsignedRow['rec']> = {}, claim?: PushRow['claim']): UnsignedRow => {
  const { sig: _sig, ...rec } = sealedBy(identity, caseRecord({ id: id(n), author: identity.deviceId }));
  return { rec: { ...rec, body: new Uint8Array(randomBytes(900)), ...over }, assumed: null, ...(claim ? { claim } : {}) };
};
const many = (count: number, from = 0): UnsignedRow[] => Array.from({ length: count }, (_, n) => rowOf(from + n));

/** A push whose requests are answered one by one; the ids of each request, in the order in which they were sent. */
function start(rows: readonly UnsignedRow[]) {
  const sent: string[][] = [];
  const answers: ((answer: Result<unknown, AppError>) => void)[] = [];
  const request = (_method: string, _path: string, body?: unknown): Promise<Result<unknown, AppError>> => {
    sent.push((unpackPush(body as never, 500, sha256).rows as readonly PushRow[]).map(({ rec }) => rec.id));
    return new Promise((resolve) => answers.push(resolve));
  };
  const heard: number[] = [];
  const done = pushInParts(
    rows,
    { client: { request: request as never }, pushPace: { nextBytes: () => 4000, answered: () => undefined }, signKey: privateKeyOf(identity.signKey), parcels: () => [] },
    () => Promise.resolve(void heard.push(heard.length)),
  );
  const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
  return {
    sent,
    heard,
    done,
    answer: async (answer: Result<unknown, AppError> = ok({ conflicts: [], rejected: [] })) => {
      answers.shift()?.(answer);
      await settle();
    },
    settle,
  };
}

it('keeps two requests on their way, and sends every row once, in order', async () => {
  const rows = many(11);
  const push = start(rows);
  const counts: number[] = [];
  for (let n = 0; n < 4; n++) {
    counts.push(push.sent.length);
    await push.answer();
  }
  expect(await push.done).toEqual(ok(null));
  expect(counts).toEqual([2, 3, 4, 4]);
  expect(push.sent.flat()).toEqual(rows.map(({ rec }) => rec.id));
  expect(push.heard).toHaveLength(4);
});

it('sends no row before the one it refers to is judged', async () => {
  const push = start([...many(3), rowOf(50, { ref: id(1) }), ...many(2, 60)]);
  expect(push.sent).toHaveLength(1);
  await push.answer();
  expect(push.sent[1]).toContain(id(50));
});

it('sends nothing beside a claim, which goes first, or the withdrawal of one', async () => {
  const claim = { claim: { kind: 'mandate' } } as unknown as ReleaseBody as PushRow['claim'];
  const large = (n: number, signed?: typeof claim): UnsignedRow => rowOf(n, { body: new Uint8Array(4000), ...(signed ? { entity: 'release' } : {}) }, signed);
  const withdrawal = rowOf(1, { entity: 'release', deleted: true, body: new Uint8Array(), wraps: [] });
  for (const rows of [
    [large(1, claim), large(2)],
    [large(2), large(1, claim)],
    [withdrawal, large(2)],
  ]) {
    const push = start(rows);
    expect(push.sent).toEqual([[id(1)]]);
    await push.answer();
    expect(push.sent).toEqual([[id(1)], [id(2)]]);
    await push.answer();
    expect(await push.done).toEqual(ok(null));
  }
});

it('ends with the first request that fails, when the other has its answer, and sends no more', async () => {
  const push = start(many(11));
  let isOver = false;
  void push.done.then(() => (isOver = true));
  await push.answer(err({ code: 'hub-unreachable' }));
  expect(isOver).toBe(false);
  await push.answer();
  expect(await push.done).toEqual(err({ code: 'hub-unreachable' }));
  expect([push.sent.length, push.heard.length]).toEqual([2, 0]);
});
