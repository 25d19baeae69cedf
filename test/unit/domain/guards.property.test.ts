import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardOf } from '#shared/domain/record/guards.ts';
import { canonicalText, mergeRecords } from '#shared/domain/record/merge.ts';
import { ENTITIES, ENTITY_NAMES, type EntityName } from '#shared/entities.ts';
import { tlpRank, type SuarRecord, type Tlp } from '#shared/schema/record.ts';

const hash = fc.constantFrom('a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64));
const bodies = {
  case: fc.record({ title: fc.constantFrom('t1', 't2', 't3'), summary: fc.constantFrom('s1', 's2') }),
  brief: fc.record({ title: fc.constantFrom('t1', 't2'), recipients: fc.subarray(['u:fj', 'u:ph', 'u:vu']) }),
  exhibit: fc.record({ description: fc.constantFrom('d1', 'd2'), condition: fc.constantFrom('c1', 'c2'), custodyCount: fc.integer({ min: 1, max: 3 }), custodyHead: hash }),
  intel: fc.record({ title: fc.constantFrom('t1', 't2'), confidence: fc.constantFrom('low', 'high'), caveats: fc.subarray(['x', 'y', 'z']) }),
};
const STATUSES: Readonly<Record<keyof typeof bodies, readonly string[]>> = {
  case: ['new', 'active', 'closed'],
  brief: ['draft', 'ready', 'withdrawn'],
  exhibit: ['held', 'handed-over', 'destroyed'],
  intel: ['known'],
};

const version = (entity: keyof typeof bodies, n: number) =>
  fc
    .record({
      body: bodies[entity] as fc.Arbitrary<Record<string, unknown>>,
      status: fc.constantFrom(...STATUSES[entity]),
      tlp: fc.constantFrom<Tlp>('GREEN', 'AMBER', 'AMBER+STRICT', 'RED'),
      audience: fc.subarray(['c:LA', 't:op', 'u:la'], { minLength: 1 }),
      ms: fc.integer({ min: 0, max: 3 }),
      author: fc.constantFrom('dev-1', 'dev-2'),
    })
    .map(({ ms, ...rest }): SuarRecord => ({ ...rest, id: 'r', entity, owner: 'la', rev: `rev-${n}`, updatedAt: `000000000000${ms}-0000`, schemaVersion: 1, ref: '', conflicts: [] }));

const entities = Object.keys(bodies) as (keyof typeof bodies)[];
const apart = fc.constantFrom(...entities).chain((entity) => fc.tuple(version(entity, 0), version(entity, 1), version(entity, 2)));

const written = ({ body, status, tlp, audience }: SuarRecord) => canonicalText({ body, status, tlp, audience });
const isEdited = (base: SuarRecord, side: SuarRecord) => written(base) !== written(side);
const fieldOf = (record: SuarRecord, field: string): unknown => (field === 'status' || field === 'tlp' || field === 'audience' ? record[field] : record.body[field]);
const rulesOf = (record: SuarRecord) => ENTITIES[record.entity as EntityName].mergeRules;

describe('guarded fields', () => {
  it('are never merged silently: where both sides edited, a change of one is listed for an officer', () => {
    fc.assert(
      fc.property(apart, fc.boolean(), ([base, a, b], ownsAudience) => {
        fc.pre(isEdited(base, a) && isEdited(base, b));
        const merged = mergeRecords(base, a, b, rulesOf(base), { ownsAudience });
        for (const field of ['tlp', 'status', 'audience', ...Object.keys(base.body)]) {
          if (!guardOf(base.entity, field)) continue;
          const [ours, theirs] = [canonicalText(fieldOf(a, field)), canonicalText(fieldOf(b, field))];
          const listed = merged.conflicts.filter((conflict) => conflict.field === field);
          if (ours === theirs) expect(listed).toEqual([]);
          else expect(listed.map(({ kept, other }) => [canonicalText(kept), canonicalText(other)].sort())).toEqual([[ours, theirs].sort()]);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('leave the safer value in force: the stricter TLP, the narrower audience and recipients, the draft, the earlier grading, all caveats', () => {
    fc.assert(
      fc.property(apart, ([base, a, b]) => {
        fc.pre(isEdited(base, a) && isEdited(base, b));
        const merged = mergeRecords(base, a, b, rulesOf(base), { ownsAudience: true });
        expect(tlpRank(merged.tlp)).toBe(Math.max(tlpRank(a.tlp), tlpRank(b.tlp)));
        const both = a.audience.filter((bucket) => b.audience.includes(bucket));
        if (both.length > 0) expect(new Set(merged.audience)).toEqual(new Set(both));
        if (base.entity === 'brief') {
          if (a.status !== b.status) expect(merged.status).not.toBe('ready');
          for (const unit of merged.body['recipients'] as string[]) for (const side of [a, b]) expect(side.body['recipients']).toContain(unit);
        }
        if (base.entity === 'intel') {
          if (a.body['confidence'] !== b.body['confidence']) expect(merged.body['confidence']).toBe(base.body['confidence']);
          for (const side of [a, b]) for (const caveat of side.body['caveats'] as string[]) expect(merged.body['caveats']).toContain(caveat);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('are taken as they are where only one side has a version of its own, also where the hub granted readers to the other', () => {
    fc.assert(
      fc.property(apart, ([base, a]) => {
        const wider = { ...base, audience: [...new Set([...base.audience, 'u:vu'])].sort() };
        const merged = mergeRecords(base, a, wider, rulesOf(base), { ownsAudience: true });
        expect(merged.conflicts).toEqual([]);
        expect([merged.tlp, merged.status]).toEqual([a.tlp, a.status]);
        expect(merged.audience).toContain('u:vu');
      }),
      { numRuns: 1000 },
    );
  });

  it('merge the same on both devices', () => {
    fc.assert(
      fc.property(apart, fc.boolean(), fc.boolean(), ([base, a, b], hasBase, ownsAudience) => {
        const from = hasBase ? base : undefined;
        expect(canonicalText(mergeRecords(from, a, b, rulesOf(base), { ownsAudience }))).toBe(canonicalText(mergeRecords(from, b, a, rulesOf(base), { ownsAudience })));
      }),
      { numRuns: 2000 },
    );
  });

  it('never narrow the audience on a device the hub would not let do so', () => {
    fc.assert(
      fc.property(apart, ([base, a, b]) => {
        fc.pre(isEdited(base, a) && isEdited(base, b));
        const { audience } = mergeRecords(base, a, b, rulesOf(base));
        for (const bucket of a.audience) if (b.audience.includes(bucket)) expect(audience).toContain(bucket);
        for (const side of [a, b]) for (const bucket of side.audience) if (!base.audience.includes(bucket)) expect(audience).toContain(bucket);
      }),
      { numRuns: 1000 },
    );
  });

  it('cover handling everywhere, custody of exhibits, release coverage of briefs, grading in any kind', () => {
    for (const entity of ENTITY_NAMES) expect([guardOf(entity, 'tlp')?.guards, guardOf(entity, 'audience')?.guards]).toEqual(['handling', 'handling']);
    expect([guardOf('exhibit', 'custodyHead')?.guards, guardOf('exhibit', 'status')?.guards]).toEqual(['custody', 'custody']);
    expect([guardOf('brief', 'recipients')?.guards, guardOf('brief', 'status')?.guards]).toEqual(['handling', 'handling']);
    expect([guardOf('intel', 'reliability')?.guards, guardOf('intel', 'credibility')?.guards]).toEqual(['grading', 'grading']);
    expect([guardOf('case', 'title'), guardOf('case', 'constructor'), guardOf('toString', 'title')]).toEqual([undefined, undefined, undefined]);
  });
});
