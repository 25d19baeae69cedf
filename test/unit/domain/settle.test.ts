import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caseMergeRules } from '#shared/domain/case/rules.ts';
import { changesBetween, openConflicts } from '#shared/domain/record/explain.ts';
import { canonicalText, mergeRecords } from '#shared/domain/record/merge.ts';
import { conflictsForReaders, settleConflicts } from '#shared/domain/record/settle.ts';
import type { FieldConflict, SuarRecord } from '#shared/schema/record.ts';

const DECIDER = { by: 'dev-3', at: '0000000000009-0000' };
const observable = (key: string, note = '') => ({ kind: 'domain', value: key, key, note });
const record = (body: Record<string, unknown>, over: Partial<SuarRecord> = {}): SuarRecord => ({
  id: 'r',
  entity: 'case',
  owner: 'la',
  audience: ['u:la'],
  tlp: 'AMBER',
  status: 'new',
  rev: 'rev-0',
  updatedAt: '0000000000000-0000',
  author: 'dev-0',
  schemaVersion: 1,
  ref: '',
  conflicts: [],
  body: { title: 'base', summary: '', observables: [], ...body },
  ...over,
});
const mineOf = (body: Record<string, unknown>, over: Partial<SuarRecord> = {}) => record(body, { rev: 'rev-1', author: 'dev-1', updatedAt: '0000000000001-0000', ...over });
const theirsOf = (body: Record<string, unknown>, over: Partial<SuarRecord> = {}) => record(body, { rev: 'rev-2', author: 'dev-2', updatedAt: '0000000000002-0000', ...over });
const merge = (base: SuarRecord, mine: SuarRecord, theirs: SuarRecord) => mergeRecords(base, mine, theirs, caseMergeRules);
const settled = (of: SuarRecord, change: Partial<SuarRecord> | undefined): SuarRecord => ({ ...of, ...change });

describe('what an officer sees of a conflict', () => {
  it('is the value before, his own and the other one, with who, when and how long offline, and which is in force', () => {
    const merged = merge(record({}), mineOf({ title: 'mine' }, { offlineMinutes: 4320 }), theirsOf({ title: 'theirs' }));
    const [group, ...more] = openConflicts(merged, caseMergeRules, 'dev-1');
    expect(more).toEqual([]);
    expect(group).toMatchObject({ fields: ['title'], guards: undefined, isElement: false });
    expect(group?.sides.map(({ role, by, at, offlineMinutes, isInForce, values }) => [role, values[0]?.value, by, at, offlineMinutes, isInForce])).toEqual([
      ['base', 'base', 'dev-0', '0000000000000-0000', undefined, false],
      ['mine', 'mine', 'dev-1', '0000000000001-0000', 4320, false],
      ['theirs', 'theirs', 'dev-2', '0000000000002-0000', undefined, true],
    ]);
    expect(openConflicts(merged, caseMergeRules, 'dev-9')[0]?.sides.map(({ role }) => role)).toEqual(['base', 'theirs', 'theirs']);
  });

  it('names the value in force where it is none of the sides, and lists guarded fields first', () => {
    const merged = merge(record({}), mineOf({ title: 'mine' }, { tlp: 'RED' }), theirsOf({ title: 'theirs' }));
    expect(openConflicts(merged, caseMergeRules, 'dev-1').map(({ fields, guards }) => [fields[0], guards])).toEqual([
      ['tlp', 'handling'],
      ['title', undefined],
    ]);
    expect(openConflicts(merged, caseMergeRules, 'dev-1')[0]?.sides.map(({ role, leftBy, isInForce, values }) => [role, leftBy, isInForce, values[0]?.value])).toEqual([
      ['base', 'theirs', false, 'AMBER'],
      ['mine', undefined, true, 'RED'],
    ]);
    const edited = { ...merged, body: { ...merged.body, title: 'edited since' } };
    expect(openConflicts(edited, caseMergeRules, 'dev-1')[1]?.sides.at(-1)).toMatchObject({ role: 'now', isInForce: true, values: [{ value: 'edited since' }] });
  });

  it('tells of one observable that one side changed and the other took out', () => {
    const base = record({ observables: [observable('a'), observable('b')] });
    const merged = merge(base, mineOf({ observables: [observable('a', 'my note'), observable('b')] }), theirsOf({ observables: [observable('b')] }));
    expect(merged.body['observables']).toEqual([observable('a', 'my note'), observable('b')]);
    const [group] = openConflicts(merged, caseMergeRules, 'dev-1');
    expect(group).toMatchObject({ isElement: true, fields: ['observables'] });
    expect(group?.sides.map(({ role, values }) => [role, values[0]?.value])).toEqual([
      ['base', observable('a')],
      ['mine', observable('a', 'my note')],
      ['theirs', null],
    ]);
    const theirs = group?.sides.find(({ role }) => role === 'theirs')?.decisions ?? [];
    expect(settleConflicts(merged, theirs, caseMergeRules, DECIDER)?.body?.['observables']).toEqual([observable('b')]);
    const before = group?.sides.find(({ role }) => role === 'base')?.decisions ?? [];
    expect(settleConflicts(merged, before, caseMergeRules, DECIDER)?.body?.['observables']).toEqual([observable('a'), observable('b')]);
  });

  it('decides the custody of an exhibit at once, whatever fields an act changed', () => {
    const exhibit = (of: SuarRecord) => ({ ...of, entity: 'exhibit' });
    const base = exhibit(record({ custodyCount: 2, custodyHead: 'h2' }, { status: 'held' }));
    const mine = exhibit(mineOf({ custodyCount: 3, custodyHead: 'h3' }, { status: 'handed-over' }));
    const theirs = exhibit(theirsOf({ custodyCount: 4, custodyHead: 'h4' }, { status: 'held' }));
    const merged = mergeRecords(base, mine, theirs, {});
    expect(merged).toMatchObject({ status: 'handed-over', body: { custodyCount: 4, custodyHead: 'h4' } });
    const [group, ...more] = openConflicts(merged, {}, 'dev-1');
    expect(more).toEqual([]);
    expect([...(group?.fields ?? [])].sort()).toEqual(['custodyCount', 'custodyHead', 'status']);
    const mineToo = group?.sides.find(({ role }) => role === 'mine')?.decisions ?? [];
    expect(settled(merged, settleConflicts(merged, mineToo, {}, DECIDER))).toMatchObject({ status: 'handed-over', body: { custodyCount: 3, custodyHead: 'h3' } });
  });
});

