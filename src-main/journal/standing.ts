import { EMPTY_SET, type SetDigest } from '#shared/base/set-digest.ts';
import { afterRow, type Journaled, type JournalRow, type WriteInDoubt } from '#shared/contract/journal.ts';
import type { Entry, Standing } from './entries.ts';

/** A journal without a write. */
export const NO_STANDING: Standing = { sequence: 0, applied: 0, generation: 0, resync: false, remake: false, restock: false, digests: { record: EMPTY_SET, local: EMPTY_SET } };

/** The standing, and the writes that may be missing in the store, oldest first. */
export interface Fold {
  readonly standing: Standing;
  readonly inDoubt: readonly WriteInDoubt[];
}

function withDigest(standing: Standing, collection: Journaled, rows: readonly JournalRow[], sign: 1 | -1): Standing {
  const digest = rows.reduce<SetDigest>((sum, row) => afterRow(sum, row, sign), standing.digests[collection]);
  return { ...standing, digests: { ...standing.digests, [collection]: digest } };
}

function settledUpTo(inDoubt: readonly WriteInDoubt[], applied: number): readonly WriteInDoubt[] {
  return inDoubt.some(({ write }) => write <= applied) ? inDoubt.filter(({ write }) => write > applied) : inDoubt;
}

/** What the journal says after `entry`; pure, so that reading a file and writing it cannot come apart. */
export function foldEntry({ standing, inDoubt }: Fold, entry: Entry): Fold {
  switch (entry.t) {
    case 'write': {
      const next = withDigest({ ...standing, sequence: entry.n, applied: Math.max(standing.applied, entry.a) }, entry.c, entry.r, 1);
      return { standing: next, inDoubt: [...settledUpTo(inDoubt, next.applied), { write: entry.n, collection: entry.c, rows: entry.r }] };
    }
    case 'void': {
      const gone = new Set(entry.i);
      const write = inDoubt.find((each) => each.write === entry.w && each.collection === entry.c);
      if (write === undefined) return { standing, inDoubt };
      const taken = write.rows.filter(({ id }) => gone.has(id));
      const rest = inDoubt.map((each) => (each === write ? { ...each, rows: each.rows.filter(({ id }) => !gone.has(id)) } : each));
      return { standing: withDigest(standing, entry.c, taken, -1), inDoubt: rest };
    }
    case 'closed':
      return { standing: { ...standing, applied: Math.max(standing.applied, entry.a) }, inDoubt: settledUpTo(inDoubt, entry.a) };
    case 'resynced':
      return { standing: { ...standing, resync: false }, inDoubt };
    case 'remake':
      return { standing: { ...standing, remake: true }, inDoubt };
    case 'restock':
      return { standing: { ...standing, restock: true }, inDoubt };
    case 'head':
    case 'end':
      return { standing: entry.standing, inDoubt };
    case 'kept':
    case 'settled':
      return { standing, inDoubt };
  }
}
