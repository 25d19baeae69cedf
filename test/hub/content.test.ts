import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MAX_PART_BYTES, type ContentState } from '#shared/contract/content.ts';
import type { WireRecord } from '#shared/contract/sync.ts';
import type { ReleaseClaim } from '#shared/schema/release.ts';
import { expireContent, setContentLimits } from '../../src-hub/access/content-admin.ts';
import { openDatabase } from '../../src-hub/db/open.ts';
import { createHub, type Hub } from '../../src-hub/server.ts';
import { describeEngines } from './engines.ts';
import { claimRow, editRow, makeMandateClaim, makeRecord, makeReleaseClaim, newRow, wrapsFor } from './rows.ts';
import { callOn, callRaw, connectTo, enrolDevice, REGION, startRegion, type Device, type RegionFixture, type Reply } from './support.ts';

const OCTETS = 'application/octet-stream';
const GONE = { status: 404, body: { error: 'content-gone' } };
const UNCOVERED = { status: 403, body: { error: 'content-uncovered' } };

const stateOf = (reply: Reply): ContentState => reply.body as ContentState;
const put = (device: Device, id: string, at: number, bytes: Uint8Array): Promise<Reply> => callRaw(device.session, 'POST', `/v1/content/part?id=${id}&at=${at}`, bytes, OCTETS);

/** A request for bytes; the body comes as it is. */
function get(device: Device, id: string, owner: string, at: number, length: number): Promise<{ status: number; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const stream = device.session.request({ ':path': `/v1/content/part?id=${id}&owner=${owner}&at=${at}&length=${length}` });
    let status = 0;
    const chunks: Buffer[] = [];
    stream.on('response', (headers) => (status = Number(headers[':status'])));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('end', () => resolve({ status, bytes: Buffer.concat(chunks) }));
  });
}

