import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FRAME_HEAD_BYTES, readFrameHead, restText } from '#shared/contract/frame.ts';
import { packPush } from '#shared/contract/packed-push.ts';
import type { PulledRow } from '#shared/contract/sync.ts';
import { recordSigningBytes } from '#shared/contract/wire.ts';
import { isRecordSignedBy, sha256 } from '../../src-hub/identity/signatures.ts';
import type { Hub } from '../../src-hub/server.ts';
import { rawPublicKey } from '../../src-main/keys/identity.ts';
import { signRows } from '../../src-main/link/signing.ts';
import { describeEngines } from './engines.ts';
import { openFrames } from './open-frames.ts';
import { editRow, makeRecord, newRow } from './rows.ts';
import { enrolDevice, REGION, startHub, type Device } from './support.ts';

const hex = (bytes: Uint8Array) => Buffer.from(sha256(bytes)).toString('hex');

describeEngines('frames', (engine) => {
  let hub: Hub;
  let lao: Device;
  let desk: Device;
  beforeAll(async () => {
    hub = await startHub(engine);
    await hub.admin.seedRegion(REGION);
    lao = await enrolDevice(hub, 'la-cyber');
    desk = await enrolDevice(hub, 'asean-desk');
  }, 60_000);
  afterAll(async () => {
    for (const device of [lao, desk]) device.close();
    await hub.close();
  });
  const fill = async (count: number, sizeBytes: number): Promise<void> => {
    const rows = Array.from({ length: count }, () => newRow(makeRecord(lao, { body: new Uint8Array(randomBytes(sizeBytes)) })));
    for (let n = 0; n < count; n += 100) expect((await lao.push(...rows.slice(n, n + 100))).rejected).toEqual([]);
  };

  it('bring what pages bring, each record once, in small pieces with a cursor each', async () => {
    await fill(150, 300);
    await lao.push(newRow(makeRecord(lao, { deleted: true, body: new Uint8Array(), wraps: [] })));
    const pages = await lao.pullAll();
    const stream = openFrames(lao);
    const seen = new Map<string, PulledRow>();
    const cursors: string[] = [];
    for (let frame = await stream.next(); frame; frame = await stream.next()) {
      // the first frames are small whatever the line is
      if (cursors.length < 3) expect(frame.bytes).toBeLessThan(16 * 1024);
      for (const row of frame.answer.rows) {
        expect(seen.has(row.id)).toBe(false);
        seen.set(row.id, row);
      }
      cursors.push(frame.answer.cursor);
      if (frame.answer.done) break;
    }
    expect(seen).toEqual(pages);
    expect(cursors.length).toBeGreaterThan(3);

    // going on from any of the cursors brings exactly the rest
    const middle = cursors[2] ?? '';
    const rest = (await openFrames(lao, middle).rest()).flatMap(({ rows }) => rows);
    expect(new Set(rest.map(({ id }) => id))).toEqual(new Set([...seen.keys()].slice(-rest.length)));
    expect(rest.length).toBeLessThan(seen.size);
    expect((await openFrames(lao, cursors.at(-1)).rest()).map(({ rows, done }) => [rows.length, done])).toEqual([[0, true]]);
    expect((await openFrames(desk).rest()).flatMap(({ rows }) => rows)).toEqual([]);
  });

  it('carry one signature for a group, and for what is left of it when some of it was edited', async () => {
    const drafts = Array.from({ length: 40 }, () => newRow(makeRecord(lao)));
    const rows = signRows(drafts, lao.keys.signKey);
    expect(await lao.call('POST', '/v1/push', packPush(rows))).toEqual({ status: 200, body: { conflicts: [], rejected: [] } });
    const forged = signRows(
      Array.from({ length: 3 }, () => newRow(makeRecord(lao))),
      lao.keys.signKey,
    ).map((row, n, all) => ({ ...row, rec: { ...row.rec, sig: all[(n + 1) % 3]?.rec.sig ?? row.rec.sig } }));
    const answer = await lao.push(...forged);
    expect(answer.rejected.map(({ reason }) => reason)).toEqual(['signature', 'signature', 'signature']);
    const edits = rows.filter((_row, n) => n % 3 === 0).map(({ rec }) => editRow(lao, rec));
    await lao.push(...edits);
    const expected = new Map([...rows, ...edits].map(({ rec }) => [rec.id, rec]));
    const seen = (await openFrames(lao).rest()).flatMap((frame) => frame.rows).filter(({ id }) => expected.has(id));
    expect(seen).toHaveLength(40);
    for (const row of seen) expect(row).toEqual(expected.get(row.id));
    expect(seen.filter((row) => !('gone' in row) && isRecordSignedBy(rawPublicKey(lao.keys.signKey), recordSigningBytes(row, sha256(row.body)), row.sig))).toHaveLength(40);
  });

  it('show each frame as things are when it is made', async () => {
    await fill(700, 1200);
    const { cursor } = await lao.pull('', 1);
    const stream = openFrames(lao, cursor);
    const first = await stream.next();
    const last = [...(await lao.pullAll()).values()].at(-1);
    if (!last || 'gone' in last) throw new Error('no record');
    // the device has not read on, so the hub cannot have made the last frame yet
    const edit = editRow(lao, last);
    await lao.push(edit);
    const rows = [...(first?.answer.rows ?? []), ...(await stream.rest()).flatMap((frame) => frame.rows)];
    expect(rows.filter(({ id }) => id === last.id)).toEqual([edit.rec]);
  });

  it('go on in the middle of a frame with the bytes that did not come, and begin it again where it changed or the bytes are others', async () => {
    const cursor = (await openFrames(lao).rest()).at(-1)?.cursor ?? '';
    const rows = Array.from({ length: 40 }, () => newRow(makeRecord(lao, { body: new Uint8Array(randomBytes(300)) })));
    await lao.push(...rows);
    const whole = openFrames(lao, cursor);
    const head = await whole.bytes(FRAME_HEAD_BYTES);
    const content = await whole.bytes((head && readFrameHead(head)?.contentBytes) ?? 0);
    if (!head || !content) throw new Error('no frame');
    const frame = Buffer.concat([head, content]);
    whole.close();
    const goOn = (bytes: Uint8Array) => openFrames(lao, cursor, false, restText(bytes, hex));
    for (const length of [300, 4000, frame.length - 1]) {
      const stream = goOn(frame.subarray(0, length));
      expect([await stream.status(), await stream.bytes(frame.length - length)]).toEqual([206, frame.subarray(length)]);
      const following = await stream.next();
      expect(following?.answer.rows.length).toBeGreaterThan(0);
      stream.close();
    }
    const altered = Uint8Array.from(frame.subarray(0, 4000)).fill(7, 100, 101);
    const more = Buffer.concat([frame, head]);
    const narrower = Buffer.from(frame.subarray(0, 4000));
    narrower.writeUInt16BE(narrower.readUInt16BE(6) - 1, 6);
    for (const others of [altered, more, narrower]) {
      const stream = goOn(others);
      expect([await stream.status(), (await stream.bytes(FRAME_HEAD_BYTES))?.length]).toEqual([200, FRAME_HEAD_BYTES]);
      stream.close();
    }
    const edit = editRow(lao, rows.map(({ rec }) => rec).sort((a, b) => a.id.localeCompare(b.id))[0] ?? makeRecord(lao));
    await lao.push(edit);
    const changed = goOn(frame.subarray(0, 4000));
    const seen = (await changed.rest()).flatMap((answer) => answer.rows);
    expect([await changed.status(), seen.length, seen.at(-1)]).toEqual([200, 40, edit.rec]);
    // what another unit may not see is not told by what is asked for either
    const stranger = openFrames(desk, cursor, false, restText(frame.subarray(0, 4000), hex));
    expect([await stranger.status(), (await stranger.rest()).flatMap((answer) => answer.rows)]).toEqual([200, []]);
  });

  it.each(['1', '0.1.1.000000000000000000000000', '300.501.1.000000000000000000000000', '300.1.9999.000000000000000000000000', '300.1.1.xyz'])('refuse a rest of %j', async (rest) => {
    expect(await openFrames(lao, '', false, rest).status()).toBe(400);
  });

  it('send a record larger than any frame whole', async () => {
    const big = makeRecord(lao, { body: new Uint8Array(randomBytes(2 * 1024 * 1024)) });
    await lao.push(newRow(big));
    const rows = (await openFrames(lao).rest()).flatMap((frame) => frame.rows);
    expect(rows.find(({ id }) => id === big.id)).toEqual(big);
  });

  it('end in the middle for a device that is revoked, which then hears why', async () => {
    const gone = await enrolDevice(hub, 'la-cyber', 'officer', { admittedBy: lao });
    const all = (await openFrames(gone).rest()).reduce((sum, { rows }) => sum + rows.length, 0);
    const stream = openFrames(gone);
    const first = await stream.next();
    await hub.admin.revokeDevice(gone.id);
    const rest = await stream.rest();
    expect(rest.reduce((sum, { rows }) => sum + rows.length, first?.answer.rows.length ?? 0)).toBeLessThan(all);
    expect(rest.some(({ done }) => done)).toBe(false);
    expect(await openFrames(gone).status()).toBe(403);
    gone.close();
  });

  it.each([
    ['x', 400],
    ['00000000-0000-4000-8000-000000000000:1:1', 409],
  ])('refuse cursor %j with %i', async (cursor, status) => {
    expect(await openFrames(lao, cursor).status()).toBe(status);
  });
});
