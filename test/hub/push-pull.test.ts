import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Hub } from '../../src-hub/server.ts';
import { describeEngines } from './engines.ts';
import { derivedIn, editRow, isRecord, makeRecord, newRev, newRow, sealText, wrapsFor } from './rows.ts';
import { enrolDevice, REGION, startHub, type Device } from './support.ts';

describeEngines('push and pull', (engine) => {
  let hub: Hub;
  let lao: Device;
  let lao2: Device;
  let filipino: Device;
  beforeAll(async () => {
    hub = await startHub(engine);
    await hub.admin.seedRegion(REGION);
    lao = await enrolDevice(hub, 'la-cyber');
    lao2 = await enrolDevice(hub, 'la-cyber', 'officer', { admittedBy: lao });
    filipino = await enrolDevice(hub, 'ph-acg');
  });
  afterAll(async () => {
    [lao, lao2, filipino].forEach((device) => device.close());
    await hub.close();
  });

  it('brings a pushed record to another device of the unit, byte for byte', async () => {
    const rec = makeRecord(lao);
    expect(await lao.push(newRow(rec))).toEqual({ conflicts: [], rejected: [] });
    expect((await lao2.pullAll()).get(rec.id)).toEqual(rec);
    expect((await filipino.pullAll()).get(rec.id)).toBeUndefined();
  });

  it('accepts the same push again without effect', async () => {
    const row = newRow(makeRecord(lao));
    await lao.push(row);
    const { cursor } = await lao2.pull((await lao2.pull()).cursor);
    expect(await lao.push(row, row)).toEqual({ conflicts: [], rejected: [] });
    expect((await lao2.pull(cursor)).rows.filter((pulled) => pulled.id === row.rec.id)).toEqual([]);
  });

  it('keeps the first sealing when a device repeats a push sealed again, and answers another author with the master', async () => {
    const first = makeRecord(lao);
    await lao.push(newRow(first));
    const again = makeRecord(lao, { id: first.id, rev: first.rev });
    expect(again.body).not.toEqual(first.body);
    expect(await lao.push(newRow(again))).toEqual({ conflicts: [], rejected: [] });
    expect(await lao2.push({ rec: makeRecord(lao2, { id: first.id, rev: first.rev }), assumed: first.rev })).toEqual({ conflicts: [first], rejected: [] });
    expect((await lao2.pullAll()).get(first.id)).toEqual(first);
  });

  it('answers a stale edit with the master and keeps it', async () => {
    const first = makeRecord(lao);
    await lao.push(newRow(first));
    const mine = editRow(lao, first);
    await lao.push(mine);
    const theirs = editRow(lao2, first);
    expect(await lao2.push(theirs)).toEqual({ conflicts: [mine.rec], rejected: [] });
    expect((await lao.pullAll()).get(first.id)).toEqual(mine.rec);
  });

  it('answers an edit that arrives before its base as a conflict, stores nothing, and takes both in order', async () => {
    const first = makeRecord(lao);
    const second = editRow(lao, first);
    expect(await lao.push(second)).toEqual({ conflicts: [{ id: first.id, gone: true }], rejected: [] });
    expect((await lao.pullAll()).has(first.id)).toBe(false);
    expect(await lao.push(newRow(first), second)).toEqual({ conflicts: [], rejected: [] });
    expect((await lao2.pullAll()).get(first.id)).toEqual(second.rec);
  });

  it('stores the sound rows of a batch beside the refused ones', async () => {
    const sound = makeRecord(lao);
    const foreign = makeRecord(lao, { owner: 'ph-acg' });
    const forged = { ...makeRecord(lao), body: new Uint8Array([1, 2, 3]) };
    const huge = makeRecord(lao, { body: new Uint8Array(2 * 1024 * 1024 + 1) });
    const answer = await lao.push(newRow(foreign), newRow(forged), newRow(sound), newRow(huge));
    expect(answer.conflicts).toEqual([]);
    expect(new Map(answer.rejected.map((row) => [row.id, row.reason]))).toEqual(
      new Map([
        [foreign.id, 'not-owner'],
        [forged.id, 'signature'],
        [huge.id, 'too-large'],
      ]),
    );
    const seen = await lao2.pullAll();
    expect([sound, foreign, forged, huge].map((rec) => seen.has(rec.id))).toEqual([true, false, false, false]);
  });

  it.each([
    ['an unknown entity', { entity: 'secret' }, 'malformed'],
    ['an author that is not the device', { author: '00000000-0000-4000-8000-00000000000a' }, 'signature'],
    ['an unknown bucket', { audience: ['u:la-cyber', 'u:nobody'] }, 'audience-unknown'],
    ['a taskforce of others', { audience: ['u:la-cyber', 't:other'] }, 'audience-unknown'],
    ['a bucket without a wrap', { audience: ['u:la-cyber', 'c:LA'], wraps: wrapsFor(['u:la-cyber']) }, 'key-missing'],
    ['a wrap for somebody else', { wraps: wrapsFor(['u:la-cyber', 'u:ph-acg']) }, 'malformed'],
    ['a content key that follows from two keys', { audience: ['u:la-cyber', 'c:LA'], wraps: derivedIn(['u:la-cyber', 'c:LA']) }, 'malformed'],
    ['a content key that follows from no key', { wraps: derivedIn(['u:la-cyber'], 0) }, 'malformed'],
    ['a duplicate bucket', { audience: ['u:la-cyber', 'u:la-cyber'] }, 'malformed'],
    ['a live record without content', { body: new Uint8Array(0) }, 'malformed'],
    ['an audience abroad', { audience: ['u:la-cyber', 'u:ph-acg'] }, 'release-missing'],
    ['an audience of another country', { audience: ['u:la-cyber', 'c:PH'] }, 'release-missing'],
    ['the community', { audience: ['u:la-cyber', 'community'] }, 'release-missing'],
    ['an audience without the author', { audience: ['u:la-ncb'] }, 'malformed'],
  ])('refuses %s', async (_what, changes, reason) => {
    const rec = makeRecord(lao, changes);
    expect(await lao.push(newRow(rec))).toEqual({ conflicts: [], rejected: [{ id: rec.id, reason }] });
    expect((await lao.pullAll()).has(rec.id)).toBe(false);
  });

  it('refuses a request that is no list of rows as a whole', async () => {
    for (const body of [{}, { rows: 1 }, { rows: [{}] }, { rows: [{ rec: { id: 'x' } }] }, { rows: [], more: 1 }]) {
      expect(await lao.call('POST', '/v1/push', body)).toEqual({ status: 400, body: { error: 'bad-request' } });
    }
    const extra = { ...newRow(makeRecord(lao)), unit: 'ph-acg' };
    expect((await lao.push(extra)).rejected).toEqual([{ id: extra.rec.id, reason: 'malformed' }]);
  });

  it('lets the owner delete: readers get an empty record, and nobody writes over it unaware', async () => {
    const rec = makeRecord(lao);
    await lao.push(newRow(rec));
    const removal = editRow(lao, rec, { deleted: true });
    expect(await lao.push(removal)).toEqual({ conflicts: [], rejected: [] });
    expect((await lao2.pullAll()).get(rec.id)).toEqual(removal.rec);
    expect(removal.rec.body.length).toBe(0);
    expect((await lao2.push(editRow(lao2, rec))).conflicts).toEqual([removal.rec]);
  });

  it('refuses a deletion that carries anything', async () => {
    const rec = makeRecord(lao);
    await lao.push(newRow(rec));
    for (const content of [{ body: sealText('withdrawn'), wraps: wrapsFor(rec.audience) }, { body: sealText('withdrawn') }, { wraps: wrapsFor(rec.audience) }]) {
      expect((await lao.push(editRow(lao, rec, { deleted: true, ...content }))).rejected).toEqual([{ id: rec.id, reason: 'malformed' }]);
    }
    expect((await lao2.pullAll()).get(rec.id)).toEqual(rec);
  });

  it('grants and takes back inside the country by the audience, with a tombstone for who lost it', async () => {
    const ncb = await enrolDevice(hub, 'la-ncb', 'ncb');
    const rec = makeRecord(lao, { audience: ['u:la-cyber', 'u:la-ncb'] });
    await lao.push(newRow(rec));
    const before = await ncb.pull();
    expect(before.rows.find((row) => row.id === rec.id)).toEqual(rec);
    const narrowed = editRow(lao, rec, { audience: ['u:la-cyber'] });
    await lao.push(narrowed);
    expect((await ncb.pull(before.cursor)).rows).toEqual([{ id: rec.id, gone: true }]);
    expect((await ncb.push(editRow(ncb, rec))).conflicts).toEqual([{ id: rec.id, gone: true }]);
    ncb.close();
  });

  it('keeps the audience when a unit that does not own the record edits it', async () => {
    const ncb = await enrolDevice(hub, 'th-ncb', 'ncb');
    const unit = await enrolDevice(hub, 'th-ccib');
    const rec = makeRecord(unit, { audience: ['u:th-ccib', 'u:th-ncb'] });
    await unit.push(newRow(rec));
    const wider = editRow(ncb, rec, { audience: ['u:th-ccib', 'u:th-ncb', 'c:TH'] });
    expect((await ncb.push(wider)).rejected).toEqual([{ id: rec.id, reason: 'audience-changed' }]);
    const kept = editRow(ncb, rec);
    expect(await ncb.push(kept)).toEqual({ conflicts: [], rejected: [] });
    expect((await unit.pullAll()).get(rec.id)).toEqual(kept.rec);
    const stolen = editRow(ncb, kept.rec, { owner: 'th-ncb' });
    expect((await ncb.push(stolen)).rejected).toEqual([{ id: rec.id, reason: 'not-owner' }]);
    [ncb, unit].forEach((device) => device.close());
  });

  it('pages through everything once, in order, and says when it is done', async () => {
    const rows = Array.from({ length: 25 }, () => newRow(makeRecord(lao)));
    const start = (await lao.pull()).cursor;
    await lao.push(...rows);
    const seen: string[] = [];
    let cursor = start;
    let done = false;
    for (let pages = 0; !done && pages < 10; pages++) {
      const page = await lao.pull(cursor, 10);
      seen.push(...page.rows.map((row) => row.id));
      ({ cursor, done } = page);
    }
    expect([...seen].sort()).toEqual(rows.map((row) => row.rec.id).sort());
    expect(seen).toHaveLength(25);
    expect(await lao.pull(cursor)).toEqual({ rows: [], cursor, done: true });
  });

  it('cuts a page by bytes and still brings every row', async () => {
    const start = (await lao.pull()).cursor;
    const rows = Array.from({ length: 6 }, () => newRow(makeRecord(lao, { body: new Uint8Array(2 * 1024 * 1024) })));
    for (const row of rows) await lao.push(row);
    const first = await lao.pull(start);
    expect(first.rows.length).toBeLessThan(6);
    expect(first.done).toBe(false);
    const rest = await lao.pull(first.cursor);
    expect(first.rows.length + rest.rows.length).toBe(6);
  });

  it('refuses cursors of another epoch and text that is none', async () => {
    const { cursor } = await lao.pull();
    const other = cursor.replace(/^[^:]+/, '00000000-0000-4000-8000-000000000001');
    expect(await lao.call('GET', `/v1/pull?cursor=${other}`)).toEqual({ status: 409, body: { error: 'epoch' } });
    for (const bad of ['x', `${cursor}0000000000000000000000`, "';drop table records"]) {
      expect((await lao.call('GET', `/v1/pull?cursor=${encodeURIComponent(bad)}`)).body).toEqual({ error: 'bad-request' });
    }
  });

  it('answers one of two devices that create one id at once with the other one', async () => {
    const id = makeRecord(lao).id;
    const mine = newRow(makeRecord(lao, { id }));
    const theirs = newRow(makeRecord(lao2, { id }));
    const answers = await Promise.all([lao.push(mine), lao2.push(theirs)]);
    expect(answers.map((answer) => answer.conflicts.length).sort((a, b) => a - b)).toEqual([0, 1]);
    const winner = (await lao.pullAll()).get(id);
    expect(answers.flatMap((answer) => answer.conflicts)).toEqual([winner]);
    expect(isRecord(winner)).toBe(true);
  });

  it('keeps the later of a chain of edits in one batch', async () => {
    const first = makeRecord(lao);
    const second = editRow(lao, first);
    const third = editRow(lao, second.rec);
    expect(await lao.push(newRow(first), second, third, { ...editRow(lao, first), assumed: newRev() })).toEqual({ conflicts: [third.rec], rejected: [] });
    expect((await lao2.pullAll()).get(first.id)).toEqual(third.rec);
  });
});
