import { describe, expect, it, vi } from 'vitest';
import type { Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { Replicated } from '#shared/contract/ipc.ts';
import { unpackPush, type PackedPush } from '#shared/contract/packed-push.ts';
import type { Directory, PullAnswer, PushRow } from '#shared/contract/sync.ts';
import { checkAnswer, PullAnswerSchema } from '../../../src-main/link/answers.ts';
import type { Identity } from '../../../src-main/keys/identity.ts';
import { pullRecords, pushRecords, type ExchangeContext } from '../../../src-main/link/exchange.ts';
import { createPushPace } from '../../../src-main/link/push-pace.ts';
import type { SealedVersion } from '../../../src-main/link/seal-ledger.ts';
import { sha256 } from '../../../src-main/link/signing.ts';
import { admittedDevice, caseRecord, directoryOf, sealedBy, withBucketKey } from './device.ts';

const manila = admittedDevice('ph');
const device = admittedDevice('la', [manila]);
const { identity } = device;
const id = (n: number) => `0190a0b0-0000-7000-8000-${String(n).padStart(12, '0')}`;
const mine = (over: Partial<Replicated> = {}) => caseRecord({ author: identity.deviceId, ...over });
const wire = (over: Partial<Replicated> = {}) => sealedBy(identity, mine(over));

type Reply = (path: string, body: unknown) => unknown;
function setUp(reply: Reply, over: { readonly identity?: Identity; readonly directory?: Directory } = {}) {
  const asked: { path: string; body: unknown }[] = [];
  const versions = new Map<string, SealedVersion>();
  const state = { unreadable: 0, identity: over.identity ?? identity, directory: over.directory ?? directoryOf(identity, { la: device.unitKey, ph: manila.unitKey }) };
  const request = (_method: 'GET' | 'POST', path: string, body?: unknown) => {
    asked.push({ path, body });
    const value = reply(path, body);
    return Promise.resolve((value instanceof Error ? { ok: false, error: { code: value.message } } : { ok: true, value }) as Result<unknown, AppError>);
  };
  const take: ExchangeContext['frames']['take'] = async (cursor, limit) =>
    checkAnswer(PullAnswerSchema, await request('GET', `/v1/pull?cursor=${encodeURIComponent(cursor)}&limit=${limit}`)) as Result<PullAnswer, AppError>;
  const context: ExchangeContext = {
    client: { request },
    frames: { take },
    pushPace: createPushPace(),
    identity: () => state.identity,
    ledger: { get: (key) => versions.get(key), note: (entries) => entries.forEach((value, key) => versions.set(key, value)) },
    directory: () => state.directory,
    refreshDirectory: vi.fn(() => Promise.resolve(state.directory)),
    expectPurge: () => undefined,
    countUnreadable: (count) => (state.unreadable = count < 0 ? 0 : state.unreadable + count),
  };
  return { context, asked, versions, state };
}
const page = (rows: readonly unknown[], cursor = 'e1:1:1', done = true) => ({ rows, cursor, done });

describe('pulling', () => {
  it('opens what it can, counts what it cannot, and remembers the versions', async () => {
    const altered = { ...wire({ id: id(2) }), tlp: 'CLEAR' };
    const { context, state, versions } = setUp(() => page([wire({ id: id(1) }), altered, { id: id(3), gone: true }, wire({ id: id(4), _deleted: true })]));
    const answer = await pullRecords({ cursor: '', limit: 10 }, context);
    expect(answer).toMatchObject({ ok: true, value: { docs: [{ id: id(1) }, { id: id(3), gone: true }, { id: id(4), gone: true }], cursor: '1~e1:1:1', done: true } });
    expect(state.unreadable).toBe(1);
    expect([...versions.keys()]).toEqual([id(1)]);
  });

  it('goes on from its cursor, and starts again when the keys have grown', async () => {
    const { context, asked, state } = setUp(() => page([]));
    await pullRecords({ cursor: '1~e1:5:5', limit: 10 }, context);
    state.identity = withBucketKey(identity, 't:op', 1, new Uint8Array(32));
    state.unreadable = 7;
    const again = await pullRecords({ cursor: '1~e1:5:5', limit: 10 }, context);
    expect(asked.map(({ path }) => path)).toEqual(['/v1/pull?cursor=e1%3A5%3A5&limit=10', '/v1/pull?cursor=&limit=10']);
    expect([again.ok && again.value.cursor, state.unreadable]).toEqual(['2~e1:1:1', 0]);
  });

  it('starts from the beginning where the hub has another epoch, once', async () => {
    const { context, asked } = setUp((path) => (path.includes('cursor=&') ? page([]) : new Error('hub-outdated')));
    expect((await pullRecords({ cursor: '1~old:1:1', limit: 5 }, context)).ok).toBe(true);
    expect(asked).toHaveLength(2);
    const stuck = setUp(() => new Error('hub-outdated'));
    expect(await pullRecords({ cursor: '', limit: 5 }, stuck.context)).toEqual({ ok: false, error: { code: 'hub-outdated' } });
    expect(stuck.asked).toHaveLength(1);
  });

  it.each(['', '~', 'x', '~e1:1:1', '9~e1:1:1', 'NaN~e1:1:1', '1'])('reads cursor %j as the beginning', async (cursor) => {
    const { context, asked } = setUp(() => page([]));
    await pullRecords({ cursor, limit: 1 }, context);
    expect(asked[0]?.path).toBe('/v1/pull?cursor=&limit=1');
  });

  it.each<[string, unknown]>([
    ['no rows', { cursor: '', done: true }],
    ['a row without bytes', page([{ ...wire(), body: 'text' }])],
    ['a signature that is no bytes', page([{ ...wire(), sig: 5 }])],
    ['null', null],
  ])('calls %s garbage and takes nothing of it', async (_name, value) => {
    const { context, versions } = setUp(() => value);
    expect(await pullRecords({ cursor: '', limit: 1 }, context)).toEqual({ ok: false, error: { code: 'hub-garbage' } });
    expect(versions.size).toBe(0);
  });

  it('fetches the directory once more for an author it does not know, and reads on past a poisoned wrap', async () => {
    const poison = { ...wire({ id: id(1) }), wraps: [{ b: 'u:la', e: 0, k: new Uint8Array(48), eph: new Uint8Array(32) }] };
    const { context, state } = setUp(() => page([poison, wire({ id: id(2) })]), { directory: { ...directoryOf(identity, { la: device.unitKey }), devices: [] } });
    const nothing = await pullRecords({ cursor: '', limit: 5 }, context);
    expect([nothing.ok && nothing.value.docs, state.unreadable]).toEqual([[], 2]);
    state.directory = directoryOf(identity, { la: device.unitKey });
    const found = await pullRecords({ cursor: '', limit: 5 }, context);
    expect(found).toMatchObject({ ok: true, value: { docs: [{ id: id(2) }] } });
    expect(context.refreshDirectory).toHaveBeenCalled();
  });

  it('asks once for a page who its unknown authors are, in one request', async () => {
    const far = ['vu', 'th', 'my'].map((unit) => admittedDevice(unit));
    const strangers = far.map(({ identity: author }, n) => ({ ...wire({ id: id(n + 1) }), author: author.deviceId }));
    const { context, state } = setUp(() => page([wire({ id: id(9) }), ...strangers, ...strangers]));
    await pullRecords({ cursor: '', limit: 10 }, context);
    expect(context.refreshDirectory).toHaveBeenCalledTimes(1);
    expect(new Set(vi.mocked(context.refreshDirectory).mock.calls[0]?.[0])).toEqual(new Set(far.map(({ identity: author }) => author.deviceId)));
    // signed by somebody else, whoever they say they are
    expect(state.unreadable).toBe(6);
  });
});

describe('pushing', () => {
  const accept = () => ({ conflicts: [], rejected: [] });
  const rowsOf = (asked: readonly { body: unknown }[]) => asked.flatMap(({ body }) => unpackPush(body as PackedPush, 500, sha256).rows as PushRow[]);

  it('sends nothing before the device is admitted', async () => {
    const { context, asked } = setUp(accept, { identity: { ...identity, unitConfirmed: false } });
    expect(await pushRecords({ rows: [{ doc: mine(), assumed: null }] }, context)).toEqual({ ok: false, error: { code: 'device-unadmitted' } });
    expect(asked).toEqual([]);
  });

  it('seals every row: no word of a record is in what is sent', async () => {
    const { context, asked } = setUp(accept);
    await pushRecords({ rows: [{ doc: mine({ body: { ...mine().body, title: 'CANARY' } }), assumed: 'r0' }] }, context);
    expect(JSON.stringify(asked, (_key, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value))).not.toContain('CANARY');
    expect(rowsOf(asked)).toMatchObject([{ assumed: 'r0', rec: { author: identity.deviceId } }]);
  });

  it('rejects here what cannot be sealed, and sends the others', async () => {
    const { context, asked } = setUp(accept);
    const answer = await pushRecords(
      {
        rows: [
          { doc: mine({ id: id(1), audience: ['u:la', 'u:vu'] }), assumed: null },
          { doc: mine({ id: id(2) }), assumed: null },
        ],
      },
      context,
    );
    expect(answer).toEqual({ ok: true, value: { conflicts: [], rejected: [{ id: id(1), reason: 'key-missing' }] } });
    expect(rowsOf(asked).map(({ rec }) => rec.id)).toEqual([id(2)]);
  });

  it('does not fall over a release record without a claim', async () => {
    const { context, asked } = setUp(accept);
    const answer = await pushRecords({ rows: [{ doc: mine({ entity: 'release', body: {} }), assumed: null }] }, context);
    expect(answer.ok).toBe(true);
    expect(rowsOf(asked)[0]).not.toHaveProperty('claim');
  });

  it('passes on what the hub refused, and calls an answer of another shape garbage', async () => {
    const refused = setUp(() => ({ conflicts: [], rejected: [{ id: id(1), reason: 'release-missing' }] }));
    expect(await pushRecords({ rows: [{ doc: mine(), assumed: null }] }, refused.context)).toMatchObject({ ok: true, value: { rejected: [{ reason: 'release-missing' }] } });
    for (const value of [null, {}, { conflicts: [{}], rejected: [] }, { conflicts: [], rejected: [{ id: 1, reason: 'x' }] }])
      expect(await pushRecords({ rows: [{ doc: mine(), assumed: null }] }, setUp(() => value).context)).toEqual({ ok: false, error: { code: 'hub-garbage' } });
  });
});
