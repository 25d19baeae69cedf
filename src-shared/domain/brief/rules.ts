import type { BriefStatus } from '../../schema/brief.ts';
import type { MergeRules } from '../record/merge.ts';

/** Statements unite by their id, recipients by the bucket. */
export const briefMergeRules: MergeRules = {
  statements: { kind: 'set', keyOf: (element) => String((Object(element) as { id?: unknown }).id) },
  recipients: { kind: 'set', keyOf: String },
};

/** A brief may be edited while it is a draft and no release covers it: a released version never changes, a correction is a new brief. */
export function canEditBrief(status: BriefStatus, released: boolean): boolean {
  return status === 'draft' && !released;
}

/** States a brief may go to. */
export function nextBriefStatuses(status: BriefStatus, released: boolean): readonly BriefStatus[] {
  if (released) return [];
  return status === 'draft' ? ['ready', 'withdrawn'] : status === 'ready' ? ['draft', 'withdrawn'] : ['draft'];
}
