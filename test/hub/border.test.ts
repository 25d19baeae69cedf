import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PushRow, WireRecord } from '#shared/contract/sync.ts';
import type { ReleaseClaim } from '#shared/schema/release.ts';
import type { Hub } from '../../src-hub/server.ts';
import { describeEngines } from './engines.ts';
import { claimRow, editRow, isRecord, makeMandateClaim, makeRecord, makeReleaseClaim, newRow, sealText, wrapsFor } from './rows.ts';
import { enrolDevice, startRegion, type Device, type RegionFixture } from './support.ts';

const SHARED = ['u:la-cyber', 'u:la-ncb', 'u:ph-acg', 'u:asean-desk'];

describeEngines('border rules', (engine) => {
  let region: RegionFixture;
  let hub: Hub;
  let lao: Device;
  let laoNcb: Device;
  let filipino: Device;
  let desk: Device;
  let vanuatu: Device;
  let vanuatuNcb: Device;
  let thai: Device;
  beforeAll(async () => {
    region = await startRegion(engine);
    ({ hub, lao, laoNcb, filipino, desk, vanuatu, vanuatuNcb, thai } = region);
  });
  afterAll(() => region.close());

  /** A brief of the Lao unit that its NCB may read. */
  async function draftBrief(): Promise<WireRecord> {
    const brief = makeRecord(lao, { audience: ['u:la-cyber', 'u:la-ncb'] });
    expect(await lao.push(newRow(brief))).toEqual({ conflicts: [], rejected: [] });
    return brief;
  }

  /** Everything a device can see of the hub, as one text. */
  async function everythingSeenBy(device: Device): Promise<string> {
    const seen = [[...(await device.pullAll()).values()], await device.directory(), await device.keysAt()];
    return JSON.stringify(seen, (_key, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value));
  }

  it('brings a released brief to exactly the units it names', async () => {
    const brief = await draftBrief();
    const row = claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, SHARED));
    expect(await laoNcb.push(row)).toEqual({ conflicts: [], rejected: [] });
    for (const reader of [filipino, desk]) {
      const got = (await reader.pullAll()).get(brief.id);
      expect(isRecord(got) && Buffer.from(got.body).equals(brief.body)).toBe(true);
      expect(isRecord(got) && got.audience).toEqual([...SHARED].sort());
      expect(isRecord(got) && got.wraps.map((wrap) => wrap.b).sort()).toEqual([...SHARED].sort());
    }
    for (const stranger of [vanuatu, vanuatuNcb, thai]) {
      const seen = await everythingSeenBy(stranger);
      for (const trace of [brief.id, row.rec.id, Buffer.from(brief.body).toString('hex').slice(0, 40), Buffer.from(brief.sig).toString('hex')]) expect(seen).not.toContain(trace);
    }
    // a repeated push of what the release extended has no effect and takes nothing back
    expect(await lao.push(newRow(brief))).toEqual({ conflicts: [], rejected: [] });
    expect(await laoNcb.push(row)).toEqual({ conflicts: [], rejected: [] });
    expect(isRecord((await filipino.pullAll()).get(brief.id))).toBe(true);
  });

  it('answers a probe for a hidden record exactly as one for a record that does not exist', async () => {
    const brief = await draftBrief();
    await laoNcb.push(claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, SHARED)));
    const nothing = makeRecord(vanuatu).id;
    const probe = async (id: string): Promise<unknown> => {
      const fresh = makeRecord(vanuatu, { id });
      const answers = [
        await vanuatu.push(editRow(vanuatu, { ...brief, id })),
        await vanuatu.push({ rec: makeRecord(vanuatu, { id, owner: 'la-cyber' }), assumed: null }),
        await vanuatuNcb.push(claimRow(vanuatuNcb, makeReleaseClaim(vanuatuNcb, { ...brief, id }, ['u:vu-ncb', 'u:vu-ccu']))),
        await vanuatu.push(newRow(makeRecord(vanuatu, { entity: 'receipt', ref: id, audience: ['u:vu-ccu', 'u:la-cyber'] }))),
        await vanuatu.push(newRow(fresh)),
        await vanuatu.push(newRow(fresh)),
        await vanuatu.push(editRow(vanuatu, fresh, { deleted: true })),
      ];
      return JSON.parse(JSON.stringify(answers.map(({ conflicts, rejected }) => ({ conflicts, reasons: rejected.map((row) => row.reason) }))).replaceAll(id, '(id)'));
    };
    const hidden = await probe(brief.id);
    expect(hidden).toEqual(await probe(nothing));
    expect(hidden).toEqual([
      { conflicts: [{ id: '(id)', gone: true }], reasons: [] },
      { conflicts: [], reasons: ['not-owner'] },
      { conflicts: [], reasons: ['release-unknown-record'] },
      { conflicts: [], reasons: ['receipt-invalid'] },
      { conflicts: [], reasons: [] },
      { conflicts: [], reasons: [] },
      { conflicts: [], reasons: [] },
    ]);
    // and the owner's record is untouched, for its owner and for its readers
    for (const reader of [lao, filipino]) {
      const got = (await reader.pullAll()).get(brief.id);
      expect(isRecord(got) && Buffer.from(got.sig).equals(brief.sig)).toBe(true);
    }
  });

  it('shows the released record, not an own one that took its id before', async () => {
    const brief = await draftBrief();
    await vanuatu.push(newRow(makeRecord(vanuatu, { id: brief.id })));
    await laoNcb.push(claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, ['u:la-cyber', 'u:la-ncb', 'u:vu-ccu'])));
    const got = (await vanuatu.pullAll()).get(brief.id);
    expect(isRecord(got) && got.owner).toBe('la-cyber');
    const mine = (await lao.pullAll()).get(brief.id);
    expect(isRecord(mine) && mine.owner).toBe('la-cyber');
  });

  it('tells a taskforce of others from one that does not exist by nothing', async () => {
    for (const bucket of ['t:falcon', 't:nothing']) {
      const row = newRow(makeRecord(vanuatu, { audience: ['u:vu-ccu', bucket] }));
      expect((await vanuatu.push(row)).rejected).toEqual([{ id: row.rec.id, reason: 'audience-unknown' }]);
      const mandate = claimRow(vanuatuNcb, makeMandateClaim(vanuatuNcb, bucket, 'VU'), { audience: ['u:vu-ncb'] });
      expect((await vanuatuNcb.push(mandate)).rejected).toEqual([{ id: mandate.rec.id, reason: 'audience-unknown' }]);
    }
  });

  it('takes a brief and its release in one batch', async () => {
    const brief = makeRecord(lao, { audience: ['u:la-cyber', 'u:la-ncb'] });
    await lao.push(newRow(brief));
    const second = editRow(lao, brief);
    await lao.push(second);
    const own = makeRecord(laoNcb);
    expect(await laoNcb.push(newRow(own), claimRow(laoNcb, makeReleaseClaim(laoNcb, second.rec, SHARED)))).toEqual({ conflicts: [], rejected: [] });
    const got = (await filipino.pullAll()).get(brief.id);
    expect(isRecord(got) && got.rev).toBe(second.rec.rev);
  });

  it('lets the owner take a released brief back, and stops an edit that keeps the foreign audience', async () => {
    const brief = await draftBrief();
    await laoNcb.push(claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, SHARED)));
    const before = await filipino.pull((await filipino.pull()).cursor);
    const kept = editRow(lao, brief, { audience: SHARED });
    expect((await lao.push(kept)).rejected).toEqual([{ id: brief.id, reason: 'release-missing' }]);
    const foreignEdit = editRow(filipino, brief, { audience: [...SHARED] });
    expect((await filipino.push(foreignEdit)).rejected).toEqual([{ id: brief.id, reason: 'release-missing' }]);
    const foreignDelete = editRow(filipino, brief, { audience: [...SHARED], deleted: true });
    expect((await filipino.push(foreignDelete)).rejected).toEqual([{ id: brief.id, reason: 'release-missing' }]);
    const narrowed = editRow(lao, brief, { audience: ['u:la-cyber', 'u:la-ncb'] });
    expect(await lao.push(narrowed)).toEqual({ conflicts: [], rejected: [] });
    expect((await filipino.pull(before.cursor)).rows).toEqual([{ id: brief.id, gone: true }]);
    // the release covered the earlier version only
    const again = editRow(lao, narrowed.rec, { audience: SHARED });
    expect((await lao.push(again)).rejected).toEqual([{ id: brief.id, reason: 'release-missing' }]);
  });

  it('brings the deletion of a released brief to its readers', async () => {
    const brief = await draftBrief();
    await laoNcb.push(claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, SHARED)));
    const sealed = editRow(lao, brief, { audience: SHARED, deleted: true, body: sealText('more to say'), wraps: wrapsFor(SHARED) });
    expect((await lao.push(sealed)).rejected).toEqual([{ id: brief.id, reason: 'malformed' }]);
    const removal = editRow(lao, brief, { audience: SHARED, deleted: true });
    expect(await lao.push(removal)).toEqual({ conflicts: [], rejected: [] });
    const got = (await filipino.pullAll()).get(brief.id);
    expect(isRecord(got) && [got.deleted, got.body.length, got.wraps.length]).toEqual([true, 0, 0]);
    const wider = editRow(lao, removal.rec, { audience: [...SHARED, 'u:vu-ccu'], deleted: true });
    expect((await lao.push(wider)).rejected).toEqual([{ id: brief.id, reason: 'release-missing' }]);
  });

  it('does not take back what was granted when a release ends', async () => {
    const brief = await draftBrief();
    await laoNcb.push(claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, SHARED, { expires: new Date(Date.now() + 400).toISOString() })));
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(isRecord((await filipino.pullAll()).get(brief.id))).toBe(true);
  });

  describe('refuses a release', () => {
    type Forge = (brief: WireRecord) => PushRow | Promise<PushRow>;
    const withClaim =
      (changes: Partial<ReleaseClaim>): Forge =>
      (brief) =>
        claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, SHARED, changes));
    /** Changes the claim after it was signed. */
    const tampered =
      (change: (claim: ReleaseClaim) => Partial<ReleaseClaim>): Forge =>
      (brief) => {
        const claim = makeReleaseClaim(laoNcb, brief, SHARED);
        const row = claimRow(laoNcb, claim);
        return { ...row, claim: { claim: { ...claim, ...change(claim) }, signature: row.claim?.signature ?? '' } };
      };
    const flip = (hex: string): string => (hex.startsWith('0') ? '1' : '0') + hex.slice(1);
    const cases: readonly (readonly [string, Forge, string])[] = [
      ['whose purpose was changed', tampered(() => ({ purpose: 'investigatioo' })), 'signature'],
      ['whose hash was changed', tampered((claim) => ({ sha256: flip(claim.sha256) })), 'signature'],
      ['whose audience was changed', tampered(() => ({ audience: [...SHARED.slice(0, 3), 'u:vu-ccu'] })), 'signature'],
      ['whose end was changed', tampered(() => ({ expires: '2099-01-01T00:00:00.000Z' })), 'signature'],
      [
        'whose signature was changed',
        (brief) => {
          const row = claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, SHARED));
          const signature = row.claim?.signature ?? '';
          return { ...row, ...(row.claim ? { claim: { ...row.claim, signature: (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1) } } : {}) };
        },
        'signature',
      ],
      ['of another hash, properly signed', (brief) => claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, SHARED, { sha256: '0'.repeat(64) })), 'release-mismatch'],
      ['of another version', withClaim({ rev: '0123456789ab' }), 'release-mismatch'],
      ['that refers elsewhere', (brief) => claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, SHARED), { ref: '' }), 'release-mismatch'],
      ['that has ended', withClaim({ expires: new Date(Date.now() - 1000).toISOString() }), 'release-expired'],
      ['with an end in local time', withClaim({ expires: '2099-01-01T00:00:00+07:00' }), 'malformed'],
      ['for a unit nobody knows', withClaim({ audience: [...SHARED, 'u:nobody'] }), 'audience-unknown'],
      [
        'without a claim',
        (brief) => {
          const { claim: _claim, ...rest } = claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, SHARED));
          return rest;
        },
        'release-missing',
      ],
      ['without the keys for a new reader', (brief) => claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, SHARED), {}, wrapsFor(SHARED.slice(0, 3))), 'key-missing'],
      ['that hands a key to somebody else', (brief) => claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, SHARED), {}, wrapsFor([...SHARED, 'u:vu-ccu'])), 'release-mismatch'],
      ['that itself travels further than its claim', (brief) => claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, SHARED), { audience: [...SHARED, 'u:vu-ccu'] }), 'release-mismatch'],
      ['of a record it cannot see', (brief) => claimRow(laoNcb, makeReleaseClaim(laoNcb, { ...brief, id: makeRecord(lao).id }, SHARED)), 'release-unknown-record'],
      ['signed in the name of another device', withClaim({ signer: '00000000-0000-4000-8000-00000000000a' }), 'release-signer'],
    ];
    it.each(cases)('%s', async (_what, forge, reason) => {
      const brief = await draftBrief();
      const row = await forge(brief);
      expect(await laoNcb.push(row)).toEqual({ conflicts: [], rejected: [{ id: row.rec.id, reason }] });
      expect((await laoNcb.pullAll()).has(row.rec.id)).toBe(false);
      expect((await filipino.pullAll()).has(brief.id)).toBe(false);
      const own = (await lao.pullAll()).get(brief.id);
      expect(isRecord(own) && own.audience).toEqual(['u:la-cyber', 'u:la-ncb']);
    });

    it('by an officer who is not of the NCB', async () => {
      const brief = await draftBrief();
      const row = claimRow(lao, makeReleaseClaim(lao, brief, SHARED));
      expect((await lao.push(row)).rejected).toEqual([{ id: row.rec.id, reason: 'release-signer' }]);
    });

    it('of a version its signer wrote', async () => {
      const brief = makeRecord(laoNcb);
      await laoNcb.push(newRow(brief));
      const row = claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, ['u:la-ncb', 'u:ph-acg']));
      expect((await laoNcb.push(row)).rejected).toEqual([{ id: row.rec.id, reason: 'release-self' }]);
      const other = await enrolDevice(hub, 'la-ncb', 'ncb', { admittedBy: laoNcb });
      expect(await other.push(claimRow(other, makeReleaseClaim(other, brief, ['u:la-ncb', 'u:ph-acg'])))).toEqual({ conflicts: [], rejected: [] });
      other.close();
    });

    it('by the NCB of another country that may read the record', async () => {
      const brief = await draftBrief();
      await laoNcb.push(claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, ['u:la-cyber', 'u:la-ncb', 'u:vu-ncb'])));
      const row = claimRow(vanuatuNcb, makeReleaseClaim(vanuatuNcb, brief, ['u:vu-ncb', 'u:vu-ccu']));
      expect((await vanuatuNcb.push(row)).rejected).toEqual([{ id: row.rec.id, reason: 'release-signer' }]);
      expect((await vanuatu.pullAll()).has(brief.id)).toBe(false);
    });

    it('by a device that waits to be admitted or was revoked', async () => {
      const brief = await draftBrief();
      const waiting = await enrolDevice(hub, 'la-ncb', 'ncb', { waiting: true });
      const row = claimRow(waiting, makeReleaseClaim(waiting, brief, SHARED));
      expect(await waiting.call('POST', '/v1/push', { rows: [row] })).toEqual({ status: 403, body: { error: 'device-unadmitted' } });
      await hub.admin.revokeDevice(waiting.id);
      expect(await waiting.call('POST', '/v1/push', { rows: [row] })).toEqual({ status: 403, body: { error: 'device-revoked' } });
      waiting.close();
    });

    it('that is edited later', async () => {
      const brief = await draftBrief();
      const row = claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, SHARED));
      await laoNcb.push(row);
      const other = claimRow(laoNcb, makeReleaseClaim(laoNcb, brief, [...SHARED, 'u:vu-ccu']), { id: row.rec.id });
      expect((await laoNcb.push({ ...other, assumed: row.rec.rev })).rejected).toEqual([{ id: row.rec.id, reason: 'malformed' }]);
    });
  });
});
