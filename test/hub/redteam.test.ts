import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from 'node:crypto';
import type { WireRecord } from '#shared/contract/sync.ts';
import { tempDir } from './engines.ts';
import { claimRow, editRow, isRecord, makeMandateClaim, makeRecord, makeReleaseClaim, newRow, sealText, wrapsFor } from './rows.ts';
import { enrolDevice, startHub, startRegion, type RegionFixture } from './support.ts';

/** Attacks that succeeded in review; each expects what should hold, and is kept only while it fails or guards a repair. */
const SHARED = ['u:la-cyber', 'u:la-ncb', 'u:ph-acg', 'u:asean-desk'];
const OK = { conflicts: [], rejected: [] };

describe('attacks on the border and on tenants', () => {
  const folders: string[] = [];
  const engine = {
    name: 'pglite' as const,
    storage: () => {
      const dataDir = tempDir();
      folders.push(dataDir);
      return Promise.resolve({ dataDir });
    },
  };
  let r: RegionFixture;
  beforeAll(async () => {
    r = await startRegion(engine);
  });
  afterAll(async () => {
    await r.close();
    folders.forEach((folder) => rmSync(folder, { recursive: true, force: true }));
  });
  const draft = async (): Promise<WireRecord> => {
    const brief = makeRecord(r.lao, { audience: ['u:la-cyber', 'u:la-ncb'] });
    expect(await r.lao.push(newRow(brief))).toEqual(OK);
    return brief;
  };

  it('A receipt carries no content abroad', async () => {
    const brief = await draft();
    await r.laoNcb.push(claimRow(r.laoNcb, makeReleaseClaim(r.laoNcb, brief, SHARED)));
    const smuggled = makeRecord(r.filipino, { entity: 'receipt', ref: brief.id, audience: ['u:ph-acg', 'u:la-cyber'], body: sealText('x'.repeat(1_000_000)) });
    expect((await r.filipino.push(newRow(smuggled))).rejected).toHaveLength(1);
  });

  it('B a claim record of one NCB officer carries no content abroad', async () => {
    const brief = await draft();
    const row = claimRow(r.laoNcb, makeReleaseClaim(r.laoNcb, brief, SHARED), { body: sealText('x'.repeat(1_000_000)) });
    expect((await r.laoNcb.push(row)).rejected).toHaveLength(1);
  });

  it('C the reader of a receipt cannot overwrite it', async () => {
    const brief = await draft();
    await r.laoNcb.push(claimRow(r.laoNcb, makeReleaseClaim(r.laoNcb, brief, SHARED)));
    const receipt = makeRecord(r.filipino, { entity: 'receipt', ref: brief.id, audience: ['u:ph-acg', 'u:la-cyber'] });
    expect(await r.filipino.push(newRow(receipt))).toEqual(OK);
    const forged = editRow(r.lao, receipt, { ref: receipt.id });
    expect((await r.lao.push(forged)).rejected).toHaveLength(1);
  });

  it('D a withdrawn release cannot be replayed after recall', async () => {
    const brief = await draft();
    const release = claimRow(r.laoNcb, makeReleaseClaim(r.laoNcb, brief, SHARED));
    await r.laoNcb.push(release);
    const recalled = editRow(r.lao, brief, { audience: ['u:la-cyber', 'u:la-ncb'] });
    expect(await r.lao.push(recalled)).toEqual(OK);
    expect(await r.laoNcb.push(editRow(r.laoNcb, release.rec, { deleted: true }))).toEqual(OK);
    const replay = editRow(r.lao, recalled.rec, { audience: SHARED, rev: brief.rev, body: brief.body, wraps: wrapsFor(SHARED) });
    expect((await r.lao.push(replay)).rejected).toHaveLength(1);
    expect(isRecord((await r.filipino.pullAll()).get(brief.id))).toBe(false);
  });

  it('E a release of another country does not cover a record of the same id', async () => {
    const mine = makeRecord(r.lao, { audience: ['u:la-cyber'] });
    expect(await r.lao.push(newRow(mine))).toEqual(OK);
    const theirs = makeRecord(r.vanuatu, { id: mine.id, audience: ['u:vu-ccu', 'u:vu-ncb'] });
    expect(await r.vanuatu.push(newRow(theirs))).toEqual(OK);
    expect(await r.vanuatuNcb.push(claimRow(r.vanuatuNcb, makeReleaseClaim(r.vanuatuNcb, theirs, ['u:vu-ccu', 'u:vu-ncb', 'u:la-cyber', 'u:ph-acg'])))).toEqual(OK);
    const leak = editRow(r.lao, mine, { audience: ['u:la-cyber', 'u:ph-acg'], rev: theirs.rev, body: theirs.body, wraps: wrapsFor(['u:la-cyber', 'u:ph-acg']) });
    expect((await r.lao.push(leak)).rejected).toHaveLength(1);
  });

  it('F the id of a hidden release is told from a free one by nothing', async () => {
    const brief = await draft();
    const release = claimRow(r.laoNcb, makeReleaseClaim(r.laoNcb, brief, SHARED));
    expect(await r.laoNcb.push(release)).toEqual(OK);
    const own = makeRecord(r.vanuatu, { audience: ['u:vu-ccu', 'u:vu-ncb'] });
    await r.vanuatu.push(newRow(own));
    const probe = claimRow(r.vanuatuNcb, makeReleaseClaim(r.vanuatuNcb, own, ['u:vu-ccu', 'u:vu-ncb']), { id: release.rec.id });
    expect(await r.vanuatuNcb.call('POST', '/v1/push', { rows: [probe] })).toEqual({ status: 200, body: OK });
  });

  it('G a mandate given for some countries does not open the taskforce to one that joins later', async () => {
    await r.hub.admin.addTaskforce({ id: 'gull', name: 'Gull', members: ['la-cyber', 'la-ncb', 'th-ccib'] });
    expect(await r.laoNcb.push(claimRow(r.laoNcb, makeMandateClaim(r.laoNcb, 't:gull', 'LA')))).toEqual(OK);
    let refused = false;
    await r.hub.admin.addTaskforce({ id: 'gull', name: 'Gull', members: ['vu-ccu'] }).catch(() => (refused = true));
    const rec = makeRecord(r.lao, { audience: ['u:la-cyber', 't:gull'] });
    const answer = await r.lao.push(newRow(rec));
    expect([refused, answer.rejected.length, isRecord((await r.vanuatu.pullAll()).get(rec.id))]).not.toEqual([false, 0, true]);
  });

  it('G2 a taskforce whose only records were made before any mandate record', async () => {
    // mandate records themselves are in the audience t:, so are they counted as "used"?
    await r.hub.admin.addTaskforce({ id: 'gulp', name: 'Gulp', members: ['la-cyber', 'la-ncb', 'th-ccib'] });
    expect(await r.laoNcb.push(claimRow(r.laoNcb, makeMandateClaim(r.laoNcb, 't:gulp', 'LA'), { audience: ['u:la-ncb'] }))).toEqual(OK);
    let refused = false;
    await r.hub.admin.addTaskforce({ id: 'gulp', name: 'Gulp', members: ['vu-ccu'] }).catch(() => (refused = true));
    const rec = makeRecord(r.lao, { audience: ['u:la-cyber', 't:gulp'] });
    const answer = await r.lao.push(newRow(rec));
    expect([refused, answer.rejected.length, isRecord((await r.vanuatu.pullAll()).get(rec.id))]).not.toEqual([false, 0, true]);
  });

  it('H a mandate withdrawn by its NCB ends, also after the NCB left the taskforce', async () => {
    await r.hub.admin.addTaskforce({ id: 'hawk', name: 'Hawk', members: ['la-cyber', 'la-ncb', 'th-ccib'] });
    const mandate = claimRow(r.laoNcb, makeMandateClaim(r.laoNcb, 't:hawk', 'LA'));
    expect(await r.laoNcb.push(mandate)).toEqual(OK);
    await r.hub.admin.leaveTaskforce('hawk', 'la-ncb');
    expect(await r.laoNcb.push(editRow(r.laoNcb, mandate.rec, { deleted: true, audience: ['u:la-ncb'] }))).toEqual(OK);
    const rec = makeRecord(r.lao, { audience: ['u:la-cyber', 't:hawk'] });
    expect((await r.lao.push(newRow(rec))).rejected).toHaveLength(1);
  });

  it('I a mandate of a revoked NCB device is no mandate', async () => {
    await r.hub.admin.addTaskforce({ id: 'ibis', name: 'Ibis', members: ['la-cyber', 'la-ncb', 'th-ccib'] });
    const stolen = await enrolDevice(r.hub, 'la-ncb', 'ncb', { admittedBy: r.laoNcb });
    expect(await stolen.push(claimRow(stolen, makeMandateClaim(stolen, 't:ibis', 'LA')))).toEqual(OK);
    await r.hub.admin.revokeDevice(stolen.id);
    stolen.close();
    const rec = makeRecord(r.lao, { audience: ['u:la-cyber', 't:ibis'] });
    expect((await r.lao.push(newRow(rec))).rejected).toHaveLength(1);
  });

  it('J a Thai edit under a taskforce mandate does not reach Lao units outside the taskforce', async () => {
    await r.hub.admin.addTaskforce({ id: 'jay', name: 'Jay', members: ['la-cyber', 'th-ccib', 'th-ncb', 'la-ncb'] });
    await r.hub.admin.addUnit({ id: 'la-customs', country: 'LA', kind: 'unit', name: 'Customs' });
    await r.laoNcb.push(claimRow(r.laoNcb, makeMandateClaim(r.laoNcb, 't:jay', 'LA')));
    await r.thaiNcb.push(claimRow(r.thaiNcb, makeMandateClaim(r.thaiNcb, 't:jay', 'TH')));
    const rec = makeRecord(r.lao, { audience: ['u:la-cyber', 't:jay', 'c:LA'] });
    expect(await r.lao.push(newRow(rec))).toEqual(OK);
    expect((await r.thai.push(editRow(r.thai, rec))).rejected).toHaveLength(1);
  });

  it('K content of one author country is not released onward by the owner country alone', async () => {
    await r.hub.admin.addTaskforce({ id: 'kite', name: 'Kite', members: ['la-cyber', 'th-ccib', 'th-ncb', 'la-ncb'] });
    await r.laoNcb.push(claimRow(r.laoNcb, makeMandateClaim(r.laoNcb, 't:kite', 'LA')));
    await r.thaiNcb.push(claimRow(r.thaiNcb, makeMandateClaim(r.thaiNcb, 't:kite', 'TH')));
    const rec = makeRecord(r.lao, { audience: ['u:la-cyber', 't:kite'] });
    expect(await r.lao.push(newRow(rec))).toEqual(OK);
    const thaiEdit = editRow(r.thai, rec);
    expect(await r.thai.push(thaiEdit)).toEqual(OK);
    const onward = claimRow(r.laoNcb, makeReleaseClaim(r.laoNcb, thaiEdit.rec, ['u:la-cyber', 't:kite', 'u:vu-ccu']));
    expect((await r.laoNcb.push(onward)).rejected).toHaveLength(1);
  });

  it('L a newcomer of a taskforce learns nothing of records that left it, and gets no deleted content', async () => {
    await r.hub.admin.addTaskforce({ id: 'lark', name: 'Lark', members: ['la-cyber', 'la-ncb'] });
    const left = makeRecord(r.lao, { audience: ['u:la-cyber', 't:lark'] });
    await r.lao.push(newRow(left));
    expect(await r.lao.push(editRow(r.lao, left, { audience: ['u:la-cyber'] }))).toEqual(OK);
    const dead = makeRecord(r.lao, { audience: ['u:la-cyber', 't:lark'], deleted: true, body: sealText('secret'), wraps: wrapsFor(['u:la-cyber', 't:lark']) });
    expect(await r.lao.push(newRow(dead))).toEqual(OK);
    await r.hub.admin.addTaskforce({ id: 'lark', name: 'Lark', members: ['vu-ccu'] }).catch(() => undefined);
    const seen = await r.vanuatu.pullAll();
    expect([seen.has(left.id), isRecord(seen.get(dead.id))]).toEqual([false, false]);
  });

  it('M an epoch of a bucket key is made only as a whole', async () => {
    await r.thai.uploadKeys({ bucketKeys: [{ bucket: 'community', epoch: 1, unit: 'th-ccib', wrapped: new Uint8Array(randomBytes(92)) }] });
    const community = (await r.thai.directory()).buckets.find((bucket) => bucket.id === 'community');
    expect(community?.epoch).toBe(0);
  });

  it('N a unit of a new country does not inherit community records that never needed a release', async () => {
    const hub = await startHub(engine);
    await hub.admin.seedRegion({ units: [{ id: 'la-cyber', country: 'LA', kind: 'unit', name: 'x' }] });
    const lao = await enrolDevice(hub, 'la-cyber');
    const rec = makeRecord(lao, { audience: ['u:la-cyber', 'community'] });
    const answer = await lao.push(newRow(rec));
    let refused = false;
    await hub.admin.addUnit({ id: 'ph-acg', country: 'PH', kind: 'unit', name: 'y' }).catch(() => (refused = true));
    const got = refused ? false : isRecord((await (await enrolDevice(hub, 'ph-acg')).pullAll()).get(rec.id));
    lao.close();
    await hub.close();
    expect([answer.rejected.length, got]).not.toEqual([0, true]);
  });

  it('O an odd revision token is refused alone', async () => {
    const rec = makeRecord(r.lao, { rev: 'abcdefg\u0000hijk' });
    expect((await r.lao.call('POST', '/v1/push', { rows: [newRow(rec)] })).status).toBe(200);
  });
});
