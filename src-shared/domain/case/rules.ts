import type { CaseStatus } from '../../schema/case.ts';
import type { MergeRules } from '../record/merge.ts';

/** Observables unite; every other field is one value. */
export const caseMergeRules: MergeRules = { observables: { kind: 'set', keyOf: observableKeyOf } };

/** `kind|key` of an observable, the identity under which two lists of them unite. */
export function observableKeyOf(element: unknown): string {
  const { kind, key } = Object(element) as { kind?: unknown; key?: unknown };
  return `${String(kind)}|${String(key)}`;
}

const NEXT: { readonly [S in CaseStatus]: readonly CaseStatus[] } = {
  new: ['active', 'closed'],
  active: ['waiting', 'closed'],
  waiting: ['active', 'closed'],
  closed: ['active'],
};

/** States a case may go to from `status`. */
export function nextCaseStatuses(status: CaseStatus): readonly CaseStatus[] {
  return NEXT[status];
}
