import type { FieldConflict, SuarRecord } from '../../schema/record.ts';
import { guardOf, type GuardClass } from './guards.ts';
import { canonicalText, type MergeRules } from './merge.ts';
import { conflictIdOf, elementKeyOf, type Decision } from './settle.ts';

/** A value of a field, or of one element of it. */
export interface FieldValue {
  readonly field: string;
  /** Null where there is none, or where the element is not in the list. */
  readonly value: unknown;
}

/** One value an officer may choose: before both, of this device, of another one, or the one in force where it is none of these. */
export interface ConflictSide {
  readonly role: 'base' | 'mine' | 'theirs' | 'now';
  /** Names the value inside its group. */
  readonly id: string;
  /** Device and clock reading; undefined where it is not known. */
  readonly by: string | undefined;
  readonly at: string | undefined;
  readonly offlineMinutes: number | undefined;
  /** One, or several where fields are decided together. */
  readonly values: readonly FieldValue[];
  readonly isInForce: boolean;
  /** Of the value before both: the side that left it as it was. */
  readonly leftBy: 'mine' | 'theirs' | undefined;
  /** What choosing it decides. */
  readonly decisions: readonly Decision[];
}

/** What an officer decides at once: a field, an element of a list, or everything one act changed in the custody of an exhibit. */
export interface ConflictGroup {
  readonly id: string;
  readonly fields: readonly string[];
  readonly guards: GuardClass | undefined;
  /** It is about one element of a list. */
  readonly isElement: boolean;
  readonly sides: readonly ConflictSide[];
  /** Ids of the conflicts, for a decision of the officer's own. */
  readonly conflicts: readonly string[];
}

/** The open conflicts of a record as an officer decides them, the guarded ones first. @param self the device he works on. */
export function openConflicts(record: SuarRecord, rules: MergeRules, self: string): ConflictGroup[] {
  const groups = new Map<string, FieldConflict[]>();
  for (const conflict of record.conflicts.filter(({ settled }) => !settled)) {
    const isCustody = guardOf(record.entity, conflict.field)?.guards === 'custody';
    const id = isCustody ? `custody ${conflict.keptAt} ${conflict.otherAt}` : `${conflict.field} ${elementKeyOf(conflict, rules) ?? ''}`;
    groups.set(id, [...(groups.get(id) ?? []), conflict]);
  }
  const out = [...groups].map(([id, conflicts]) => toGroup(id, conflicts, record, rules, self));
  return [...out.filter(({ guards }) => guards), ...out.filter(({ guards }) => !guards)];
}

type Party = 'base' | 'kept' | 'other';
type Stamp = Pick<ConflictSide, 'role' | 'by' | 'at' | 'offlineMinutes'>;

function toGroup(id: string, conflicts: readonly FieldConflict[], record: SuarRecord, rules: MergeRules, self: string): ConflictGroup {
  const fields = [...new Set(conflicts.map(({ field }) => field))];
  const now = fields.map((field) => ({
    field,
    value: valueInForce(
      record,
      conflicts.find((conflict) => conflict.field === field),
      rules,
    ),
  }));
  const sides = new Map<string, ConflictSide>();
  const add = (values: readonly FieldValue[], side: Stamp): void => {
    const text = canonicalText(values);
    const same = sides.get(text);
    if (same?.role === 'base' && (side.role === 'mine' || side.role === 'theirs')) sides.set(text, { ...same, leftBy: side.role });
    if (same) return;
    const valueOf = new Map(values.map(({ field, value }) => [field, value]));
    const decisions = conflicts.map((conflict) => ({ id: conflictIdOf(conflict, rules), value: valueOf.get(conflict.field) ?? null }));
    sides.set(text, { ...side, id: text, values, isInForce: text === canonicalText(now), leftBy: undefined, decisions });
  };
  const order: readonly Party[] = conflicts.some(({ keptBy }) => keptBy === self) ? ['base', 'kept', 'other'] : ['base', 'other', 'kept'];
  // fields decided together come from one merge; several merges of one field give more values to choose from
  const rounds = fields.length > 1 ? [conflicts] : conflicts.map((conflict) => [conflict]);
  for (const round of rounds) for (const party of order) if (party !== 'base' || round[0]?.baseBy !== undefined) add(valuesOf(round, party), stampOf(round[0], party, self));
  add(now, { role: 'now', by: undefined, at: undefined, offlineMinutes: undefined });
  const rank = (side: ConflictSide) => ['base', 'mine', 'theirs', 'now'].indexOf(side.role);
  const first = conflicts[0];
  return {
    id,
    fields,
    guards: guardOf(record.entity, fields[0] ?? '')?.guards,
    isElement: first !== undefined && elementKeyOf(first, rules) !== undefined,
    sides: [...sides.values()].sort((a, b) => rank(a) - rank(b)),
    conflicts: conflicts.map((conflict) => conflictIdOf(conflict, rules)),
  };
}

