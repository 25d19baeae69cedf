import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packPush } from '#shared/contract/packed-push.ts';
import { MAX_PARCEL_ROWS } from '#shared/contract/parcel.ts';
import type { WaitingAnswer } from '#shared/contract/sync.ts';
import type { Hub } from '../../src-hub/server.ts';
import { describeEngines } from './engines.ts';
import { openFrames } from './open-frames.ts';
import { derivedIn, editRow, makeRecord, newRow } from './rows.ts';
import { enrolDevice, REGION, startHub, type Device } from './support.ts';

describeEngines('what waits', (engine) => {
  let hub: Hub;
  let lao: Device;
  let ncb: Device;
  beforeAll(async () => {
    hub = await startHub(engine);
    await hub.admin.seedRegion(REGION);
    lao = await enrolDevice(hub, 'la-cyber');
    ncb = await enrolDevice(hub, 'la-ncb', 'ncb');
  }, 60_000);
  afterAll(async () => {
    for (const device of [lao, ncb]) device.close();
    await hub.close();
  });
  const ask = async (device: Device, cursor = ''): Promise<WaitingAnswer> => (await device.call('GET', `/v1/waiting?cursor=${encodeURIComponent(cursor)}`)).body as WaitingAnswer;

  it('is told for every cursor as a pull from there brings it, and of nothing the caller may not see', async () => {
    expect(await ask(lao)).toEqual({ records: 0, bytes: 0, more: false });
    const rows = Array.from({ length: 60 }, () => newRow(makeRecord(lao, { body: new Uint8Array(randomBytes(400)) })));
    await lao.push(...rows);
    const [first] = rows;
    if (first) await lao.push(editRow(lao, first.rec, { body: new Uint8Array(randomBytes(400)) }));
    await lao.push(newRow(makeRecord(lao, { deleted: true, body: new Uint8Array(), wraps: [] })));
    const cursors = ['', (await lao.pull('', 20)).cursor, (await lao.pull()).cursor];
    for (const cursor of cursors) {
      const stream = openFrames(lao, cursor);
      let [records, bytes] = [0, 0];
      for (let frame = await stream.next(); frame; frame = await stream.next()) {
        records += frame.answer.rows.length;
        bytes += frame.bytes;
      }
      const told = await ask(lao, cursor);
      expect(told).toMatchObject({ records, more: false });
      if (records > 10) expect(told.bytes / bytes).toBeGreaterThan(0.7);
      if (records > 10) expect(told.bytes / bytes).toBeLessThan(1.3);
    }
    expect(await ask(ncb)).toEqual({ records: 0, bytes: 0, more: false });
  });

  it('counts a parcel as the parcel that comes, not as the bodies it stands for', async () => {
    const { cursor } = await lao.pull();
    const rows = Array.from({ length: MAX_PARCEL_ROWS }, () => newRow(makeRecord(lao, { wraps: derivedIn(['u:la-cyber']), body: new Uint8Array(randomBytes(900)) })));
    const places = rows.map((_row, at) => at).sort((a, b) => ((rows[a]?.rec.id ?? '') < (rows[b]?.rec.id ?? '') ? -1 : 1));
    const parcel = new Uint8Array(randomBytes(3000));
    expect((await lao.call('POST', '/v1/push', packPush(rows, undefined, [[places, parcel]]))).body).toEqual({ conflicts: [], rejected: [] });
    const told = await ask(lao, cursor);
    expect(told.records).toBe(rows.length);
    expect(told.bytes).toBeGreaterThan(parcel.length - rows.length);
    expect(told.bytes).toBeLessThan((rows.length * 900) / 2);
  });

  it('refuses cursors of another epoch and text that is none', async () => {
    expect(await lao.call('GET', '/v1/waiting?cursor=00000000-0000-4000-8000-000000000000:1:1')).toEqual({ status: 409, body: { error: 'epoch' } });
    for (const cursor of ['x', '1:2', '9'.repeat(80)]) expect((await lao.call('GET', `/v1/waiting?cursor=${cursor}`)).status).toBe(400);
  });
});
