import custodyActs from '../../../resources/codelists/custody-act.json' with { type: 'json' };
import type { CustodyClaim } from '#shared/schema/custody.ts';

/** Acts with a sentence of their own; one of a newer version is named by its code. */
const SENTENCES = [
  'received',
  'sealed',
  'opened',
  'examined',
  'copied',
  'moved',
  'handed-over',
  'verified',
  'found-damaged',
  'exported',
  'returned',
  'destroyed',
  'copy-given',
  'copy-received',
  'copy-stopped',
] as const;
export type KnownAct = (typeof SENTENCES)[number];

/** Acts an officer records by hand; the others are written by Suar when it does them. */
export type ManualAct = Exclude<KnownAct, 'sealed' | 'verified' | 'found-damaged' | 'exported' | 'copy-given' | 'copy-received' | 'copy-stopped'>;
const BY_HAND: readonly ManualAct[] = ['received', 'opened', 'examined', 'copied', 'moved', 'handed-over', 'returned', 'destroyed'];

/** Parties an act cannot be told without. */
const NEEDS: Readonly<Partial<Record<KnownAct, readonly ('from' | 'to')[]>>> = { received: ['from'], moved: ['from', 'to'], 'handed-over': ['from', 'to'], returned: ['to'] };

/** The act, where this version has a sentence for it. */
export function knownAct(act: CustodyClaim['act']): KnownAct | undefined {
  return SENTENCES.find((known) => known === act);
}

/** Acts an officer records by hand, in the order of the code list. */
export const MANUAL_ACTS: readonly ManualAct[] = custodyActs.codes.flatMap((code) => BY_HAND.find((act) => act === code) ?? []);

/** Whether an act needs to name that party. */
export function needsParty(act: KnownAct, party: 'from' | 'to'): boolean {
  return NEEDS[act]?.includes(party) ?? false;
}
