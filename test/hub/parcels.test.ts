import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packPush } from '#shared/contract/packed-push.ts';
import { MAX_PARCEL_ROWS, type PushedParcel } from '#shared/contract/parcel.ts';
import { MAX_FRAME_BYTES, type PushAnswer, type PushRow, type WireRecord } from '#shared/contract/sync.ts';
import type { Hub } from '../../src-hub/server.ts';
import { describeEngines } from './engines.ts';
import { openFrames } from './open-frames.ts';
import { derivedIn, editRow, isRecord, makeRecord, newRow, wrapsFor } from './rows.ts';
import { enrolDevice, REGION, startHub, type Device } from './support.ts';

describeEngines('parcels', (engine) => {
  let hub: Hub;
  let lao: Device;
  let colleague: Device;
  let ncb: Device;
  beforeAll(async () => {
    hub = await startHub(engine);
    await hub.admin.seedRegion(REGION);
    lao = await enrolDevice(hub, 'la-cyber');
    colleague = await enrolDevice(hub, 'la-cyber', 'officer', { admittedBy: lao });
    ncb = await enrolDevice(hub, 'la-ncb', 'ncb');
  }, 60_000);
  afterAll(async () => {
    for (const device of [lao, colleague, ncb]) device.close();
    await hub.close();
  });

  const fresh = (changes: Partial<WireRecord> = {}): WireRecord => makeRecord(lao, { wraps: derivedIn(changes.audience ?? ['u:la-cyber']), ...changes });
  const many = (count: number, changes: Partial<WireRecord> = {}): PushRow[] => Array.from({ length: count }, () => newRow(fresh(changes)));
  /** The places of rows by id, in as many parcels as they need. */
  const parcelsFor = (rows: readonly PushRow[]): PushedParcel[] => {
    const places = rows.map((_row, at) => at).sort((a, b) => ((rows[a]?.rec.id ?? '') < (rows[b]?.rec.id ?? '') ? -1 : 1));
    return Array.from({ length: Math.ceil(places.length / MAX_PARCEL_ROWS) }, (_, n) => [places.slice(n * MAX_PARCEL_ROWS, (n + 1) * MAX_PARCEL_ROWS), new Uint8Array(randomBytes(60))]);
  };
  const push = async (rows: readonly PushRow[], parcels: readonly PushedParcel[]): Promise<PushAnswer> => {
    const { status, body } = await lao.call('POST', '/v1/push', packPush(rows, undefined, parcels));
    expect(status).toBe(200);
    return body as PushAnswer;
  };
  /** What a device gets of some records: those that come with their body, and parcels by the ids they stand for. */
  const arriving = async (device: Device, rows: readonly PushRow[], inParcels = true) => {
    const ids = new Set(rows.map(({ rec }) => rec.id));
    const bodies = new Map<string, Uint8Array>();
    const parcels: (readonly [string[], Uint8Array])[] = [];
    for (const frame of await openFrames(device, '', inParcels).rest()) {
      const records = frame.rows.filter(isRecord);
      const hidden = new Set<string>();
      for (const [from, count, content] of frame.parcels ?? []) {
        const inside = records.slice(from, from + count);
        expect(inside.every(({ body }) => body.length === 0)).toBe(true);
        for (const { id } of inside) hidden.add(id);
        if (inside.some(({ id }) => ids.has(id))) parcels.push([inside.map(({ id }) => id), content]);
      }
      for (const { id, body, deleted } of records) if (ids.has(id) && !hidden.has(id) && !deleted) bodies.set(id, body);
      for (const { id, body, deleted } of records) expect(hidden.has(id) || deleted || body.length > 0).toBe(true);
    }
    return { bodies, parcels };
  };
  const idsOf = (rows: readonly PushRow[], [places]: PushedParcel): string[] => places.map((place) => rows[place]?.rec.id ?? '');

  it('take the place of bodies for a colleague who asks for them, whole, whatever the frames are', async () => {
    const rows = many(150);
    const sent = parcelsFor(rows);
    expect(await push(rows, sent)).toEqual({ conflicts: [], rejected: [] });
    // pushed again after a lost answer: nothing changes
    expect(await push(rows, parcelsFor(rows))).toEqual({ conflicts: [], rejected: [] });
    const { bodies, parcels } = await arriving(colleague, rows);
    expect(bodies.size).toBe(0);
    expect(parcels).toEqual(sent.map((parcel) => [idsOf(rows, parcel), parcel[1]]));
    const plain = await arriving(colleague, rows, false);
    expect(plain.parcels).toEqual([]);
    expect(plain.bodies).toEqual(new Map(rows.map(({ rec }) => [rec.id, rec.body])));
    expect(await arriving(ncb, rows)).toEqual({ bodies: new Map(), parcels: [] });
    const [page] = [await colleague.call('GET', '/v1/pull?cursor=&limit=500')];
    expect(Object.keys(Object(page.body) as object).sort()).toEqual(['cursor', 'done', 'rows']);
  });

  it.each<[string, (rec: WireRecord) => Partial<WireRecord>]>([
    ['edited', () => ({ wraps: derivedIn(['u:la-cyber']) })],
    ['deleted', () => ({ deleted: true })],
    ['shown to another unit', () => ({ audience: ['u:la-cyber', 'u:la-ncb'] })],
  ])('end with the first record that is %s: its texts are handed out no more, the others come with their bodies', async (_how, changes) => {
    const rows = many(20);
    const sent = parcelsFor(rows);
    await push(rows, sent);
    const [first] = sent;
    const [id] = first ? idsOf(rows, first) : [];
    const changed = rows.find(({ rec }) => rec.id === id)?.rec;
    if (!first || !changed) throw new Error('no parcel');
    expect(await lao.push(editRow(lao, changed, changes(changed)))).toEqual({ conflicts: [], rejected: [] });
    for (const device of [lao, colleague]) {
      const { bodies, parcels } = await arriving(device, rows);
      expect(parcels).toEqual(sent.slice(1).map((parcel) => [idsOf(rows, parcel), parcel[1]]));
      for (const other of idsOf(rows, first).slice(1)) expect(bodies.get(other)).toEqual(rows.find(({ rec }) => rec.id === other)?.rec.body);
    }
    const others = await arriving(ncb, rows);
    expect(others.parcels).toEqual([]);
    expect([...others.bodies.keys()].filter((seen) => seen !== id)).toEqual([]);
  });

  it.each<[string, () => { readonly rows: readonly PushRow[]; readonly parcels: readonly PushedParcel[] }]>([
    ['a row that is refused', () => withRows([...many(4), newRow(fresh({ owner: 'ph-acg' }))])],
    ['rows of two audiences', () => withRows([...many(3), ...many(3, { audience: ['u:la-cyber', 'c:LA'], wraps: [...derivedIn(['u:la-cyber']), ...wrapsFor(['c:LA'])] })])],
    ['rows whose key is wrapped', () => withRows(many(4, { wraps: wrapsFor(['u:la-cyber']) }))],
    [
      'rows in another order than that of their ids',
      () => {
        const { rows, parcels } = withRows(many(4));
        return { rows, parcels: parcels.map(([places, content]) => [[...places].reverse(), content]) };
      },
    ],
  ])('are left out with %s, and nothing is missing', async (_what, make) => {
    const { rows, parcels } = make();
    const { rejected } = await push(rows, parcels);
    const refused = new Set(rejected.map(({ id }) => id));
    const { bodies, parcels: seen } = await arriving(colleague, rows);
    expect(seen).toEqual([]);
    expect(bodies.size).toBe(rows.length - refused.size);
  });
  const withRows = (rows: readonly PushRow[]) => ({ rows, parcels: parcelsFor(rows) });

  it('are left out where some of their records were there before, and for edits', async () => {
    const [before] = many(1);
    if (!before) throw new Error('no row');
    await lao.push(before);
    const rows = [before, ...many(3)];
    await push(rows, parcelsFor(rows));
    const edits = rows.map(({ rec }) => editRow(lao, rec, { wraps: derivedIn(['u:la-cyber']) }));
    expect((await arriving(colleague, rows)).parcels).toEqual([]);
    await push(edits, parcelsFor(edits));
    expect((await arriving(colleague, edits)).parcels).toEqual([]);
  });

  it('of a shape that is none refuse the push as a whole', async () => {
    const rows = many(3);
    for (const parcels of [5, [[[0, 1, 9], new Uint8Array(9)]], [[[0, 1, 2], new Uint8Array(100_000)]]]) {
      expect(await lao.call('POST', '/v1/push', { ...packPush(rows), parcels })).toEqual({ status: 400, body: { error: 'bad-request' } });
    }
    expect(await lao.push({ rec: makeRecord(lao, { id: randomUUID() }), assumed: null })).toEqual({ conflicts: [], rejected: [] });
  });

  it('keep a frame what a frame may hold where they cannot be handed out whole', async () => {
    const { cursor } = await colleague.pull();
    // by id: every other record is large, and the parcel claims to stand for those
    const ids = Array.from({ length: 7 }, () => randomUUID()).sort();
    const rows = ids.map((id, n) => newRow(fresh({ id, body: new Uint8Array(randomBytes(n % 2 === 0 ? 2 * 1024 * 1024 : 100)) })));
    expect(await push(rows, [[[0, 2, 4, 6], new Uint8Array(randomBytes(60))]])).toEqual({ conflicts: [], rejected: [] });
    const stream = openFrames(colleague, cursor, true);
    const seen: string[] = [];
    for (let frame = await stream.next(); frame; frame = await stream.next()) {
      expect(frame.bytes).toBeLessThan(MAX_FRAME_BYTES);
      seen.push(...frame.answer.rows.map(({ id }) => id));
    }
    expect(seen).toEqual(ids);
  });
});