function valuesOf(conflicts: readonly FieldConflict[], party: Party): FieldValue[] {
  return conflicts.map((conflict) => ({ field: conflict.field, value: conflict[party] ?? null }));
}

function stampOf(conflict: FieldConflict | undefined, party: Party, self: string): Stamp {
  if (party === 'base') return { role: 'base', by: conflict?.baseBy, at: conflict?.baseAt, offlineMinutes: undefined };
  const [by, at, offlineMinutes] = party === 'kept' ? [conflict?.keptBy, conflict?.keptAt, conflict?.keptOffline] : [conflict?.otherBy, conflict?.otherAt, conflict?.otherOffline];
  return { role: by === self ? 'mine' : 'theirs', by, at, offlineMinutes };
}

/** The value of a field of the body or the envelope. */
function fieldOf(record: SuarRecord, field: string): unknown {
  return field === 'status' || field === 'tlp' || field === 'audience' ? record[field] : record.body[field];
}

function valueInForce(record: SuarRecord, conflict: FieldConflict | undefined, rules: MergeRules): unknown {
  if (!conflict) return null;
  const value = fieldOf(record, conflict.field);
  const key = elementKeyOf(conflict, rules);
  const rule = rules[conflict.field];
  if (key === undefined || rule?.kind !== 'set') return value ?? null;
  return (Array.isArray(value) ? value : []).find((element) => rule.keyOf(element) === key) ?? null;
}

/** What one version changed in a field; of a list that merges by keys, element by element. */
export interface FieldChange {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly elements?: { readonly added: readonly unknown[]; readonly removed: readonly unknown[]; readonly changed: readonly { readonly before: unknown; readonly after: unknown }[] };
}

/** The fields of body and envelope that differ between two versions, in the order of the body. */
export function changesBetween(before: SuarRecord, after: SuarRecord, rules: MergeRules): FieldChange[] {
  const fields = new Set(['tlp', 'status', 'audience', ...Object.keys(before.body), ...Object.keys(after.body)]);
  return [...fields].flatMap((field) => {
    const [b, a] = [fieldOf(before, field), fieldOf(after, field)];
    if (canonicalText(b) === canonicalText(a)) return [];
    const rule = rules[field] ?? (field === 'audience' ? { kind: 'set' as const, keyOf: String } : undefined);
    return [{ field, before: b ?? null, after: a ?? null, ...(rule?.kind === 'set' ? { elements: elementChanges(b, a, rule.keyOf) } : {}) }];
  });
}

function elementChanges(before: unknown, after: unknown, keyOf: (element: unknown) => string): NonNullable<FieldChange['elements']> {
  const byKey = (list: unknown) => new Map((Array.isArray(list) ? list : []).map((element: unknown) => [keyOf(element), element]));
  const [b, a] = [byKey(before), byKey(after)];
  const both = [...a].flatMap(([key, element]) => (b.has(key) ? [{ before: b.get(key), after: element }] : []));
  return {
    added: [...a].flatMap(([key, element]) => (b.has(key) ? [] : [element])),
    removed: [...b].flatMap(([key, element]) => (a.has(key) ? [] : [element])),
    changed: both.filter((pair) => canonicalText(pair.before) !== canonicalText(pair.after)),
  };
}

/** A version of a record as the history shows it. */
export interface RecordVersion {
  readonly record: SuarRecord;
  /** Token of the version its author had before; undefined where this device does not know. */
  readonly grewFrom: string | undefined;
  /** Token of the other version it joined, where it is a merge. */
  readonly joined: string | undefined;
}
