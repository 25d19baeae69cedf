import { describe, expect, it } from 'vitest';
import { caseMergeRules } from '#shared/domain/case/rules.ts';
import { openConflicts } from '#shared/domain/record/explain.ts';
import type { FieldConflict } from '#shared/schema/record.ts';
import { shortSides } from '../../../src-renderer/features/sync/short-sides.ts';
import { caseBody, recordEnvelope } from '../../factories/records.ts';

const AT = '0001763712000-0000';
const TITLE: FieldConflict = { field: 'title', base: 'before', baseBy: 'x', baseAt: AT, kept: 'b', keptBy: 'other', keptAt: AT, other: 'c', otherBy: 'self', otherAt: AT };
const sidesOf = (conflict: FieldConflict, body: object = {}) => {
  const record = { ...recordEnvelope(1), entity: 'case', conflicts: [conflict], body: caseBody(body) };
  return openConflicts(record, caseMergeRules, 'self').flatMap((group) => shortSides(group).map(({ role, by, values }) => [role, by, values[0]?.value]));
};

describe('a conflict in short', () => {
  it('tells this device first, then the other one, and neither the value before both nor the one in force', () => {
    expect(sidesOf(TITLE)).toEqual([
      ['mine', 'self', 'c'],
      ['theirs', 'other', 'b'],
    ]);
  });

  it('gives a side that left the field as it was the value before both', () => {
    expect(sidesOf({ ...TITLE, other: 'before' })).toEqual([
      ['mine', undefined, 'before'],
      ['theirs', 'other', 'b'],
    ]);
  });

  it('tells both devices where neither is this one', () => {
    expect(sidesOf({ ...TITLE, otherBy: 'third' }).map(([role, by]) => [role, by])).toEqual([
      ['theirs', 'third'],
      ['theirs', 'other'],
    ]);
  });
});
