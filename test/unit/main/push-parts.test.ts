import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { err, ok, type Result } from '#shared/base/result.ts';
import { BODY_PART_BYTES, HELD_FROM_BYTES } from '#shared/contract/body-parts.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { unpackPush } from '#shared/contract/packed-push.ts';
import type { PushRow } from '#shared/contract/sync.ts';
import type { ReleaseBody } from '#shared/schema/release.ts';
import { privateKeyOf } from '../../../src-main/keys/identity.ts';
import { isLongBody, pushHeld } from '../../../src-main/link/held-body.ts';
import { pushInParts } from '../../../src-main/link/push-parts.ts';
import { sha256, signRows, type UnsignedRow } from '../../../src-main/link/signing.ts';
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
    { client: { request: request as never }, pushPace: { nextBytes: () => 4000, answered: () => undefined, failed: () => undefined }, signKey: privateKeyOf(identity.signKey), parcels: () => [] },
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

it('keeps three requests on their way, and sends every row once, in order', async () => {
  const rows = many(14);
  const push = start(rows);
  const counts: number[] = [];
  for (let n = 0; n < 5; n++) {
    counts.push(push.sent.length);
    await push.answer();
  }
  expect(await push.done).toEqual(ok(null));
  expect(counts).toEqual([3, 4, 5, 5, 5]);
  expect(push.sent.flat()).toEqual(rows.map(({ rec }) => rec.id));
  expect(push.heard).toHaveLength(5);
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

it('ends with the first request that fails, when the others have their answers, and sends no more', async () => {
  const push = start(many(14));
  let isOver = false;
  void push.done.then(() => (isOver = true));
  await push.answer(err({ code: 'hub-unreachable' }));
  await push.answer();
  expect(isOver).toBe(false);
  await push.answer();
  expect(await push.done).toEqual(err({ code: 'hub-unreachable' }));
  expect([push.sent.length, push.heard.length]).toEqual([3, 0]);
});

it('sends a body that is long for the line before its row, in parts of which the hub names those it has, and the row again until it is taken', async () => {
  const long = rowOf(1, { body: new Uint8Array(randomBytes(5 * BODY_PART_BYTES + 10)) });
  const asked: { path: string; body: Record<string, unknown> }[] = [];
  const answers: unknown[] = [{ parts: 2 }, {}, {}, {}, {}, { conflicts: [], rejected: [] }];
  const request = (_method: string, path: string, body?: unknown): Promise<Result<unknown, AppError>> => {
    asked.push({ path, body: body as Record<string, unknown> });
    return Promise.resolve(ok(answers.shift()));
  };
  const heard: unknown[] = [];
  const done = await pushInParts(
    [long],
    {
      client: { request: request as never },
      pushPace: { nextBytes: () => 4000, answered: () => undefined, failed: () => undefined },
      epoch: 'e',
      signKey: privateKeyOf(identity.signKey),
      parcels: () => [],
    },
    (answer) => Promise.resolve(void heard.push(answer)),
  );
  expect([done, heard]).toEqual([ok(null), [{ conflicts: [], rejected: [] }]]);
  expect(asked.map(({ path }) => path)).toEqual(['/v1/push', ...Array.from({ length: 4 }, () => '/v1/push/part'), '/v1/push']);
  expect(asked.slice(1, 5).map(({ body }) => body.part)).toEqual([2, 3, 4, 5]);
  const sent = Buffer.concat(asked.slice(1, 5).map(({ body }) => body.bytes as Uint8Array));
  expect(Uint8Array.from(sent)).toEqual(long.rec.body.subarray(2 * BODY_PART_BYTES));
  expect(asked[5]).toEqual(asked[0]);
  expect(asked[0]?.body.held).toEqual([sha256(long.rec.body), long.rec.body.length]);
  const [row] = unpackPush(asked[0]?.body as never, 500, sha256).rows as readonly PushRow[];
  expect(row?.rec.body).toHaveLength(0);
});

it.each<[string, number, number, boolean]>([
  ['short', HELD_FROM_BYTES, 0, false],
  ['long for a slow line', HELD_FROM_BYTES + 1, 6000, true],
  ['long, and the line carries it in two pushes', 100_000, 50_000, false],
  ['longer than that', 100_001, 50_000, true],
])('holds a body that is %s: %d bytes where a push has %d', (_what, bytes, push, held) => {
  expect(isLongBody(bytes, push)).toBe(held);
});

it('gives up on a hub that never has what it was sent, and ends with a part that fails', async () => {
  const [long] = signRows([rowOf(1, { body: new Uint8Array(randomBytes(2 * BODY_PART_BYTES)) })], privateKeyOf(identity.signKey));
  if (!long) throw new Error('no row');
  const forgetful = (_method: string, path: string) => Promise.resolve(ok(path === '/v1/push' ? { parts: 0 } : {}));
  expect(await pushHeld({ request: forgetful as never }, long, undefined)).toEqual(err({ code: 'hub-garbage' }));
  const broken = (_method: string, path: string) => Promise.resolve(path === '/v1/push' ? ok({ parts: 0 }) : err({ code: 'hub-unreachable' }));
  expect(await pushHeld({ request: broken as never }, long, undefined)).toEqual(err({ code: 'hub-unreachable' }));
});
