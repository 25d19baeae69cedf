import type { FieldConflict, Settled, SuarRecord, Tlp } from '../../schema/record.ts';
import { TLP } from '../../schema/record.ts';
import { guardOf } from './guards.ts';
import { canonicalText, type MergeRules } from './merge.ts';

/** What an officer decides about one conflict. */
export interface Decision {
  /** From {@link conflictIdOf}. */
  readonly id: string;
  /** The value that is in force from now on; null takes an element out of a list and empties an optional field. */
  readonly value: unknown;
}

/** Who decides, and when (a clock reading). */
export interface Decider {
  readonly by: string;
  readonly at: string;
}

/** Key of the list element a conflict is about; undefined where it is about the whole field. */
export function elementKeyOf({ field, kept, other, base }: Pick<FieldConflict, 'field' | 'kept' | 'other' | 'base'>, rules: MergeRules): string | undefined {
  const rule = rules[field];
  const element = kept ?? other ?? base;
  return rule?.kind === 'set' && element !== null && element !== undefined && !Array.isArray(element) ? rule.keyOf(element) : undefined;
}

/** What tells a conflict from the others of its record, on every device. */
export function conflictIdOf(conflict: FieldConflict, rules: MergeRules): string {
  const { field, keptAt, keptBy, otherAt, otherBy } = conflict;
  return [field, elementKeyOf(conflict, rules) ?? '', keptAt, keptBy, otherAt, otherBy].join(' ');
}

/** The part of a record that changes when an officer settles conflicts; undefined where one of them is not open. The conflicts stay, with the decision. */
export function settleConflicts(record: SuarRecord, decisions: readonly Decision[], rules: MergeRules, { by, at }: Decider): Partial<SuarRecord> | undefined {
  const valueById = new Map(decisions.map(({ id, value }) => [id, value]));
  const isDecided = (conflict: FieldConflict): boolean => !conflict.settled && valueById.has(conflictIdOf(conflict, rules));
  const decided = record.conflicts.filter(isDecided);
  if (decided.length === 0 || new Set(decided.map((conflict) => conflictIdOf(conflict, rules))).size < valueById.size) return undefined;
  const conflicts = record.conflicts.map((conflict) => (isDecided(conflict) ? { ...conflict, settled: { ...choiceOf(conflict, valueById.get(conflictIdOf(conflict, rules))), by, at } } : conflict));
  return decided.reduce<Partial<SuarRecord>>((change, conflict) => ({ ...change, ...withValue({ ...record, ...change }, conflict, valueById.get(conflictIdOf(conflict, rules)), rules) }), {
    conflicts,
  });
}

/**
 * The conflicts of an edit's result that its readers may have. New readers, and a brief on its way to a release, get what is in force and not what was decided
 * against; the history of the devices that had it keeps both.
 */
export function conflictsForReaders(before: SuarRecord, after: SuarRecord): FieldConflict[] {
  const isWider = after.audience.some((bucket) => !before.audience.includes(bucket));
  const hold = guardOf(after.entity, 'status')?.hold;
  // the least strict state of a guarded scale is the one in which a record may leave
  const mayLeave = hold?.kind === 'strictest' && after.status === hold.scale[0];
  return isWider || mayLeave ? after.conflicts.filter(({ settled }) => !settled) : after.conflicts;
}

/** Which side the value is of. */
function choiceOf({ kept, other, base }: FieldConflict, value: unknown): Pick<Settled, 'choice' | 'value'> {
  const text = canonicalText(value);
  if (text === canonicalText(kept)) return { choice: 'kept' };
  if (text === canonicalText(other)) return { choice: 'other' };
  return text === canonicalText(base) ? { choice: 'base' } : { choice: 'own', value };
}

function withValue(record: SuarRecord, conflict: FieldConflict, value: unknown, rules: MergeRules): Partial<SuarRecord> {
  const { field } = conflict;
  if (field === 'status') return { status: String(value) };
  if (field === 'tlp') return { tlp: TLP.find((label: Tlp) => label === value) ?? record.tlp };
  if (field === 'audience') return { audience: Array.isArray(value) ? value.map(String) : record.audience };
  const key = elementKeyOf(conflict, rules);
  const rule = rules[field];
  if (key !== undefined && rule?.kind === 'set') return { body: { ...record.body, [field]: withElement(record.body[field], key, value, rule.keyOf) } };
  if (value !== null) return { body: { ...record.body, [field]: value } };
  return { body: Object.fromEntries(Object.entries(record.body).filter(([name]) => name !== field)) };
}

/** The list with the element in its place, at the end where it is not in the list, or without it where it is null. */
function withElement(list: unknown, key: string, element: unknown, keyOf: (element: unknown) => string): unknown[] {
  const elements: readonly unknown[] = Array.isArray(list) ? list : [];
  const at = elements.findIndex((other) => keyOf(other) === key);
  if (element === null) return elements.filter((_, i) => i !== at);
  return at < 0 ? [...elements, element] : elements.with(at, element);
}
