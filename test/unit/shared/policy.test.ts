import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { borderRefusal, foreignReach, releaseCovers, type BorderQuestion } from '#shared/domain/release/policy.ts';
import { TLP, tlpRank } from '#shared/schema/record.ts';
import type { MandateClaim, ReleaseClaim } from '#shared/schema/release.ts';

const COUNTRIES: Readonly<Record<string, readonly string[]>> = {
  'u:la': ['LA'],
  'u:la2': ['LA'],
  'u:ph': ['PH'],
  'u:vu': ['VU'],
  'c:LA': ['LA'],
  't:op': ['LA', 'PH'],
  't:home': ['LA'],
  community: ['LA', 'PH', 'VU', 'XR'],
};
const countriesOf = (bucket: string) => COUNTRIES[bucket];
const NOW = '2026-11-05T00:00:00.000Z';
const LATER = '2027-01-01T00:00:00.000Z';
const EARLIER = '2026-11-04T23:59:59.999Z';
const grounds = { purpose: 'prevention', legalBasis: 'national-law', signedAt: '2026-01-01T00:00:00.000Z', signer: 'd' };
const release = (over: Partial<ReleaseClaim> = {}): ReleaseClaim => ({ kind: 'release', record: 'r', rev: 'v1', sha256: 'h', audience: ['u:la', 'u:ph'], expires: LATER, ...grounds, ...over });
const mandate = (over: Partial<MandateClaim> = {}): MandateClaim => ({ kind: 'mandate', bucket: 't:op', country: 'LA', entities: ['case'], tlpCeiling: 'AMBER', expires: LATER, ...grounds, ...over });
const question = (over: Partial<BorderQuestion> = {}): BorderQuestion => ({
  id: 'r',
  entity: 'case',
  border: 'release',
  tlp: 'AMBER',
  rev: 'v1',
  sha256: 'h',
  audience: ['u:la'],
  ownerCountry: 'LA',
  authorCountry: 'LA',
  authorBucket: 'u:la',
  refOwnerBucket: undefined,
  claimAudience: undefined,
  releases: [],
  mandates: [],
  now: NOW,
  ...over,
});
const refusal = (over: Partial<BorderQuestion> = {}) => borderRefusal(question(over), countriesOf);
const abroad = ['u:la', 'u:ph'];
const task = ['u:la', 't:op'];
const both = [mandate(), mandate({ country: 'PH' })];

