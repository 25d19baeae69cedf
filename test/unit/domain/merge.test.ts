import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText, mergeRecords, type MergeRules } from '#shared/domain/record/merge.ts';
import type { SuarRecord } from '#shared/schema/record.ts';

const rules: MergeRules = { items: { kind: 'set', keyOf: (element) => String((element as { key?: unknown }).key) } };

const item = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), note: fc.constantFrom('', 'x', 'y', 'z') });
const items = fc.uniqueArray(item, { selector: (i) => i.key, maxLength: 4 });
const body = fc.record({ title: fc.constantFrom('t1', 't2', 't3', 't4'), note: fc.constantFrom('n1', 'n2', 'n3'), items }, { requiredKeys: ['title', 'items'] });
const version = (n: number) =>
  fc
    .record({
      body,
      status: fc.constantFrom('new', 'active', 'closed'),
      tlp: fc.constantFrom('GREEN', 'AMBER', 'RED'),
      audience: fc.subarray(['c:LA', 'u:fj', 'u:la']),
      ms: fc.integer({ min: 0, max: 3 }),
      author: fc.constantFrom('dev-1', 'dev-2'),
    })
    .map(
      ({ ms, ...rest }) => ({ ...rest, id: 'r', entity: 'case', owner: 'la', rev: `rev-${n}`, updatedAt: `000000000000${ms}-0000`, schemaVersion: 1, ref: '', conflicts: [] }) as unknown as SuarRecord,
    );
const triple = fc.tuple(version(0), version(1), version(2));
const maybeBase = fc.tuple(fc.option(version(0), { nil: undefined }), version(1), version(2));
const content = ({ rev: _r, updatedAt: _u, author: _a, ...rest }: SuarRecord) => canonicalText(rest);

/** Every value a side wrote itself: fields and list elements that differ from the base. */
function writes(base: SuarRecord | undefined, side: SuarRecord): string[] {
  const out: string[] = [];
  for (const [field, value] of Object.entries({ ...side.body, status: side.status, tlp: side.tlp })) {
    const before = field === 'status' ? base?.status : field === 'tlp' ? base?.tlp : base?.body[field];
    if (field === 'items') {
      const known = new Set(((before as unknown[] | undefined) ?? []).map(canonicalText));
      for (const element of value as unknown as unknown[]) if (!known.has(canonicalText(element))) out.push(canonicalText(element));
    } else if (canonicalText(before) !== canonicalText(value)) out.push(`${field}=${canonicalText(value)}`);
  }
  return out;
}

/** Every value a record still holds, in force or in a conflict. */
function holds(record: SuarRecord): Set<string> {
  const out = new Set<string>();
  for (const [field, value] of Object.entries({ ...record.body, status: record.status, tlp: record.tlp })) {
    out.add(`${field}=${canonicalText(value)}`);
    if (field === 'items') for (const element of value as unknown as unknown[]) out.add(canonicalText(element));
  }
  for (const conflict of record.conflicts)
    for (const value of [conflict.kept, conflict.other]) {
      out.add(`${conflict.field}=${canonicalText(value)}`);
      if (conflict.field === 'items') out.add(canonicalText(value));
    }
  return out;
}

describe('mergeRecords', () => {
  it('is symmetric: both devices reach the same record', () => {
    fc.assert(
      fc.property(maybeBase, ([base, a, b]) => {
        expect(canonicalText(mergeRecords(base, a, b, rules))).toBe(canonicalText(mergeRecords(base, b, a, rules)));
      }),
      { numRuns: 2000 },
    );
  });

  it('loses nothing either side wrote', () => {
    fc.assert(
      fc.property(maybeBase, ([base, a, b]) => {
        const held = holds(mergeRecords(base, a, b, rules));
        for (const side of [a, b]) for (const written of writes(base, side)) expect(held).toContain(written);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes the only change where one side did nothing, without a conflict', () => {
    fc.assert(
      fc.property(triple, ([base, a]) => {
        const merged = mergeRecords(base, a, { ...base, updatedAt: '0000000000000-0000' }, rules);
        expect(merged.conflicts).toEqual([]);
        expect({ ...merged.body, items: new Set((merged.body['items'] as unknown[]).map(canonicalText)) }).toEqual({ ...a.body, items: new Set((a.body['items'] as unknown[]).map(canonicalText)) });
        expect([merged.status, merged.tlp, merged.audience]).toEqual([a.status, a.tlp, a.audience]);
      }),
      { numRuns: 1000 },
    );
  });

  it('is idempotent: merging a version with itself, or the result again with a side it grew from, changes nothing', () => {
    fc.assert(
      fc.property(triple, ([base, a, b]) => {
        expect(content(mergeRecords(base, a, a, rules))).toBe(content(a));
        const merged = { ...mergeRecords(base, a, b, rules), updatedAt: '0000000000009-0000', rev: 'rev-m' };
        expect(content(mergeRecords(a, merged, a, rules))).toBe(content(merged));
      }),
      { numRuns: 1000 },
    );
  });

  it('converges whatever side merges first, over several rounds', () => {
    fc.assert(
      fc.property(fc.tuple(version(0), version(1), version(2), version(3)), ([base, a, b, c]) => {
        const first = { ...mergeRecords(base, a, b, rules), rev: 'm1', updatedAt: '0000000000005-0000' };
        expect(canonicalText(mergeRecords(base, c, first, rules))).toBe(canonicalText(mergeRecords(base, first, c, rules)));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps both notes of one list element changed on both sides', () => {
    const of = (note: string, ms: number) =>
      ({
        id: 'r',
        entity: 'case',
        owner: 'la',
        audience: [],
        tlp: 'RED',
        status: 'new',
        rev: `r${ms}`,
        updatedAt: `000000000000${ms}-0000`,
        author: 'd',
        schemaVersion: 1,
        ref: '',
        conflicts: [],
        body: { items: [{ key: 'a', note }] },
      }) as unknown as SuarRecord;
    const merged = mergeRecords(of('', 0), of('mine', 1), of('theirs', 2), rules);
    expect(merged.body['items']).toEqual([{ key: 'a', note: 'theirs' }]);
    expect(merged.conflicts).toMatchObject([{ field: 'items', kept: { note: 'theirs' }, other: { note: 'mine' } }]);
  });

  it('drops a conflict one side settled, keeps one nobody did', () => {
    const conflict = { field: 'title', base: 'b', kept: 'k', keptBy: 'd', keptAt: '0000000000001-0000', other: 'o', otherBy: 'e', otherAt: '0000000000001-0000' };
    fc.assert(
      fc.property(triple, ([base, a, b]) => {
        const held = { ...base, conflicts: [conflict] };
        const settled = mergeRecords(held, a, { ...b, conflicts: [conflict] }, rules);
        expect(settled.conflicts.map(canonicalText)).not.toContain(canonicalText(conflict));
        const open = mergeRecords(held, { ...a, conflicts: [conflict] }, { ...b, conflicts: [conflict] }, rules);
        expect(open.conflicts.map(canonicalText)).toContain(canonicalText(conflict));
      }),
      { numRuns: 300 },
    );
  });
});
