import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PushAnswer, WireRecord } from '#shared/contract/sync.ts';
import { describeEngines } from './engines.ts';
import { claimRow, editRow, isRecord, makeMandateClaim, makeRecord, makeReleaseClaim, newRow, sealText, wrapsFor } from './rows.ts';
import { enrolDevice, startHub, startRegion, type RegionFixture } from './support.ts';

/** Attacks of reviewers that succeeded once; each says what holds now. */
const SHARED = ['u:la-cyber', 'u:la-ncb', 'u:ph-acg', 'u:asean-desk'];
const OK = { conflicts: [], rejected: [] };
const reasons = (answer: PushAnswer): readonly string[] => answer.rejected.map((row) => row.reason);

describeEngines('attacks on the border and on tenants', (engine) => {
  let r: RegionFixture;
  beforeAll(async () => {
    r = await startRegion(engine);
  });
  afterAll(() => r.close());

  const draft = async (): Promise<WireRecord> => {
    const brief = makeRecord(r.lao, { audience: ['u:la-cyber', 'u:la-ncb'] });
    expect(await r.lao.push(newRow(brief))).toEqual(OK);
    return brief;
  };

  it('receipt carries no content abroad', async () => {
    const brief = await draft();
    await r.laoNcb.push(claimRow(r.laoNcb, makeReleaseClaim(r.laoNcb, brief, SHARED)));
    const smuggled = makeRecord(r.filipino, { entity: 'receipt', ref: brief.id, audience: ['u:ph-acg', 'u:la-cyber'], body: sealText('x'.repeat(1_000_000)) });
    expect(reasons(await r.filipino.push(newRow(smuggled)))).toEqual(['too-large']);
  });

  it('a claim record of one NCB officer carries no content abroad', async () => {
    const brief = await draft();
    const row = claimRow(r.laoNcb, makeReleaseClaim(r.laoNcb, brief, SHARED), { body: sealText('x'.repeat(1_000_000)) });
    expect(reasons(await r.laoNcb.push(row))).toEqual(['too-large']);
  });

  it('the reader of a receipt cannot overwrite it', async () => {
    const brief = await draft();
    await r.laoNcb.push(claimRow(r.laoNcb, makeReleaseClaim(r.laoNcb, brief, SHARED)));
    const receipt = makeRecord(r.filipino, { entity: 'receipt', ref: brief.id, audience: ['u:ph-acg', 'u:la-cyber'] });
    expect(await r.filipino.push(newRow(receipt))).toEqual(OK);
    expect(reasons(await r.lao.push(editRow(r.lao, receipt, { ref: receipt.id })))).toEqual(['malformed']);
    expect(reasons(await r.lao.push(editRow(r.lao, receipt)))).toEqual(['not-owner']);
    expect(reasons(await r.lao.push(editRow(r.lao, receipt, { deleted: true })))).toEqual(['not-owner']);
    expect(await r.filipino.push(editRow(r.filipino, receipt))).toEqual(OK);
  });

  it('a withdrawn release cannot be replayed after recall', async () => {
    const brief = await draft();
    const release = claimRow(r.laoNcb, makeReleaseClaim(r.laoNcb, brief, SHARED));
    await r.laoNcb.push(release);
    const recalled = editRow(r.lao, brief, { audience: ['u:la-cyber', 'u:la-ncb'] });
    expect(await r.lao.push(recalled)).toEqual(OK);
    expect(await r.laoNcb.push(editRow(r.laoNcb, release.rec, { deleted: true }))).toEqual(OK);
    const replay = editRow(r.lao, recalled.rec, { audience: SHARED, rev: brief.rev, body: brief.body, wraps: wrapsFor(SHARED) });
    expect(reasons(await r.lao.push(replay))).toEqual(['release-missing']);
    expect(isRecord((await r.filipino.pullAll()).get(brief.id))).toBe(false);
  });

  it('a release that was not withdrawn covers no recalled version either', async () => {
    const brief = await draft();
    await r.laoNcb.push(claimRow(r.laoNcb, makeReleaseClaim(r.laoNcb, brief, SHARED)));
    const recalled = editRow(r.lao, brief, { audience: ['u:la-cyber', 'u:la-ncb'] });
    await r.lao.push(recalled);
    const replay = editRow(r.lao, recalled.rec, { audience: SHARED, rev: brief.rev, body: brief.body, wraps: wrapsFor(SHARED) });
    expect(reasons(await r.lao.push(replay))).toEqual(['release-missing']);
  });

  it('a release of another country does not cover a record of the same id', async () => {
    const mine = makeRecord(r.lao, { audience: ['u:la-cyber'] });
    expect(await r.lao.push(newRow(mine))).toEqual(OK);
    const theirs = makeRecord(r.vanuatu, { id: mine.id, audience: ['u:vu-ccu', 'u:vu-ncb'] });
    expect(await r.vanuatu.push(newRow(theirs))).toEqual(OK);
    expect(await r.vanuatuNcb.push(claimRow(r.vanuatuNcb, makeReleaseClaim(r.vanuatuNcb, theirs, ['u:vu-ccu', 'u:vu-ncb', 'u:la-cyber', 'u:ph-acg'])))).toEqual(OK);
    const leak = editRow(r.lao, mine, { audience: ['u:la-cyber', 'u:ph-acg'], rev: theirs.rev, body: theirs.body, wraps: wrapsFor(['u:la-cyber', 'u:ph-acg']) });
    expect(reasons(await r.lao.push(leak))).toEqual(['release-missing']);
  });

  it('the id of a hidden release is told from a free one by nothing', async () => {
    const brief = await draft();
    const release = claimRow(r.laoNcb, makeReleaseClaim(r.laoNcb, brief, SHARED));
    expect(await r.laoNcb.push(release)).toEqual(OK);
    const own = makeRecord(r.vanuatu, { audience: ['u:vu-ccu', 'u:vu-ncb'] });
    await r.vanuatu.push(newRow(own));
    const probe = claimRow(r.vanuatuNcb, makeReleaseClaim(r.vanuatuNcb, own, ['u:vu-ccu', 'u:vu-ncb']), { id: release.rec.id });
    expect(await r.vanuatuNcb.call('POST', '/v1/push', { rows: [probe] })).toEqual({ status: 200, body: OK });
  });

  it('a mandate given for some countries does not open the taskforce to a country that joins later', async () => {
    // the mandate's own record stays at home; the device's default audience would count as a record of the taskforce
    await r.hub.admin.addTaskforce({ id: 'gulp', name: 'Gulp', members: ['la-cyber', 'la-ncb', 'th-ccib'] });
    expect(await r.laoNcb.push(claimRow(r.laoNcb, makeMandateClaim(r.laoNcb, 't:gulp', 'LA'), { audience: ['u:la-ncb'] }))).toEqual(OK);
    await expect(r.hub.admin.addTaskforce({ id: 'gulp', name: 'Gulp', members: ['vu-ccu'] })).rejects.toThrow('has a mandate');
    await r.hub.admin.addTaskforce({ id: 'gulp', name: 'Gulp', members: ['th-ncb'] });
    const rec = makeRecord(r.lao, { audience: ['u:la-cyber', 't:gulp'] });
    expect(await r.lao.push(newRow(rec))).toEqual(OK);
    expect(isRecord((await r.vanuatu.pullAll()).get(rec.id))).toBe(false);
  });

  it('a mandate withdrawn by its NCB ends, also after the NCB left the taskforce', async () => {
    await r.hub.admin.addTaskforce({ id: 'hawk', name: 'Hawk', members: ['la-cyber', 'la-ncb', 'th-ccib'] });
    const mandate = claimRow(r.laoNcb, makeMandateClaim(r.laoNcb, 't:hawk', 'LA'));
    expect(await r.laoNcb.push(mandate)).toEqual(OK);
    const unheld = claimRow(r.laoNcb, makeMandateClaim(r.laoNcb, 't:hawk', 'LA'), { audience: ['t:hawk'] });
    expect(reasons(await r.laoNcb.push(unheld))).toEqual(['malformed']);
    await r.hub.admin.leaveTaskforce('hawk', 'la-ncb');
    expect(await r.laoNcb.push(editRow(r.laoNcb, mandate.rec, { deleted: true, audience: ['u:la-ncb'] }))).toEqual(OK);
    const rec = makeRecord(r.lao, { audience: ['u:la-cyber', 't:hawk'] });
    expect(reasons(await r.lao.push(newRow(rec)))).toEqual(['mandate-missing']);
  });

  it('a mandate withdrawn in a push covers nothing that comes behind it in the same push', async () => {
    await r.hub.admin.addTaskforce({ id: 'kite', name: 'Kite', members: ['la-cyber', 'la-ncb', 'th-ccib'] });
    const mandate = claimRow(r.laoNcb, makeMandateClaim(r.laoNcb, 't:kite', 'LA'));
    expect(await r.laoNcb.push(mandate)).toEqual(OK);
    const share = () => newRow(makeRecord(r.laoNcb, { audience: ['t:kite', 'u:la-ncb'] }));
    expect(await r.laoNcb.push(share())).toEqual(OK);
    expect(reasons(await r.laoNcb.push(editRow(r.laoNcb, mandate.rec, { deleted: true }), share()))).toEqual(['mandate-missing']);
  });

  it('a mandate of a revoked NCB device is no mandate', async () => {
    // a unit of its own: revoking a device makes its unit replace its secret before it writes again
    await r.hub.admin.addUnit({ id: 'la-second', country: 'LA', kind: 'ncb', name: 'Second NCB' });
    await r.hub.admin.addTaskforce({ id: 'ibis', name: 'Ibis', members: ['la-cyber', 'la-second', 'th-ccib'] });
    const stolen = await enrolDevice(r.hub, 'la-second', 'ncb');
    expect(await stolen.push(claimRow(stolen, makeMandateClaim(stolen, 't:ibis', 'LA')))).toEqual(OK);
    await r.hub.admin.revokeDevice(stolen.id);
    stolen.close();
    expect((await r.lao.directory()).mandates.filter((mandate) => mandate.bucket === 't:ibis')).toEqual([]);
    const rec = makeRecord(r.lao, { audience: ['u:la-cyber', 't:ibis'] });
    expect(reasons(await r.lao.push(newRow(rec)))).toEqual(['mandate-missing']);
  });

  it('a Thai edit under a taskforce mandate does not reach Lao units outside the taskforce', async () => {
    await r.hub.admin.addTaskforce({ id: 'jay', name: 'Jay', members: ['la-cyber', 'th-ccib', 'th-ncb', 'la-ncb'] });
    await r.hub.admin.addUnit({ id: 'la-customs', country: 'LA', kind: 'unit', name: 'Customs' });
    await r.laoNcb.push(claimRow(r.laoNcb, makeMandateClaim(r.laoNcb, 't:jay', 'LA')));
    await r.thaiNcb.push(claimRow(r.thaiNcb, makeMandateClaim(r.thaiNcb, 't:jay', 'TH')));
    for (const outside of ['c:LA', 'u:la-customs']) {
      const rec = makeRecord(r.lao, { audience: ['u:la-cyber', 't:jay', outside] });
      expect(await r.lao.push(newRow(rec))).toEqual(OK);
      expect(reasons(await r.thai.push(editRow(r.thai, rec)))).toEqual(['release-missing']);
    }
    const inside = makeRecord(r.lao, { audience: ['u:la-cyber', 'u:la-ncb', 't:jay'] });
    expect(await r.lao.push(newRow(inside))).toEqual(OK);
    expect(await r.thai.push(editRow(r.thai, inside))).toEqual(OK);
  });

  it('content of one author country is not released onward by the owner country alone', async () => {
    await r.hub.admin.addTaskforce({ id: 'kite', name: 'Kite', members: ['la-cyber', 'th-ccib', 'th-ncb', 'la-ncb'] });
    await r.laoNcb.push(claimRow(r.laoNcb, makeMandateClaim(r.laoNcb, 't:kite', 'LA')));
    await r.thaiNcb.push(claimRow(r.thaiNcb, makeMandateClaim(r.thaiNcb, 't:kite', 'TH')));
    const rec = makeRecord(r.lao, { audience: ['u:la-cyber', 't:kite'] });
    expect(await r.lao.push(newRow(rec))).toEqual(OK);
    const thaiEdit = editRow(r.thai, rec);
    expect(await r.thai.push(thaiEdit)).toEqual(OK);
    const onward = claimRow(r.laoNcb, makeReleaseClaim(r.laoNcb, thaiEdit.rec, ['u:la-cyber', 't:kite', 'u:vu-ccu']));
    expect(reasons(await r.laoNcb.push(onward))).toEqual(['release-missing']);
  });

  it('a newcomer of a taskforce learns nothing of records that left it, and gets no deleted content', async () => {
    await r.hub.admin.addTaskforce({ id: 'lark', name: 'Lark', members: ['la-cyber', 'la-ncb'] });
    const left = makeRecord(r.lao, { audience: ['u:la-cyber', 't:lark'] });
    await r.lao.push(newRow(left));
    expect(await r.lao.push(editRow(r.lao, left, { audience: ['u:la-cyber'] }))).toEqual(OK);
    const dead = makeRecord(r.lao, { audience: ['u:la-cyber', 't:lark'], deleted: true, body: sealText('secret'), wraps: wrapsFor(['u:la-cyber', 't:lark']) });
    expect(reasons(await r.lao.push(newRow(dead)))).toEqual(['malformed']);
    const { cursor } = await r.laoNcb.pull();
    await r.hub.admin.addTaskforce({ id: 'lark', name: 'Lark', members: ['vu-ccu'] });
    const seen = await r.vanuatu.pullAll();
    expect([seen.has(left.id), seen.has(dead.id)]).toEqual([false, false]);
    // who was in when it left still learns that it is gone
    for (const from of ['', cursor]) expect((await r.laoNcb.pull(from)).rows).toContainEqual({ id: left.id, gone: true });
  });

  it('a taskforce whose records were all deleted is used all the same', async () => {
    await r.hub.admin.addTaskforce({ id: 'loon', name: 'Loon', members: ['la-cyber', 'la-ncb'] });
    const rec = makeRecord(r.lao, { audience: ['u:la-cyber', 't:loon'] });
    await r.lao.push(newRow(rec));
    expect(await r.lao.push(editRow(r.lao, rec, { deleted: true }))).toEqual(OK);
    await expect(r.hub.admin.addTaskforce({ id: 'loon', name: 'Loon', members: ['vu-ccu'] })).rejects.toThrow('holds records');
  });

  it('an epoch of a bucket key is made only as a whole', async () => {
    await r.thai.uploadKeys({ bucketKeys: [{ bucket: 'community', epoch: 1, unit: 'th-ccib', wrapped: new Uint8Array(randomBytes(92)) }] });
    const community = (await r.thai.directory()).buckets.find((bucket) => bucket.id === 'community');
    expect(community?.epoch).toBe(0);
  });

  it('a record for the community needs a release also while one country is alone in it', async () => {
    const hub = await startHub(engine);
    await hub.admin.seedRegion({ units: [{ id: 'la-cyber', country: 'LA', kind: 'unit', name: 'x' }] });
    const lao = await enrolDevice(hub, 'la-cyber');
    const rec = makeRecord(lao, { audience: ['u:la-cyber', 'community'] });
    const answer = await lao.push(newRow(rec));
    lao.close();
    await hub.close();
    expect(reasons(answer)).toEqual(['release-missing']);
  });

  it('an odd revision token is refused alone', async () => {
    const [odd, sound] = [makeRecord(r.lao, { rev: 'abcdefg\u0000hijk' }), makeRecord(r.lao)];
    expect(await r.lao.push(newRow(odd), newRow(sound))).toEqual({ conflicts: [], rejected: [{ id: odd.id, reason: 'malformed' }] });
    expect((await r.lao.pullAll()).get(sound.id)).toEqual(sound);
  });
});