describe('borderRefusal', () => {
  it.each<[string, Partial<BorderQuestion>, string | undefined]>([
    ['stays at home', {}, undefined],
    ['stays in the country', { audience: ['u:la', 'u:la2', 'c:LA', 't:home'] }, undefined],
    ['names an unknown bucket', { audience: ['u:la', 'u:nobody'] }, 'audience-unknown'],
    ['names an unknown bucket, with a release for it', { audience: ['u:nobody'], releases: [release({ audience: ['u:nobody'] })] }, 'audience-unknown'],
    ['leaves without a release', { audience: abroad }, 'release-missing'],
    ['goes to the whole community without a release', { audience: ['community'] }, 'release-missing'],
    ['leaves with a release', { audience: abroad, releases: [release()] }, undefined],
    ['leaves with a release of another record', { audience: abroad, releases: [release({ record: 'q' })] }, 'release-missing'],
    ['leaves with a release of another version', { audience: abroad, releases: [release({ rev: 'v0' })] }, 'release-missing'],
    ['leaves with a release of other content', { audience: abroad, releases: [release({ sha256: 'g' })] }, 'release-missing'],
    ['leaves to more than was released', { audience: [...abroad, 'u:vu'], releases: [release()] }, 'release-missing'],
    ['leaves to more units at home than was released', { audience: [...abroad, 'u:la2'], releases: [release()] }, 'release-missing'],
    ['leaves with two releases that cover it only together', { audience: ['u:ph', 'u:vu'], releases: [release({ audience: ['u:ph'] }), release({ audience: ['u:vu'] })] }, 'release-missing'],
    ['leaves to fewer than were released', { audience: ['u:ph'], releases: [release()] }, undefined],
    ['leaves after the release ended', { audience: abroad, releases: [release({ expires: EARLIER })] }, 'release-missing'],
    ['leaves in the instant the release ends', { audience: abroad, releases: [release({ expires: NOW })] }, 'release-missing'],
    ['leaves in the instant it ends, written without a fraction', { audience: abroad, releases: [release({ expires: '2026-11-05T00:00:00Z' })] }, 'release-missing'],
    ['leaves after a release ended by the clock of another zone', { audience: abroad, releases: [release({ expires: '2026-11-05T06:59:00+07:00' })] }, 'release-missing'],
    ['leaves with a release whose end cannot be read', { audience: abroad, releases: [release({ expires: 'never' })] }, 'release-missing'],
    ['goes to a taskforce without mandates', { audience: task }, 'mandate-missing'],
    ['goes to a taskforce with the own mandate', { audience: task, mandates: [mandate()] }, undefined],
    ['goes to a taskforce with the mandate of another country only', { audience: task, mandates: [mandate({ country: 'PH' })] }, 'mandate-missing'],
    ['goes to a taskforce with an ended mandate', { audience: task, mandates: [mandate({ expires: EARLIER })] }, 'mandate-missing'],
    ['goes to a taskforce with the mandate of another taskforce', { audience: task, mandates: [mandate({ bucket: 't:other' })] }, 'mandate-missing'],
    ['is of a kind the mandate does not name', { audience: task, entity: 'brief', mandates: [mandate()] }, 'mandate-exceeded'],
    ['is stricter than the mandate allows', { audience: task, tlp: 'AMBER+STRICT', mandates: [mandate()] }, 'mandate-exceeded'],
    ['is as strict as the mandate allows', { audience: task, tlp: 'RED', mandates: [mandate({ tlpCeiling: 'RED' })] }, undefined],
    ['goes to a taskforce and a foreign unit besides', { audience: [...task, 'u:ph'], mandates: both }, 'release-missing'],
    ['goes to a taskforce and the community', { audience: ['t:op', 'community'], mandates: both }, 'release-missing'],
    ['is written abroad for a taskforce with both mandates', { audience: task, authorCountry: 'PH', authorBucket: 'u:ph', mandates: both }, undefined],
    ['is written abroad for a taskforce without the mandate of the author', { audience: task, authorCountry: 'PH', authorBucket: 'u:ph', mandates: [mandate()] }, 'mandate-missing'],
    ['is written abroad and shows no trace of it in its audience', { audience: ['u:la'], authorCountry: 'PH', authorBucket: 'u:ph', mandates: both }, 'release-missing'],
    ['is a claim for its audience', { border: 'claim', audience: abroad, claimAudience: ['u:ph'] }, undefined],
    ['is a claim for more than its audience', { border: 'claim', audience: [...abroad, 'u:vu'], claimAudience: ['u:ph'] }, 'release-mismatch'],
    ['is a claim without one', { border: 'claim', audience: abroad }, 'release-mismatch'],
    ['is a receipt to the owner', { border: 'receipt', audience: abroad, refOwnerBucket: 'u:ph' }, undefined],
    ['is a receipt to somebody else', { border: 'receipt', audience: ['u:la', 'u:vu'], refOwnerBucket: 'u:ph' }, 'receipt-invalid'],
    ['is a receipt for a record the author cannot see', { border: 'receipt', audience: abroad }, 'receipt-invalid'],
    ['is a receipt that a release covers, to somebody else', { border: 'receipt', audience: ['u:vu'], refOwnerBucket: 'u:ph', releases: [release({ audience: ['u:vu'] })] }, 'receipt-invalid'],
  ])('a record that %s', (_name, over, expected) => {
    expect(refusal(over)).toBe(expected);
  });

  const bucket = fc.constantFrom(...Object.keys(COUNTRIES), 'u:nobody');
  const expires = fc.constantFrom(EARLIER, NOW, LATER);
  const anyRelease = fc
    .record({ record: fc.constantFrom('r', 'q'), rev: fc.constantFrom('v1', 'v2'), sha256: fc.constantFrom('h', 'g'), audience: fc.uniqueArray(bucket, { minLength: 1 }), expires })
    .map((over) => release(over));
  const anyMandate = fc
    .record({
      bucket: fc.constantFrom('t:op', 't:home', 't:nobody'),
      country: fc.constantFrom('LA', 'PH', 'VU'),
      entities: fc.constantFrom(['case'], ['brief'], ['case', 'brief']),
      tlpCeiling: fc.constantFrom(...TLP),
      expires,
    })
    .map((over) => mandate({ ...over, entities: [...over.entities] }));
  const anyQuestion = fc
    .record({
      entity: fc.constantFrom('case', 'brief'),
      border: fc.constantFrom('release', 'claim', 'receipt'),
      tlp: fc.constantFrom(...TLP),
      audience: fc.uniqueArray(bucket, { minLength: 1, maxLength: 4 }),
      ownerCountry: fc.constantFrom('LA', 'PH'),
      authorCountry: fc.constantFrom('LA', 'PH', 'VU'),
      authorBucket: fc.constantFrom('u:la', 'u:ph', 'u:vu'),
      refOwnerBucket: fc.option(fc.constantFrom('u:la', 'u:ph'), { nil: undefined }),
      claimAudience: fc.option(fc.uniqueArray(bucket), { nil: undefined }),
      releases: fc.array(anyRelease, { maxLength: 4 }),
      mandates: fc.array(anyMandate, { maxLength: 5 }),
    })
    .map(question);

  it('lets nothing leave the country without a covering release, mandate, claim or receipt', () => {
    fc.assert(
      fc.property(anyQuestion, (asked) => {
        if (borderRefusal(asked, countriesOf) !== undefined) return;
        const foreign = asked.audience.filter((name) => (COUNTRIES[name] ?? ['??']).some((country) => country !== asked.ownerCountry));
        if (foreign.length === 0) return;
        const claimed = asked.border === 'claim' && asked.audience.every((name) => asked.claimAudience?.includes(name) || name === asked.authorBucket);
        const receipt = asked.border === 'receipt' && asked.audience.every((name) => name === asked.authorBucket || name === asked.refOwnerBucket);
        const released = asked.releases.some(
          (claim) => claim.record === 'r' && claim.rev === 'v1' && claim.sha256 === 'h' && claim.expires === LATER && asked.audience.every((name) => claim.audience.includes(name)),
        );
        const mandated = foreign.every(
          (name) =>
            name.startsWith('t:') &&
            [asked.ownerCountry, asked.authorCountry].every((country) =>
              asked.mandates.some((m) => m.bucket === name && m.country === country && m.expires === LATER && m.entities.includes(asked.entity) && tlpRank(asked.tlp) <= tlpRank(m.tlpCeiling)),
            ),
        );
        expect(asked.border === 'release' ? released || mandated : claimed || receipt).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  }, 30_000);

  it('never becomes stricter by one more release, nor laxer by a wider audience', () => {
    fc.assert(
      fc.property(anyQuestion, anyRelease, bucket, (asked, more, wider) => {
        if (borderRefusal(asked, countriesOf) === undefined) expect(borderRefusal({ ...asked, releases: [...asked.releases, more] }, countriesOf)).toBeUndefined();
        else if (asked.authorCountry === asked.ownerCountry && asked.border === 'release') expect(borderRefusal({ ...asked, audience: [...asked.audience, wider] }, countriesOf)).toBeDefined();
      }),
      { numRuns: 5000 },
    );
  });
});

describe('reach and cover', () => {
  it('lists the foreign countries once each, sorted', () => {
    expect(foreignReach(['t:op', 'u:vu', 'community', 'u:la'], 'LA', countriesOf)).toEqual(['PH', 'VU', 'XR']);
    expect(foreignReach(['u:la'], 'LA', countriesOf)).toEqual([]);
    expect(foreignReach(['u:la', 'x'], 'LA', countriesOf)).toBeUndefined();
  });

  it('a release covers exactly its record, version and content', () => {
    expect(releaseCovers(release(), question({ audience: abroad }))).toBe(true);
    for (const over of [{ id: 'q' }, { rev: 'v2' }, { sha256: 'g' }, { audience: ['u:vu'] }, { now: LATER }]) expect(releaseCovers(release(), question({ audience: abroad, ...over }))).toBe(false);
  });
});
