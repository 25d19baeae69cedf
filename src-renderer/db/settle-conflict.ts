import type { MergeRules } from '#shared/domain/record/merge.ts';
import type { FieldConflict, SuarRecord } from '#shared/schema/record.ts';
import { TLP, type Tlp } from '#shared/schema/record.ts';

/** What an officer decides about a conflict: the value in force stays, or the other one takes its place. */
export type ConflictChoice = 'kept' | 'other';

/**
 * The part of a record that changes when an officer settles one conflict of `field`: the first listed,
 * or the one whose other value dates from `otherAt`. Undefined where there is no such conflict.
 */
export function settleConflict(record: SuarRecord, field: string, choice: ConflictChoice, rules: MergeRules, otherAt?: string): Partial<SuarRecord> | undefined {
  const conflict = record.conflicts.find((c) => c.field === field && (otherAt === undefined || c.otherAt === otherAt));
  if (conflict === undefined) return undefined;
  const conflicts = record.conflicts.filter((c) => c !== conflict);
  return choice === 'kept' ? { conflicts } : { ...withOther(record, conflict, rules), conflicts };
}

function withOther(record: SuarRecord, { field, other }: FieldConflict, rules: MergeRules): Partial<SuarRecord> {
  if (field === 'status' && typeof other === 'string') return { status: other };
  if (field === 'tlp' && TLP.includes(other as Tlp)) return { tlp: other as SuarRecord['tlp'] };
  const rule = rules[field];
  if (rule?.kind === 'set' && !Array.isArray(other)) {
    const list = Array.isArray(record.body[field]) ? (record.body[field] as unknown[]) : [];
    const key = rule.keyOf(other);
    return { body: { ...record.body, [field]: [...list.filter((element) => rule.keyOf(element) !== key), other] } };
  }
  if (other !== null) return { body: { ...record.body, [field]: other } };
  return { body: Object.fromEntries(Object.entries(record.body).filter(([name]) => name !== field)) };
}
