import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PushRow, WireRecord } from '#shared/contract/sync.ts';
import type { Hub } from '../../src-hub/server.ts';
import { describeEngines } from './engines.ts';
import { claimRow, editRow, isRecord, makeMandateClaim, makeRecord, makeReleaseClaim, newRow } from './rows.ts';
import { startRegion, type Device, type RegionFixture } from './support.ts';

const SHARED = ['u:la-cyber', 'u:la-ncb', 'u:ph-acg', 'u:asean-desk'];

describeEngines('taskforces and receipts', (engine) => {
  let region: RegionFixture;
  let hub: Hub;
  let lao: Device;
  let laoNcb: Device;
  let filipino: Device;
  let desk: Device;
  let vanuatu: Device;
  let vanuatuNcb: Device;
  let thai: Device;
  let thaiNcb: Device;
  beforeAll(async () => {
    region = await startRegion(engine);
    ({ hub, lao, laoNcb, filipino, desk, vanuatu, vanuatuNcb, thai, thaiNcb } = region);
  });
  afterAll(() => region.close());

  /** A brief of the Lao unit that its NCB may read. */
  async function draftBrief(): Promise<WireRecord> {
    const brief = makeRecord(lao, { audience: ['u:la-cyber', 'u:la-ncb'] });
    expect(await lao.push(newRow(brief))).toEqual({ conflicts: [], rejected: [] });
    return brief;
  }

  it('opens a taskforce to a record once both countries have a mandate for it, and to no other', async () => {
    const share = (changes: Partial<WireRecord> = {}): PushRow => newRow(makeRecord(lao, { audience: ['u:la-cyber', 't:falcon'], ...changes }));
    const early = share();
    expect((await lao.push(early)).rejected).toEqual([{ id: early.rec.id, reason: 'mandate-missing' }]);
    const wrongCountry = claimRow(laoNcb, makeMandateClaim(laoNcb, 't:falcon', 'TH'));
    const wrongBucket = claimRow(vanuatuNcb, makeMandateClaim(vanuatuNcb, 't:falcon', 'VU'), { audience: ['u:vu-ncb'] });
    const noBucket = claimRow(laoNcb, makeMandateClaim(laoNcb, 't:nothing', 'LA'), { audience: ['u:la-ncb'] });
    const ended = claimRow(laoNcb, makeMandateClaim(laoNcb, 't:falcon', 'LA', { expires: '2020-01-01T00:00:00Z' }));
    expect((await laoNcb.push(wrongCountry)).rejected).toEqual([{ id: wrongCountry.rec.id, reason: 'release-signer' }]);
    expect((await vanuatuNcb.push(wrongBucket)).rejected).toEqual([{ id: wrongBucket.rec.id, reason: 'audience-unknown' }]);
    expect((await laoNcb.push(noBucket)).rejected).toEqual([{ id: noBucket.rec.id, reason: 'audience-unknown' }]);
    expect((await laoNcb.push(ended)).rejected).toEqual([{ id: ended.rec.id, reason: 'release-expired' }]);

    const laoMandate = claimRow(laoNcb, makeMandateClaim(laoNcb, 't:falcon', 'LA'));
    expect(await laoNcb.push(laoMandate)).toEqual({ conflicts: [], rejected: [] });
    const shared = share();
    expect(await lao.push(shared)).toEqual({ conflicts: [], rejected: [] });
    expect(isRecord((await thai.pullAll()).get(shared.rec.id))).toBe(true);
    expect((await vanuatu.pullAll()).has(shared.rec.id)).toBe(false);
    // a Thai officer edits it only under a Thai mandate
    const edit = (): PushRow => editRow(thai, shared.rec);
    expect((await thai.push(edit())).rejected).toEqual([{ id: shared.rec.id, reason: 'mandate-missing' }]);
    await thaiNcb.push(claimRow(thaiNcb, makeMandateClaim(thaiNcb, 't:falcon', 'TH')));
    const thaiEdit = edit();
    expect(await thai.push(thaiEdit)).toEqual({ conflicts: [], rejected: [] });
    expect((await lao.pullAll()).get(shared.rec.id)).toEqual(thaiEdit.rec);
    for (const changes of [{ tlp: 'RED' as const }, { entity: 'contact' }]) {
      const beyond = share(changes);
      expect((await lao.push(beyond)).rejected).toEqual([{ id: beyond.rec.id, reason: 'mandate-exceeded' }]);
    }
    const alsoAbroad = share({ audience: ['u:la-cyber', 't:falcon', 'u:vu-ccu'] });
    expect((await lao.push(alsoAbroad)).rejected).toEqual([{ id: alsoAbroad.rec.id, reason: 'release-missing' }]);
    expect((await vanuatu.directory()).mandates).toEqual([]);
    expect((await vanuatu.directory()).buckets.some((bucket) => bucket.id === 't:falcon')).toBe(false);
    expect((await thai.directory()).mandates.map((mandate) => mandate.country).sort()).toEqual(['LA', 'TH']);
    // withdrawn by the NCB that signed it, and by nobody else
    const byOther = editRow(thaiNcb, laoMandate.rec, { deleted: true });
    expect((await thaiNcb.push(byOther)).rejected).toEqual([{ id: laoMandate.rec.id, reason: 'release-signer' }]);
    expect(await laoNcb.push(editRow(laoNcb, laoMandate.rec, { deleted: true }))).toEqual({ conflicts: [], rejected: [] });
    const late = share();
    expect((await lao.push(late)).rejected).toEqual([{ id: late.rec.id, reason: 'mandate-missing' }]);
  });

  it('takes a unit that leaves a taskforce out of its records, and lets no new country into one that holds records', async () => {
    await hub.admin.addTaskforce({ id: 'heron', name: 'Heron', members: ['la-cyber', 'la-ncb'] });
    const rec = makeRecord(lao, { audience: ['u:la-cyber', 't:heron'] });
    expect(await lao.push(newRow(rec))).toEqual({ conflicts: [], rejected: [] });
    const before = await laoNcb.pull((await laoNcb.pull()).cursor);
    expect((await laoNcb.pullAll()).get(rec.id)).toEqual(rec);
    await expect(hub.admin.addTaskforce({ id: 'heron', name: 'Heron', members: ['vu-ccu'] })).rejects.toThrow('holds records');
    expect((await vanuatu.pullAll()).has(rec.id)).toBe(false);
    await hub.admin.leaveTaskforce('heron', 'la-ncb');
    expect((await laoNcb.pull(before.cursor)).rows).toEqual([{ id: rec.id, gone: true }]);
    await hub.admin.addTaskforce({ id: 'heron', name: 'Heron', members: ['la-ncb'] });
    expect((await laoNcb.pull(before.cursor)).rows).toEqual([rec]);
  });

  it('skips no record for one that a change of membership moved in one of its buckets', async () => {
    await hub.admin.addTaskforce({ id: 'egret', name: 'Egret', members: ['la-cyber', 'la-ncb'] });
    const start = (await laoNcb.pull((await laoNcb.pull()).cursor)).cursor;
    const moved = makeRecord(lao, { audience: ['u:la-cyber', 'c:LA', 't:egret'] });
    const others = Array.from({ length: 30 }, () => makeRecord(lao, { audience: ['u:la-cyber', 'c:LA'] }));
    await lao.push(newRow(moved), ...others.map(newRow));
    await hub.admin.leaveTaskforce('egret', 'la-ncb');
    await hub.admin.addTaskforce({ id: 'egret', name: 'Egret', members: ['la-ncb'] });
    const seen = new Set<string>();
    for (let cursor = start, done = false; !done;) {
      const page = await laoNcb.pull(cursor, 10);
      for (const row of page.rows) seen.add(row.id);
      ({ cursor, done } = page);
    }
    expect([moved, ...others].filter((rec) => !seen.has(rec.id))).toEqual([]);
  });

  it('returns a receipt to the owner of the record and to nobody else', async () => {
    const brief = await draftBrief();
    await laoNcb.push(claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, SHARED)));
    const receipt = (audience: string[], ref = brief.id): PushRow => newRow(makeRecord(filipino, { entity: 'receipt', ref, audience }));
    const good = receipt(['u:ph-acg', 'u:la-cyber']);
    expect(await filipino.push(good)).toEqual({ conflicts: [], rejected: [] });
    expect((await lao.pullAll()).get(good.rec.id)).toEqual(good.rec);
    expect((await desk.pullAll()).has(good.rec.id)).toBe(false);
    for (const bad of [receipt(['u:ph-acg', 'u:la-cyber', 'u:vu-ccu']), receipt(['u:ph-acg', 'u:vu-ccu']), receipt(['u:ph-acg', 'u:la-cyber'], ''), receipt(['u:ph-acg', 'c:PH'])]) {
      expect((await filipino.push(bad)).rejected).toEqual([{ id: bad.rec.id, reason: 'receipt-invalid' }]);
    }
  });
});
