import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { PullAnswer } from '#shared/contract/sync.ts';
import type { Replicated } from '#shared/contract/ipc.ts';
import { pullRecords, pushRecords, type ExchangeContext } from '../../../src-main/link/exchange.ts';
import { createPushPace } from '../../../src-main/link/push-pace.ts';
import { sealToPublicKey } from '../../../src-main/keys/hpke.ts';
import { openRecord } from '../../../src-main/link/sealing.ts';
import { bucketKeysOf, takeInKeys } from '../../../src-main/link/unit-keys.ts';
import { admittedDevice, caseRecord, directoryOf, listed, sealedBy } from './device.ts';

/** Attacks on a device by the hub and by other members; each expects what holds. */
const manila = admittedDevice('ph');
const lao = admittedDevice('la', [manila]);
const sealBy = (from: typeof lao, over: Partial<Replicated>) => sealedBy(from.identity, caseRecord({ author: from.identity.deviceId, ...over }));
const contextOf = (value: unknown): ExchangeContext => ({
  client: { request: () => Promise.resolve({ ok: true, value } as Result<unknown, AppError>) },
  frames: { take: () => Promise.resolve({ ok: true, value } as Result<PullAnswer, AppError>) },
  pushPace: createPushPace(),
  identity: () => lao.identity,
  ledger: { get: () => undefined, note: () => undefined },
  directory: () => ({ ...directoryOf(lao.identity, { la: lao.unitKey, ph: manila.unitKey }), devices: [listed(lao.identity), listed(manila.identity)] }),
  refreshDirectory: () => Promise.resolve(undefined),
  expectPurge: () => undefined,
  countUnreadable: () => undefined,
});

describe('attacks on the device', () => {
  it('a push that met a version it cannot open is never taken for accepted', async () => {
    const mine = caseRecord({ author: lao.identity.deviceId, rev: 'b'.repeat(24) });
    const poisoned = { ...sealBy(lao, { id: mine.id }), wraps: [] };
    const answer = await pushRecords({ rows: [{ doc: mine, assumed: 'c'.repeat(24) }] }, contextOf({ conflicts: [poisoned], rejected: [] }));
    const named = answer.ok ? [...answer.value.conflicts, ...answer.value.rejected].map(({ id }) => id) : [mine.id];
    expect(named).toContain(mine.id);
  });

  it('the hub cannot give a key for the bucket of a foreign unit in place of its pinned public key', () => {
    const hubKey = randomBytes(32);
    const wrapped = sealToPublicKey(lao.unitKey, hubKey, 'suar-bucket-key-1') ?? new Uint8Array();
    const taken = takeInKeys(lao.identity, directoryOf(lao.identity, { la: lao.unitKey, ph: manila.unitKey }), {
      admission: null,
      unitSecrets: [],
      bucketKeys: [{ bucket: 'u:ph', epoch: 1, wrapped }],
    });
    expect(bucketKeysOf(taken).current('u:ph')).toBeUndefined();
  });

  it('the hub cannot slip in a newer key of a taskforce', () => {
    const held = { ...lao.identity, bucketKeys: { 't:op': { '1': randomBytes(32) } } };
    const wrapped = sealToPublicKey(lao.unitKey, randomBytes(32), 'suar-bucket-key-1') ?? new Uint8Array();
    const taken = takeInKeys(held, directoryOf(held, { la: lao.unitKey }), { admission: null, unitSecrets: [], bucketKeys: [{ bucket: 't:op', epoch: 99, wrapped }] });
    expect(bucketKeysOf(taken).current('t:op')?.epoch).toBe(1);
  });

  it('a receipt of a later version carries no content past the device', () => {
    const rec = sealBy(manila, { entity: 'receipt', owner: 'ph', audience: ['u:ph'], schemaVersion: 2, body: { secret: 'x'.repeat(1000) } });
    const opened = openRecord(rec, manila.signKey, bucketKeysOf(manila.identity));
    expect(opened).toHaveProperty('refused');
  });

  it('one page of small sealed bodies does not unfold to gigabytes', async () => {
    const pinned = { ...manila, identity: { ...manila.identity, pins: { la: Buffer.from(lao.unitKey).toString('base64') } } };
    const bomb = 'x'.repeat(15 * 1024 * 1024);
    const rows = Array.from({ length: 12 }, (_v, n) =>
      sealBy(pinned, { id: `0190a0b0-0000-7000-8000-${String(n).padStart(12, '0')}`, entity: 'receipt', owner: 'ph', audience: ['u:la', 'u:ph'], schemaVersion: 2, body: { bomb } }),
    );
    const answer = await pullRecords({ cursor: '', limit: 500 }, contextOf({ rows, cursor: 'e:1:1', done: true }));
    const opened = answer.ok ? answer.value.docs.reduce((sum, d) => sum + ('body' in d ? String(d.body['bomb']).length : 0), 0) : 0;
    expect(opened).toBeLessThan(64 * 1024 * 1024);
  });
});
