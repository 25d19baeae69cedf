import { expect, it } from 'vitest';
import type { BundleReceipt } from '#shared/contract/bundle.ts';
import { bookOf, pushFrom } from '../../../src-main/courier/receipt-book.ts';
import type { RowContext } from '../../../src-main/link/exchange.ts';
import { admittedDevice, caseRecord, directoryOf } from './device.ts';

const device = admittedDevice('la');
const { identity } = device;
const doc = caseRecord({ author: identity.deviceId });
const context: RowContext = {
  identity: () => identity,
  ledger: { get: () => undefined, note: () => undefined },
  directory: () => directoryOf(identity, { la: device.unitKey }),
  refreshDirectory: () => Promise.resolve(undefined),
  expectPurge: () => undefined,
  countUnreadable: () => undefined,
};
const settle = (receipt: Partial<BundleReceipt>) => pushFrom(bookOf({ accepted: [], rejected: [], conflicts: [], ...receipt }), { rows: [{ doc, assumed: null }] }, context);

it('settles what the hub took and what it refused', async () => {
  expect(await settle({ accepted: [[doc.id, doc.rev]] })).toEqual({ ok: true, value: { conflicts: [], rejected: [] } });
  expect(await settle({ rejected: [{ id: doc.id, rev: doc.rev, reason: 'not-owner' }] })).toEqual({ ok: true, value: { conflicts: [], rejected: [{ id: doc.id, reason: 'not-owner' }] } });
});

it('leaves waiting what was not in the bundle, another version of it, and what was sealed under a key of yesterday', async () => {
  const waits = { ok: false, error: { code: 'hub-unreachable' } };
  expect(await settle({})).toEqual(waits);
  expect(await settle({ accepted: [[doc.id, 'b'.repeat(24)]] })).toEqual(waits);
  expect(await settle({ rejected: [{ id: doc.id, rev: doc.rev, reason: 'key-stale' }] })).toEqual(waits);
});