describeEngines('content of exhibits', (engine) => {
  let region: RegionFixture;
  beforeAll(async () => {
    region = await startRegion(engine);
  });
  afterAll(() => region.close());

  const exhibit = async (audience: readonly string[] = ['u:la-cyber', 'u:la-ncb'], changes: Partial<WireRecord> = {}): Promise<WireRecord> => {
    const rec = makeRecord(region.lao, { entity: 'exhibit', audience: [...audience], ...changes });
    expect(await region.lao.push(newRow(rec))).toEqual({ conflicts: [], rejected: [] });
    return rec;
  };
  const release = async (rec: WireRecord, reader: Device, changes: Partial<ReleaseClaim> = {}): Promise<string> => {
    const row = claimRow(region.laoNcb, makeReleaseClaim(region.laoNcb, rec, ['u:la-cyber', 'u:la-ncb', `u:${reader.unit}`], changes));
    expect(await region.laoNcb.push(row)).toEqual({ conflicts: [], rejected: [] });
    return row.rec.id;
  };
  const offer = (device: Device, rec: WireRecord, readers: readonly Device[], changes: object = {}): Promise<Reply> =>
    device.call('POST', '/v1/content/offer', { id: randomUUID(), record: rec.id, sizeBytes: 100_000, wraps: wrapsFor(['u:la-cyber']), readers: readers.map(({ id }) => id), ...changes });

  it('carries sealed bytes from the owner to the reader at any offsets, and removes them when the reader has them', async () => {
    const { lao, filipino } = region;
    const rec = await exhibit();
    await release(rec, filipino);
    const id = randomUUID();
    const bytes = randomBytes(100_000);
    const wraps = wrapsFor(['u:la-cyber', 'u:ph-acg']);
    const made = await offer(lao, rec, [filipino], { id, wraps });
    expect(made.status).toBe(200);
    expect(stateOf(made)).toMatchObject({ record: rec.id, sizeBytes: 100_000, received: 0 });
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + 1 + Math.floor(Math.random() * MAX_PART_BYTES));
      expect((await put(lao, id, at, part)).body).toEqual({ received: at + part.length });
      at += part.length;
    }
    expect(stateOf(await filipino.call('GET', `/v1/content/state?id=${id}&owner=la-cyber`))).toMatchObject({ received: 100_000, wraps });
    const got: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const { status, bytes: part } = await get(filipino, id, 'la-cyber', at, 1 + Math.floor(Math.random() * 40_000));
      expect(status).toBe(200);
      expect(part.length).toBeGreaterThan(0);
      got.push(part);
      at += part.length;
    }
    expect(createHash('sha256').update(Buffer.concat(got)).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect((await get(filipino, id, 'la-cyber', 100_000, 10)).bytes.length).toBe(0);
    expect((await filipino.call('POST', '/v1/content/end', { id, owner: 'la-cyber' })).status).toBe(200);
    expect(await lao.call('GET', `/v1/content/state?id=${id}&owner=la-cyber`)).toEqual(GONE);
  });

  it('answers an offer made again, once all was fetched, that there is nothing to send; a further reader makes it begin again', async () => {
    const { lao, laoNcb, hub } = region;
    const rec = await exhibit(['u:la-cyber', 'u:la-ncb']);
    const second = await enrolDevice(hub, 'la-ncb', 'ncb', { admittedBy: laoNcb });
    const id = randomUUID();
    const offerTo = async (reader: Device) => stateOf(await offer(lao, rec, [reader], { id, sizeBytes: 16 })).received;
    expect(await offerTo(laoNcb)).toBe(0);
    await put(lao, id, 0, randomBytes(16));
    expect((await laoNcb.call('POST', '/v1/content/end', { id, owner: 'la-cyber' })).status).toBe(200);
    const kept = await hub.admin.contentLimits({});
    expect(await offerTo(laoNcb)).toBe(16);
    expect((await put(lao, id, 0, randomBytes(16))).body).toEqual({ received: 16 });
    for (const device of [lao, laoNcb]) expect(await device.call('GET', `/v1/content/state?id=${id}&owner=la-cyber`)).toEqual(GONE);
    expect((await get(laoNcb, id, 'la-cyber', 0, 16)).status).toBe(404);
    expect(await hub.admin.contentLimits({})).toEqual(kept);
    // it needs its room again, and only then
    const { quotaBytes } = kept;
    await hub.admin.contentLimits({ quotaBytes: 0 });
    expect((await offer(lao, rec, [second], { id, sizeBytes: 16 })).body).toEqual({ error: 'content-quota' });
    expect(await offerTo(laoNcb)).toBe(16);
    await hub.admin.contentLimits({ quotaBytes });
    expect(await offerTo(second)).toBe(0);
    await put(lao, id, 0, randomBytes(16));
    expect((await get(second, id, 'la-cyber', 0, 16)).bytes.length).toBe(16);
    expect((await hub.admin.contentLimits({})).contents).toBe(kept.contents + 1);
    second.close();
  });

  it('lets nothing leave without a release: none, one that ended, one taken back, and a mandate that names no exhibits', async () => {
    const { lao, laoNcb, filipino, thai, thaiNcb } = region;
    const rec = await exhibit();
    expect(await offer(lao, rec, [filipino])).toEqual(UNCOVERED);
    const short = await exhibit();
    await release(short, filipino, { expires: new Date(Date.now() + 1500).toISOString() });
    const shortId = randomUUID();
    expect((await offer(lao, short, [filipino], { id: shortId })).status).toBe(200);
    await put(lao, shortId, 0, randomBytes(10));
    const releaseId = await release(rec, filipino);
    const id = randomUUID();
    expect((await offer(lao, rec, [filipino], { id })).status).toBe(200);
    await put(lao, id, 0, randomBytes(500));
    expect((await get(filipino, id, 'la-cyber', 0, 100)).bytes.length).toBe(100);
    // taken back while it is on its way: from then on no byte
    const claim = (await laoNcb.pullAll()).get(releaseId) as WireRecord;
    expect(await laoNcb.push(editRow(laoNcb, claim, { deleted: true }))).toEqual({ conflicts: [], rejected: [] });
    expect((await get(filipino, id, 'la-cyber', 0, 100)).status).toBe(403);
    expect(await offer(lao, rec, [filipino])).toEqual(UNCOVERED);

    await wait(1500);
    expect((await get(filipino, shortId, 'la-cyber', 0, 10)).status).toBe(403);
    expect(await offer(lao, short, [filipino])).toEqual(UNCOVERED);

    const narrow = claimRow(laoNcb, makeMandateClaim(laoNcb, 't:falcon', 'LA', { entities: ['exhibit'], tlpCeiling: 'AMBER' }));
    await laoNcb.push(narrow);
    const joint = await exhibit(['u:la-cyber', 't:falcon']);
    expect((await offer(lao, joint, [thai])).status).toBe(200);
    expect(await offer(lao, joint, [thai, filipino])).toEqual(UNCOVERED);
    expect(await offer(lao, joint, [{ ...thai, id: randomUUID() }])).toEqual(UNCOVERED);
    const gone = (await laoNcb.pullAll()).get(narrow.rec.id) as WireRecord;
    await laoNcb.push(editRow(laoNcb, gone, { deleted: true }));
    await laoNcb.push(claimRow(laoNcb, makeMandateClaim(laoNcb, 't:falcon', 'LA', { entities: ['case'] })));
    await thaiNcb.push(claimRow(thaiNcb, makeMandateClaim(thaiNcb, 't:falcon', 'TH', { entities: ['exhibit'] })));
    expect(await offer(lao, joint, [thai])).toEqual(UNCOVERED);
  });

  it('gives a colleague of the same country what the record reaches, without a release', async () => {
    const { lao, laoNcb } = region;
    const rec = await exhibit();
    expect((await offer(lao, rec, [laoNcb])).status).toBe(200);
    const own = await exhibit(['u:la-cyber']);
    expect(await offer(lao, own, [laoNcb])).toEqual(UNCOVERED);
  });

  it('answers another unit, another device and a wrong owner as if there were nothing', async () => {
    const { hub, lao, laoNcb, filipino, vanuatu } = region;
    const colleague = await enrolDevice(hub, 'la-cyber', 'officer', { admittedBy: lao });
    const waiting = await enrolDevice(hub, 'la-cyber', 'officer', { waiting: true });
    const rec = await exhibit();
    await release(rec, filipino);
    const id = randomUUID();
    expect((await offer(lao, rec, [filipino], { id })).status).toBe(200);
    await put(lao, id, 0, Buffer.from('sealed'));
    for (const [who, owner] of [
      [vanuatu, 'la-cyber'],
      [laoNcb, 'la-cyber'],
      [filipino, 'ph-acg'],
      [vanuatu, 'vu-ccu'],
    ] as const) {
      expect(await who.call('GET', `/v1/content/state?id=${id}&owner=${owner}`)).toEqual(GONE);
      expect((await get(who, id, owner, 0, 10)).status).toBe(404);
      expect(await who.call('POST', '/v1/content/end', { id, owner })).toEqual(GONE);
    }
    // only the device that offered it writes, and an offer is for an exhibit of one's own
    for (const who of [filipino, vanuatu, colleague]) expect(await put(who, id, 6, Buffer.from('forged'))).toEqual(GONE);
    for (const who of [filipino, vanuatu]) expect(await offer(who, rec, [who])).toEqual(GONE);
    expect((await offer(colleague, rec, [filipino], { id })).status).toBe(400);
    const brief = makeRecord(lao, { audience: ['u:la-cyber', 'u:la-ncb'] });
    await lao.push(newRow(brief));
    expect(await offer(lao, brief, [laoNcb])).toEqual(GONE);
    expect((await offer(waiting, rec, [laoNcb])).body).toEqual({ error: 'device-unadmitted' });
    // an id of the own unit equal to another's is a content of its own
    const mine = makeRecord(vanuatu, { entity: 'exhibit', audience: ['u:vu-ccu', 'u:vu-ncb'] });
    await vanuatu.push(newRow(mine));
    expect((await offer(vanuatu, mine, [region.vanuatuNcb], { id, wraps: wrapsFor(['u:vu-ccu']) })).status).toBe(200);
    expect(stateOf(await lao.call('GET', `/v1/content/state?id=${id}&owner=la-cyber`)).received).toBe(6);
    for (const device of [colleague, waiting]) device.close();
  });

  it('takes no bytes at a forged offset, none beyond the end, and none too many', async () => {
    const { lao, laoNcb } = region;
    const rec = await exhibit();
    const id = randomUUID();
    await offer(lao, rec, [laoNcb], { id, sizeBytes: 1000 });
    expect((await put(lao, id, 0, randomBytes(400))).body).toEqual({ received: 400 });
    for (const at of [0, 100, 399, 401, 5_000_000]) expect((await put(lao, id, at, randomBytes(10))).body).toEqual({ received: 400 });
    for (const at of ['-1', '1e3', '9999999999999', '']) expect((await callRaw(lao.session, 'POST', `/v1/content/part?id=${id}&at=${at}`, Buffer.from('x'), OCTETS)).status).toBe(400);
    expect((await put(lao, id, 400, randomBytes(601))).status).toBe(400);
    expect((await put(lao, id, 400, randomBytes(MAX_PART_BYTES + 1))).status).toBe(413);
    expect((await put(lao, id, 400, randomBytes(600))).body).toEqual({ received: 1000 });
    for (const changes of [{ sizeBytes: 1001 }, { record: (await exhibit()).id }, { wraps: wrapsFor(['u:ph-acg']) }, { readers: [] }, { owner: 'ph-acg' }])
      expect((await offer(lao, rec, [laoNcb], { id, sizeBytes: 1000, ...changes })).status).toBe(400);
  });

  it('keeps what arrived of a request that is cut off', async () => {
    const { hub, lao, laoNcb } = region;
    const rec = await exhibit();
    const id = randomUUID();
    await offer(lao, rec, [laoNcb], { id, sizeBytes: 60_000 });
    const bytes = randomBytes(60_000);
    let at = 0;
    for (let cut = 0; cut < 4; cut++) {
      const session = connectTo(hub, lao.credentials);
      const stream = session.request({ ':method': 'POST', ':path': `/v1/content/part?id=${id}&at=${at}`, 'content-type': OCTETS });
      stream.on('error', () => undefined);
      stream.write(bytes.subarray(at, at + 9_000 + cut * 1000));
      await wait(150);
      session.destroy();
      await expect.poll(async () => stateOf(await lao.call('GET', `/v1/content/state?id=${id}&owner=la-cyber`)).received, { timeout: 5000 }).toBe(at + 9_000 + cut * 1000);
      at += 9_000 + cut * 1000;
    }
    await put(lao, id, at, bytes.subarray(at));
    expect((await get(laoNcb, id, 'la-cyber', 0, 60_000)).bytes.equals(bytes)).toBe(true);
  });

  it('keeps a content until its last reader has it, and lets the owner take it back', async () => {
    const { lao, laoNcb, thai, hub } = region;
    const rec = await exhibit(['u:la-cyber', 'u:la-ncb']);
    const second = await enrolDevice(hub, 'la-ncb', 'ncb', { admittedBy: laoNcb });
    const id = randomUUID();
    await offer(lao, rec, [laoNcb], { id, sizeBytes: 16 });
    expect((await offer(lao, rec, [second], { id, sizeBytes: 16 })).status).toBe(200);
    await put(lao, id, 0, randomBytes(16));
    await laoNcb.call('POST', '/v1/content/end', { id, owner: 'la-cyber' });
    expect((await get(second, id, 'la-cyber', 0, 16)).bytes.length).toBe(16);
    await second.call('POST', '/v1/content/end', { id, owner: 'la-cyber' });
    expect(await lao.call('GET', `/v1/content/state?id=${id}&owner=la-cyber`)).toEqual(GONE);
    await offer(lao, rec, [laoNcb], { id, sizeBytes: 16 });
    expect(await thai.call('POST', '/v1/content/end', { id, owner: 'la-cyber' })).toEqual(GONE);
    expect((await lao.call('POST', '/v1/content/end', { id, owner: 'la-cyber' })).status).toBe(200);
    expect((await get(laoNcb, id, 'la-cyber', 0, 16)).status).toBe(404);
    // a record that is deleted takes its content out of sight
    await offer(lao, rec, [laoNcb], { id, sizeBytes: 16 });
    await put(lao, id, 0, randomBytes(16));
    await lao.push(editRow(lao, rec, { deleted: true }));
    expect((await get(laoNcb, id, 'la-cyber', 0, 16)).status).toBe(404);
    second.close();
  });

  it('holds each unit to its room and removes what its days are over for', async () => {
    const storage = await engine.storage();
    let now = Date.now();
    const db = await openDatabase(storage);
    await setContentLimits(db, { quotaBytes: 250_000, days: 3 });
    await expect(setContentLimits(db, { days: 0 })).rejects.toThrow('days');
    await db.close();
    const start = (): Promise<Hub> => createHub({ ...storage, host: '127.0.0.1', port: 0, logLevel: 'silent', enrolPerMinute: 1000, clock: () => now });
    const hub = await start();
    await hub.admin.seedRegion(REGION);
    const lao = await enrolDevice(hub, 'la-cyber');
    const ncb = await enrolDevice(hub, 'la-ncb', 'ncb');
    const rec = makeRecord(lao, { entity: 'exhibit', audience: ['u:la-cyber', 'u:la-ncb'] });
    await lao.push(newRow(rec));
    const ids = [randomUUID(), randomUUID()];
    for (const id of ids) expect((await offer(lao, rec, [ncb], { id })).status).toBe(200);
    expect((await offer(lao, rec, [ncb])).body).toEqual({ error: 'content-quota' });
    expect((await offer(lao, rec, [ncb], { id: ids[0] })).status).toBe(200);
    await lao.call('POST', '/v1/content/end', { id: ids[1], owner: 'la-cyber' });
    expect((await offer(lao, rec, [ncb])).status).toBe(200);
    now += 3 * 86_400_000 + 1;
    expect(await callOn(ncb.session, 'GET', `/v1/content/state?id=${ids[0]}&owner=la-cyber`)).toEqual(GONE);
    expect(await put(lao, ids[0] ?? '', 0, Buffer.from('late'))).toEqual(GONE);
    for (const device of [lao, ncb]) device.close();
    expect(await hub.admin.contentLimits({})).toMatchObject({ quotaBytes: 250_000, days: 3, contents: 2 });
    await hub.close();
    const again = await openDatabase(storage);
    expect(await expireContent(again, now)).toBe(2);
    expect(await setContentLimits(again, {})).toMatchObject({ contents: 0, keptBytes: 0 });
    await again.close();
  });
});