describe('settling', () => {
  it('takes the chosen value, or the officer’s own, and keeps both sides with the decision', () => {
    const merged = merge(record({}), mineOf({ title: 'mine' }, { tlp: 'RED' }), theirsOf({ title: 'theirs' }));
    const [tlp, title] = openConflicts(merged, caseMergeRules, 'dev-1');
    const before = tlp?.sides.find(({ role, values }) => role !== 'mine' && values[0]?.value === 'AMBER')?.decisions ?? [];
    const own = (title?.conflicts ?? []).map((id) => ({ id, value: 'both: mine and theirs' }));
    const done = settled(merged, settleConflicts(merged, [...before, ...own], caseMergeRules, DECIDER));
    expect(done).toMatchObject({ tlp: 'AMBER', body: { title: 'both: mine and theirs' } });
    expect(openConflicts(done, caseMergeRules, 'dev-1')).toEqual([]);
    expect(done.conflicts.find(({ field }) => field === 'title')).toMatchObject({ kept: 'theirs', other: 'mine', settled: { choice: 'own', value: 'both: mine and theirs', ...DECIDER } });
  });

  it('refuses a conflict that is not open, or not there', () => {
    const merged = merge(record({}), mineOf({ title: 'mine' }), theirsOf({ title: 'theirs' }));
    const decisions = openConflicts(merged, caseMergeRules, 'dev-1')[0]?.sides[0]?.decisions ?? [];
    const done = settled(merged, settleConflicts(merged, decisions, caseMergeRules, DECIDER));
    expect(settleConflicts(done, decisions, caseMergeRules, DECIDER)).toBeUndefined();
    expect(settleConflicts(merged, [...decisions, { id: 'nope', value: 'x' }], caseMergeRules, DECIDER)).toBeUndefined();
    expect(settleConflicts(merged, [], caseMergeRules, DECIDER)).toBeUndefined();
  });

  it('survives another merge: a decision of one side stands, the later of two stands, and nothing is ever dropped while it is open', () => {
    const merged = merge(record({}), mineOf({ title: 'mine' }), theirsOf({ title: 'theirs' }));
    const before = { ...merged, rev: 'rev-3', updatedAt: '0000000000003-0000' };
    const [group] = openConflicts(before, caseMergeRules, 'dev-1');
    const decide = (role: string, at: string, by: string): SuarRecord => ({
      ...settled(before, settleConflicts(before, group?.sides.find((side) => side.role === role)?.decisions ?? [], caseMergeRules, { by, at })),
      rev: `rev-${by}`,
      author: by,
      updatedAt: at,
    });
    const mine = decide('mine', '0000000000005-0000', 'dev-1');
    const other = { ...before, rev: 'rev-4', updatedAt: '0000000000004-0000', author: 'dev-4', body: { ...before.body, summary: 'more' } };
    const once = merge(before, mine, other);
    expect(once.body).toMatchObject({ title: 'mine', summary: 'more' });
    expect(once.conflicts).toMatchObject([{ settled: { by: 'dev-1' } }]);
    const base = decide('base', '0000000000006-0000', 'dev-2');
    const twice = merge(before, mine, base);
    expect(twice.conflicts.filter((conflict) => conflict.settled)).toMatchObject([{ settled: { by: 'dev-2', choice: 'base' } }]);
    expect(twice.conflicts.filter((conflict) => !conflict.settled)).toMatchObject([{ field: 'title', kept: 'base', other: 'mine' }]);
    const conflict = merged.conflicts[0] as FieldConflict;
    const many = Array.from({ length: 140 }, (_, n): FieldConflict => ({ ...conflict, field: `f${n}`, ...(n % 2 === 0 ? { settled: { choice: 'base', ...DECIDER } } : {}) }));
    const crowded = merge({ ...before, conflicts: many }, { ...mine, conflicts: many }, { ...other, conflicts: many });
    expect(crowded.conflicts).toHaveLength(100);
    expect(crowded.conflicts.filter(({ settled: done }) => !done)).toHaveLength(70);
  });

  it('of every conflict there can be leaves the chosen value in force and both sides in the record', () => {
    const bodies = fc.record({
      title: fc.constantFrom('a', 'b', 'c'),
      summary: fc.constantFrom('', 'x', 'y'),
      observables: fc.uniqueArray(
        fc.constantFrom('p', 'q', 'r').chain((key) => fc.constantFrom('', '1', '2').map((note) => observable(key, note))),
        { selector: ({ key }) => key },
      ),
    });
    const tlps = fc.constantFrom<SuarRecord['tlp']>('GREEN', 'AMBER', 'RED');
    fc.assert(
      fc.property(bodies, bodies, bodies, tlps, tlps, tlps, fc.nat({ max: 2 }), (b, m, o, bt, mt, ot, pick) => {
        const merged = merge(record(b, { tlp: bt }), mineOf(m, { tlp: mt }), theirsOf(o, { tlp: ot }));
        const groups = openConflicts(merged, caseMergeRules, 'dev-1');
        const chosen = groups.map((group) => group.sides[pick % group.sides.length]);
        const decisions = chosen.flatMap((side) => side?.decisions ?? []);
        if (decisions.length === 0) return;
        const done = settled(merged, settleConflicts(merged, decisions, caseMergeRules, DECIDER));
        expect(openConflicts(done, caseMergeRules, 'dev-1')).toEqual([]);
        expect(done.conflicts.map(({ settled: _s, ...conflict }) => conflict)).toEqual(merged.conflicts);
        for (const side of chosen) {
          for (const { field, value } of side?.values ?? []) {
            if (field === 'tlp') expect(done.tlp).toBe(value);
            else if (field !== 'observables') expect(done.body[field]).toBe(value);
            else if (value !== null) expect(done.body['observables']).toContainEqual(value);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what new readers get', () => {
  const conflict: FieldConflict = { field: 'title', base: 'b', kept: 'k', keptBy: 'dev-1', keptAt: '0000000000001-0000', other: 'o', otherBy: 'dev-2', otherAt: '0000000000002-0000' };
  const held = record({}, { entity: 'brief', status: 'draft', conflicts: [conflict, { ...conflict, field: 'lang', settled: { choice: 'kept', ...DECIDER } }] });

  it('is nothing that was decided against: not who joins, and not who reads a brief abroad', () => {
    expect(conflictsForReaders(held, held)).toHaveLength(2);
    expect(conflictsForReaders(held, { ...held, audience: [] })).toHaveLength(2);
    expect(conflictsForReaders(held, { ...held, audience: ['t:op', 'u:la'] })).toEqual([conflict]);
    expect(conflictsForReaders(held, { ...held, status: 'ready' })).toEqual([conflict]);
    expect(conflictsForReaders(held, { ...held, entity: 'case', status: 'active' })).toHaveLength(2);
  });
});

describe('what a version changed', () => {
  it('is told field by field, and of a list element by element', () => {
    const before = record({ observables: [observable('a'), observable('b'), observable('c')], due: '2026-12-01' });
    const after = theirsOf({ title: 'new', observables: [observable('a'), observable('c', 'note'), observable('d')] }, { tlp: 'RED', audience: ['t:op', 'u:la'] });
    expect(changesBetween(before, after, caseMergeRules)).toEqual([
      { field: 'tlp', before: 'AMBER', after: 'RED' },
      { field: 'audience', before: ['u:la'], after: ['t:op', 'u:la'], elements: { added: ['t:op'], removed: [], changed: [] } },
      { field: 'title', before: 'base', after: 'new' },
      {
        field: 'observables',
        before: before.body['observables'],
        after: after.body['observables'],
        elements: { added: [observable('d')], removed: [observable('b')], changed: [{ before: observable('c'), after: observable('c', 'note') }] },
      },
      { field: 'due', before: '2026-12-01', after: null },
    ]);
    expect(changesBetween(before, before, caseMergeRules)).toEqual([]);
    expect(canonicalText(changesBetween(after, after, {}))).toBe('[]');
  });
});
