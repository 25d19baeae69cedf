import type { ConflictGroup, FieldValue } from '#shared/domain/record/explain.ts';

/** One party's value of a conflict, for a list that has room for a line each. */
export interface ShortSide {
  readonly id: string;
  readonly role: 'mine' | 'theirs';
  /** Device; undefined where it is not known. */
  readonly by: string | undefined;
  readonly values: readonly FieldValue[];
}

/** The parties to a conflict, this device first; one that left the field as it was has the value before both. */
export function shortSides({ sides }: Pick<ConflictGroup, 'sides'>): ShortSide[] {
  const parties = sides.flatMap(({ id, role, leftBy, by, values }): ShortSide[] => {
    if (role === 'mine' || role === 'theirs') return [{ id, role, by, values }];
    return leftBy === undefined ? [] : [{ id, role: leftBy, by: undefined, values }];
  });
  return [...parties.filter(({ role }) => role === 'mine'), ...parties.filter(({ role }) => role === 'theirs')];
}
