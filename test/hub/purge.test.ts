/** Receipts for what devices removed: who may sign them, who reads them, and what they prove. */
import { sign } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PurgeAnswer } from '#shared/contract/purge.ts';
import { purgeSigningBytes } from '#shared/contract/wire.ts';
import type { Hub } from '../../src-hub/server.ts';
import { describeEngines } from './engines.ts';
import { editRow, makeRecord, newRow } from './rows.ts';
import { enrolDevice, REGION, startHub, type Device, type Reply } from './support.ts';

const AT = '2026-11-22T10:00:00.000Z';

describeEngines('purge receipts', (engine) => {
  let hub: Hub;
  let owner: Device;
  let reader: Device;
  let colleague: Device;
  let stranger: Device;
  beforeAll(async () => {
    hub = await startHub(engine);
    await hub.admin.seedRegion(REGION);
    await hub.admin.addTaskforce({ id: 'heron', name: 'Heron', members: ['la-cyber', 'la-ncb'] });
    owner = await enrolDevice(hub, 'la-cyber');
    reader = await enrolDevice(hub, 'la-ncb', 'ncb');
    colleague = await enrolDevice(hub, 'la-ncb', 'officer', { admittedBy: reader });
    stranger = await enrolDevice(hub, 'ph-acg');
  });
  afterAll(async () => {
    [owner, reader, colleague, stranger].forEach((device) => device.close());
    await hub.close();
  });

  const receipt = (by: Device, record: string, rev: string, over: { readonly device?: string } = {}) => ({
    record,
    rev,
    at: AT,
    sig: new Uint8Array(sign(null, purgeSigningBytes(record, rev, over.device ?? by.id, AT), by.keys.signKey)),
  });
  const send = (by: Device, ...receipts: ReturnType<typeof receipt>[]): Promise<Reply> => by.call('POST', '/v1/purged', { receipts });
  const read = async (by: Device, record: string): Promise<PurgeAnswer> => (await by.call('GET', `/v1/purged?record=${record}`)).body as PurgeAnswer;

  it('count the devices of a unit that lost a record, and the receipts of each', async () => {
    const rec = makeRecord(owner, { audience: ['u:la-cyber', 't:heron'] });
    await owner.push(newRow(rec));
    await reader.pullAll();
    await colleague.pullAll();
    expect(await read(owner, rec.id)).toEqual({ devices: [], receipts: [] });
    // while it may be read, there is nothing to confirm
    expect((await send(reader, receipt(reader, rec.id, rec.rev))).status).toBe(200);
    expect((await read(owner, rec.id)).receipts).toEqual([]);
    await hub.admin.leaveTaskforce('heron', 'la-ncb');
    expect(new Set((await read(owner, rec.id)).devices.map(({ id, unit, revoked }) => `${id} ${unit} ${revoked}`))).toEqual(new Set([`${reader.id} la-ncb false`, `${colleague.id} la-ncb false`]));
    const good = receipt(reader, rec.id, rec.rev);
    expect(await send(reader, good)).toEqual({ status: 200, body: {} });
    expect(await send(reader, good)).toEqual({ status: 200, body: {} });
    expect((await read(owner, rec.id)).receipts).toEqual([{ device: reader.id, rev: rec.rev, at: AT, sig: good.sig }]);
    await hub.admin.revokeDevice(colleague.id);
    expect((await read(owner, rec.id)).devices.find(({ id }) => id === colleague.id)?.revoked).toBe(true);
    expect(await read(reader, rec.id)).toEqual({ devices: [], receipts: [] });
    expect(await read(stranger, rec.id)).toEqual({ devices: [], receipts: [] });
  });

  it('are for a deleted record, too', async () => {
    await hub.admin.addTaskforce({ id: 'egret', name: 'Egret', members: ['la-cyber', 'la-ncb'] });
    const rec = makeRecord(owner, { audience: ['u:la-cyber', 't:egret'] });
    await owner.push(newRow(rec));
    await reader.pullAll();
    const edit = editRow(owner, rec, { deleted: true });
    expect(await owner.push(edit)).toEqual({ conflicts: [], rejected: [] });
    await send(reader, receipt(reader, rec.id, rec.rev));
    expect((await read(owner, rec.id)).receipts.map(({ device }) => device)).toEqual([reader.id]);
  });

  it('are taken from the device that signed them alone, and tell a stranger nothing', async () => {
    const rec = makeRecord(owner);
    await owner.push(newRow(rec));
    for (const bad of [receipt(owner, rec.id, rec.rev), receipt(stranger, rec.id, rec.rev, { device: owner.id }), { ...receipt(stranger, rec.id, rec.rev), at: '2020-01-01T00:00:00.000Z' }]) {
      expect(await send(stranger, bad)).toEqual({ status: 400, body: { error: 'bad-request' } });
    }
    // a record it never could read, and one that never was, are answered alike and leave nothing
    for (const id of [rec.id, '0190a0b0-0000-7000-8000-00000000dead']) expect(await send(stranger, receipt(stranger, id, rec.rev))).toEqual({ status: 200, body: {} });
    expect((await read(owner, rec.id)).receipts).toEqual([]);
  });
});
