import { observableKeyOf } from '../case/rules.ts';
import type { MergeRules } from '../record/merge.ts';

/** Observables and labels unite; every other field is one value. */
export const intelMergeRules: MergeRules = {
  observables: { kind: 'set', keyOf: observableKeyOf },
  labels: { kind: 'set', keyOf: String },
};
