import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BODY_PART_BYTES, bodyPartCount, HELD_BYTES, type HeldBody } from '#shared/contract/body-parts.ts';
import { packPush } from '#shared/contract/packed-push.ts';
import { MAX_BODY_BYTES, type PushRow } from '#shared/contract/sync.ts';
import { createHubClient } from '../../src-main/link/hub-client.ts';
import { pushHeld } from '../../src-main/link/held-body.ts';
import { expireBodyParts } from '../../src-hub/access/body-parts.ts';
import { openDatabase } from '../../src-hub/db/open.ts';
import { createHub, type Hub } from '../../src-hub/server.ts';
import { breakingLine, HANDSHAKE_BYTES, WASTE_BYTES } from './breaking-line.ts';
import { describeEngines } from './engines.ts';
import { editRow, isRecord, makeRecord, newRow, sha256 } from './rows.ts';
import { enrolDevice, reconnectTo, REGION, type Device } from './support.ts';

const TAKEN = { status: 200, body: { conflicts: [], rejected: [] } };

describeEngines('bodies in parts', (engine) => {
  let storage: Awaited<ReturnType<typeof engine.storage>>;
  let hub: Hub;
  let lao: Device;
  let colleague: Device;
  beforeAll(async () => {
    storage = await engine.storage();
    await (await openDatabase(storage)).close();
    hub = await createHub({ ...storage, host: '127.0.0.1', port: 0, logLevel: 'silent' });
    await hub.admin.seedRegion(REGION);
    lao = await enrolDevice(hub, 'la-cyber');
    colleague = await enrolDevice(hub, 'la-cyber', 'officer', { admittedBy: lao });
  }, 60_000);
  afterAll(async () => {
    for (const device of [lao, colleague]) device.close();
    await hub.close();
  });

  const long = (bytes: number, device = lao): PushRow => newRow(makeRecord(device, { body: new Uint8Array(randomBytes(bytes)) }));
  const push = (device: Device, row: PushRow, held: HeldBody = [sha256(row.rec.body), row.rec.body.length], epoch?: string) =>
    device.call('POST', '/v1/push', { ...packPush([{ ...row, rec: { ...row.rec, body: new Uint8Array() } }], epoch), held });
  const part = (device: Device, { rec: { body } }: PushRow, n: number, bytes = body.subarray(n * BODY_PART_BYTES, (n + 1) * BODY_PART_BYTES)) =>
    device.call('POST', '/v1/push/part', { body: sha256(body), part: n, bytes });
  const sendAll = async (device: Device, row: PushRow): Promise<void> => {
    const { length } = row.rec.body;
    await Promise.all(Array.from({ length: bodyPartCount(length) }, (_, n) => part(device, row, n)));
  };
  const parts = (count: number) => ({ status: 200, body: { parts: count } });
  const stored = async (id: string) => (await colleague.pull()).rows.filter(isRecord).find((rec) => rec.id === id);

  it('put a long record together in whatever order they come, once, and go when it is taken', async () => {
    const row = long(3 * BODY_PART_BYTES + 1);
    expect(await push(lao, row)).toEqual(parts(0));
    for (const n of [1, 3, 1]) expect(await part(lao, row, n)).toEqual({ status: 200, body: {} });
    expect(await push(lao, row)).toEqual(parts(0));
    await part(lao, row, 0);
    expect(await push(lao, row)).toEqual(parts(2));
    expect(await stored(row.rec.id)).toBeUndefined();
    await part(lao, row, 2);
    expect(await push(lao, row)).toEqual(TAKEN);
    expect((await stored(row.rec.id))?.body).toEqual(row.rec.body);
    // the answer was lost: the version is there, its parts are not and need not be
    expect(await push(lao, row)).toEqual(TAKEN);
    const edit = { ...editRow(lao, row.rec, { body: row.rec.body }), assumed: row.rec.rev };
    expect(await push(lao, edit)).toEqual(parts(0));
  });

  it('are judged like any row: a conflict comes with the master, and a row of somebody else is refused', async () => {
    const row = long(20_000);
    await sendAll(lao, row);
    await push(lao, row);
    const edit = { ...editRow(lao, row.rec, { body: new Uint8Array(randomBytes(20_000)) }), assumed: 'aaaaaaaaaaaaaaaaaaaaaaaa' };
    await sendAll(lao, edit);
    const answer = await push(lao, edit);
    expect(answer).toMatchObject({ status: 200, body: { conflicts: [{ id: row.rec.id, rev: row.rec.rev }], rejected: [] } });
    const forged = long(20_000, colleague);
    await sendAll(lao, forged);
    expect(await push(lao, forged)).toMatchObject({ status: 200, body: { rejected: [{ id: forged.rec.id, reason: 'signature' }] } });
  });

  it('belong to the device that sent them', async () => {
    const row = long(9000);
    await sendAll(lao, row);
    const other = newRow(makeRecord(colleague, { body: row.rec.body }));
    expect(await push(colleague, other)).toEqual(parts(0));
    // nor can another device spoil one
    await part(colleague, row, 0, new Uint8Array(BODY_PART_BYTES));
    expect(await push(lao, row)).toEqual(TAKEN);
  });

  it('are dropped where they are not the body that was named, and must come again', async () => {
    const row = long(2 * BODY_PART_BYTES);
    await part(lao, row, 0);
    await part(lao, row, 1, new Uint8Array(BODY_PART_BYTES));
    expect(await push(lao, row)).toEqual(parts(0));
    await sendAll(lao, row);
    expect(await push(lao, row, [sha256(row.rec.body), row.rec.body.length - 1])).toEqual(parts(0));
    await sendAll(lao, row);
    expect(await push(lao, row)).toEqual(TAKEN);
  });

  it.each<[string, (row: PushRow) => unknown]>([
    ['no list', () => 1],
    ['a short hash', () => [new Uint8Array(31), 10]],
    ['no length', (row) => [sha256(row.rec.body), 0]],
    ['more than a body may have', (row) => [sha256(row.rec.body), MAX_BODY_BYTES + 1]],
    ['half a byte', (row) => [sha256(row.rec.body), 1.5]],
  ])('are refused where what is held is %s', async (_what, held) => {
    const row = long(9000);
    expect((await push(lao, row, held(row) as HeldBody)).status).toBe(400);
  });

  it.each<[string, unknown]>([
    ['too long', { body: new Uint8Array(32), part: 0, bytes: new Uint8Array(BODY_PART_BYTES + 1) }],
    ['empty', { body: new Uint8Array(32), part: 0, bytes: new Uint8Array() }],
    ['no bytes', { body: new Uint8Array(32), part: 0, bytes: 'text' }],
    ['behind the end of any body', { body: new Uint8Array(32), part: MAX_BODY_BYTES / BODY_PART_BYTES, bytes: new Uint8Array(1) }],
    ['before the beginning', { body: new Uint8Array(32), part: -1, bytes: new Uint8Array(1) }],
    ['of nothing', { body: new Uint8Array(31), part: 0, bytes: new Uint8Array(1) }],
  ])('are refused where one is %s', async (_what, asked) => {
    expect((await lao.call('POST', '/v1/push/part', asked)).status).toBe(400);
  });

  it('are taken for one row alone, of a device that is admitted, in the epoch its bases are of', async () => {
    const row = long(9000);
    const held = [sha256(row.rec.body), row.rec.body.length];
    expect((await lao.call('POST', '/v1/push', { ...packPush([row, long(100)]), held })).status).toBe(400);
    expect(await push(lao, row, undefined, randomUUID())).toEqual({ status: 409, body: { error: 'epoch' } });
    const waiting = await enrolDevice(hub, 'la-cyber', 'officer', { waiting: true });
    expect(await part(waiting, row, 0)).toEqual({ status: 403, body: { error: 'device-unadmitted' } });
    waiting.close();
  });

  it('arrive over connections none of which carries the body, at most 16 kB of it twice for each break', async () => {
    const row = long(400_000);
    const line = await breakingLine(hub.port, () => 30_000 + Math.floor(Math.random() * 30_000));
    const client = createHubClient({ host: '127.0.0.1', port: line.port, ca: hub.caPem, cert: lao.credentials.cert, key: new TextEncoder().encode(lao.credentials.key) });
    let answer = await pushHeld(client, row, undefined);
    for (let attempts = 0; !answer.ok; attempts++) {
      expect(attempts).toBeLessThan(100);
      answer = await pushHeld(client, row, undefined);
    }
    client.close();
    expect(answer.value).toEqual({ conflicts: [], rejected: [] });
    expect((await stored(row.rec.id))?.body).toEqual(row.rec.body);
    expect(line.breaks()).toBeGreaterThan(5);
    expect((line.crossed.up - row.rec.body.length * 1.05) / (line.breaks() + 1)).toBeLessThan(WASTE_BYTES + HANDSHAKE_BYTES);
    await line.close();
  }, 120_000);

  it('make room for what comes last, and end after two days', async () => {
    const rows = [long(MAX_BODY_BYTES), long(MAX_BODY_BYTES), long(MAX_BODY_BYTES)];
    const before = long(9000, colleague);
    await sendAll(colleague, before);
    expect(HELD_BYTES).toBe(2 * MAX_BODY_BYTES);
    for (const row of rows) await sendAll(lao, row);
    expect(await push(lao, rows[0] ?? long(1))).toEqual(parts(0));
    expect(await push(lao, rows[1] ?? long(1))).toEqual(TAKEN);
    const { port } = hub;
    await hub.close();
    const db = await openDatabase(storage);
    const now = Date.now();
    expect(await expireBodyParts(db, now + 47 * 3_600_000)).toBe(0);
    // with the one the colleague sent of a body of another device
    expect(await expireBodyParts(db, now + 48 * 3_600_000 + 60_000)).toBe(bodyPartCount(MAX_BODY_BYTES) + bodyPartCount(before.rec.body.length) + 1);
    await db.close();
    hub = await createHub({ ...storage, host: '127.0.0.1', port, logLevel: 'silent' });
    [lao, colleague] = [lao, colleague].map((device) => reconnectTo(hub, device)) as [Device, Device];
    expect(await push(colleague, before)).toEqual(parts(0));
  }, 120_000);
});
