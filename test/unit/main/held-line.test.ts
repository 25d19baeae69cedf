import { expect, it } from 'vitest';
import { ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { unpackPush } from '#shared/contract/packed-push.ts';
import type { PushRow } from '#shared/contract/sync.ts';
import type { ExchangeContext } from '../../../src-main/link/exchange.ts';
import { createHeldLine } from '../../../src-main/link/held-line.ts';
import type { HubClient } from '../../../src-main/link/hub-client.ts';
import { createPushPace } from '../../../src-main/link/push-pace.ts';
import { sha256 } from '../../../src-main/link/signing.ts';
import { admittedDevice, caseRecord, directoryOf, sealedBy } from './device.ts';

const device = admittedDevice('la');
const { identity } = device;
const id = (n: number) => `0190a0b0-0000-7000-8000-${String(n).padStart(12, '0')}`;
const record = (n: number, entity = 'case') => caseRecord({ id: id(n), entity, author: identity.deviceId });

/** A held line whose hub answers pulls with `rows`; `pushed` are the ids of each push. */
function setUp(rows: readonly unknown[] = []) {
  const pushed: string[][] = [];
  const pulls: string[] = [];
  const client = {
    request: (_method: string, path: string, body?: unknown): Promise<Result<unknown, AppError>> => {
      if (path === '/v1/push') {
        pushed.push((unpackPush(body as never, 500, sha256).rows as readonly PushRow[]).map(({ rec }) => rec.id));
        return Promise.resolve(ok({ conflicts: [], rejected: [] }));
      }
      pulls.push(path);
      return Promise.resolve(ok({ rows, cursor: 'e1:9:9', done: true }));
    },
  } as HubClient;
  const exchange = (): ExchangeContext => ({
    client,
    frames: { take: () => Promise.reject(new Error('no stream on a held line')) },
    pushPace: createPushPace(),
    identity: () => identity,
    ledger: { get: () => undefined, note: () => undefined },
    directory: () => directoryOf(identity, { la: device.unitKey }),
    refreshDirectory: () => Promise.resolve(undefined),
    expectPurge: () => undefined,
    countUnreadable: () => undefined,
  });
  return { held: createHeldLine((run) => run(client), exchange), pushed, pulls };
}

it('sends what is urgent once, and keeps the rest', async () => {
  const { held, pushed } = setUp();
  const rows = [record(1), record(2, 'receipt')].map((doc) => ({ doc, assumed: null }));
  for (let again = 0; again < 2; again++) expect(await held.push({ rows })).toEqual({ ok: false, error: { code: 'line-held' } });
  expect(pushed).toEqual([[id(2)]]);
});

it('lets a push through that is urgent as a whole', async () => {
  const { held, pushed } = setUp();
  expect(await held.push({ rows: [{ doc: record(3, 'receipt'), assumed: null }] })).toMatchObject({ ok: true });
  expect(pushed).toEqual([[id(3)]]);
});

it('asks for urgent news after a wake only, and moves no cursor', async () => {
  const { held, pulls } = setUp([sealedBy(identity, record(4))]);
  const cursor = '1~e1:5:5';
  expect(await held.pull({ cursor, limit: 500 })).toMatchObject({ ok: true, value: { docs: [{ id: id(4) }], cursor, done: true } });
  expect(await held.pull({ cursor, limit: 500 })).toEqual({ ok: true, value: { docs: [], cursor, done: true } });
  held.woken();
  await held.pull({ cursor, limit: 500 });
  expect(pulls).toHaveLength(2);
  expect(pulls[0]).toContain('lane=urgent');
});

it('asks for nothing before the first pull', async () => {
  const { held, pulls } = setUp();
  expect(await held.pull({ cursor: '', limit: 500 })).toEqual({ ok: true, value: { docs: [], cursor: '', done: true } });
  expect(pulls).toEqual([]);
});
