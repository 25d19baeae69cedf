import { mkdtempSync, readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { err, ok } from '#shared/base/result.ts';
import type { PurgeReceipt } from '#shared/contract/purge.ts';
import { purgeSigningBytes } from '#shared/contract/wire.ts';
import type { HubClient } from '../../../src-main/link/hub-client.ts';
import { countPurges, openPurgeLog } from '../../../src-main/link/purges.ts';
import { openSealLedger } from '../../../src-main/link/seal-ledger.ts';
import { verifySignature } from '../../../src-main/link/signing.ts';
import { admittedDevice, directoryOf, listed } from './device.ts';

const device = admittedDevice('la');
const key = randomBytes(32);
const A = '0190a0b0-0000-7000-8000-00000000000a';
const B = '0190a0b0-0000-7000-8000-00000000000b';

function files() {
  const folder = mkdtempSync(path.join(tmpdir(), 'suar-purge-'));
  const ledgerFile = path.join(folder, 'ledger.bin');
  const ledger = openSealLedger(ledgerFile, Buffer.from(key));
  ledger.note(new Map([[A, { rev: 'a1', sha256: 'aa', contentKey: Buffer.alloc(32, 7) }]]));
  return { folder, ledgerFile, ledger, open: () => openPurgeLog(path.join(folder, 'purges.bin'), Buffer.from(key), ledger) };
}

function hubThatTakes(take: boolean) {
  const got: PurgeReceipt[] = [];
  const request = (_method: string, _path: string, body: unknown) => {
    if (take) got.push(...(body as { receipts: PurgeReceipt[] }).receipts);
    return Promise.resolve(take ? ok({}) : err({ code: 'hub-unreachable' } as const));
  };
  return { got, client: { request } as unknown as HubClient };
}

it('signs a receipt only after the store has removed the record, and forgets its key', async () => {
  const { open, ledger, ledgerFile } = files();
  const log = open();
  const hub = hubThatTakes(true);
  log.expect([A, B]);
  await log.send(hub.client);
  expect(hub.got).toEqual([]);
  const before = readFileSync(ledgerFile).length;
  log.confirm([A, 'never-named'], device.identity, 0);
  expect(log.unconfirmed()).toEqual([B]);
  await log.send(hub.client);
  expect(hub.got).toMatchObject([{ record: A, rev: 'a1', at: '1970-01-01T00:00:00.000Z' }]);
  const [receipt] = hub.got;
  expect(verifySignature(device.signKey, purgeSigningBytes(A, 'a1', device.identity.deviceId, receipt?.at ?? ''), receipt?.sig ?? new Uint8Array())).toBe(true);
  expect(ledger.get(A)).toBeUndefined();
  expect(readFileSync(ledgerFile).length).toBeLessThan(before);
  expect(openSealLedger(ledgerFile, Buffer.from(key)).get(A)).toBeUndefined();
  log.confirm([B], device.identity, 0);
  await log.send(hub.client);
  expect(hub.got[1]).toMatchObject({ record: B, rev: '' });
});

it('loses no receipt to a kill or to a hub that is away', async () => {
  const { open } = files();
  open().expect([A]);
  expect(open().unconfirmed()).toEqual([A]);
  open().confirm([A], device.identity, 0);
  await open().send(hubThatTakes(false).client);
  const hub = hubThatTakes(true);
  await open().send(hub.client);
  expect(hub.got).toHaveLength(1);
  await open().send(hub.client);
  expect(hub.got).toHaveLength(1);
});

it('counts only what the named device signed, with the key first seen of it', async () => {
  const reader = admittedDevice('ph');
  const { open } = files();
  const log = open();
  log.expect([A]);
  log.confirm([A], reader.identity, 0);
  const hub = hubThatTakes(true);
  await log.send(hub.client);
  const good = { ...(hub.got[0] as PurgeReceipt), device: reader.identity.deviceId };
  const devices = [
    { id: reader.identity.deviceId, unit: 'ph', revoked: false },
    { id: 'lost', unit: 'ph', revoked: true },
  ];
  const directory = directoryOf(device.identity, {}, { devices: [listed(reader.identity)] });
  const count = (receipt: typeof good) => countPurges(A, { devices, receipts: [receipt] }, device.identity, directory);
  expect(count(good)).toEqual(ok([{ unit: 'ph', devices: 2, purged: 1, lost: 1 }]));
  for (const forged of [
    { ...good, rev: 'zz' },
    { ...good, at: '2020-01-01T00:00:00.000Z' },
    { ...good, device: 'lost' },
    { ...good, sig: new Uint8Array(64) },
  ]) {
    expect(count(forged)).toEqual(ok([{ unit: 'ph', devices: 2, purged: 0, lost: 1 }]));
  }
});
