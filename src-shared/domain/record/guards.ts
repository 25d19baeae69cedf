import { TLP } from '../../schema/record.ts';

/** Why two devices' changes of a field are never merged without an officer. */
export type GuardClass = 'custody' | 'grading' | 'handling';

/**
 * Which value is in force until an officer has decided: the strictest of a scale (given least strict first), of a list only what both sides have or all of
 * it, the value before both, or the newest (what has happened to an exhibit has happened).
 */
export type Hold = { readonly kind: 'strictest'; readonly scale: readonly string[] } | { readonly kind: 'common' | 'united' | 'before' | 'newest' };

/** A guarded field. */
export interface Guard {
  readonly guards: GuardClass;
  readonly hold: Hold;
}

const custody: Guard = { guards: 'custody', hold: { kind: 'newest' } };
const grading: Guard = { guards: 'grading', hold: { kind: 'before' } };
const handling = (hold: Hold): Guard => ({ guards: 'handling', hold });

/** Guarded in every kind of record that has the field. */
const EVERYWHERE: Readonly<Record<string, Guard>> = {
  tlp: handling({ kind: 'strictest', scale: TLP }),
  audience: handling({ kind: 'common' }),
  caveats: handling({ kind: 'united' }),
  legalStatus: handling({ kind: 'before' }),
  legalBasis: handling({ kind: 'before' }),
  purpose: handling({ kind: 'before' }),
  grading,
  reliability: grading,
  credibility: grading,
  confidence: grading,
};

/** Guarded in one kind of record. */
const IN_ENTITY: Readonly<Record<string, Readonly<Record<string, Guard>>>> = {
  // a brief marked ready may be signed as it stands: with a statement its author did not know, it is a draft again
  brief: { status: handling({ kind: 'strictest', scale: ['ready', 'draft', 'withdrawn'] }), recipients: handling({ kind: 'common' }) },
  exhibit: {
    status: custody,
    number: custody,
    receivedFrom: custody,
    condition: custody,
    place: custody,
    seizedOn: custody,
    custodyCount: custody,
    custodyHead: custody,
    checkedAt: custody,
    checked: custody,
  },
};

/** The guard of a field of the body or the envelope, or undefined where it merges by the entity's own rules. See docs/adr/0023. */
export function guardOf(entity: string, field: string): Guard | undefined {
  const own = IN_ENTITY[entity];
  if (own !== undefined && Object.hasOwn(own, field)) return own[field];
  return Object.hasOwn(EVERYWHERE, field) ? EVERYWHERE[field] : undefined;
}
