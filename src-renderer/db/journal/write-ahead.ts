import { JOURNALED, type Journaled, type JournalRow, type JournalService, type JournalState } from '#shared/contract/journal.ts';
import type { RpcPeer } from '#shared/contract/rpc.ts';

/** The journal in main, over its port. */
export type JournalPeer = Pick<RpcPeer<JournalService & { readonly requests: Record<string, never>; readonly streams: Record<string, never> }>, 'request'>;

/** Puts every write of a journaled collection into the journal before it is made. */
export interface WriteAhead {
  readonly peer: JournalPeer;
  /** How the journal was found when the profile was unlocked. */
  readonly state: JournalState;
  /**
   * Appends `rows`, in the order of the calls, and resolves when they are on disk. The caller then writes the store, stamped
   * with `sequence`, and calls `done` with the ids the store did not take; its acknowledgement waits for that.
   */
  readonly append: (collection: Journaled, rows: readonly JournalRow[]) => Promise<{ readonly sequence: number; readonly done: (refused: readonly string[]) => Promise<void> }>;
  /** Nothing is in doubt any more; call when every write has ended. */
  readonly closed: () => Promise<void>;
}

/** Whether the journal covers `collection`. */
export function isJournaled(collection: string): collection is Journaled {
  return JOURNALED.some((name) => name === collection);
}

/** Connects writes to the journal behind `peer`, found in `state`. */
export function createWriteAhead(peer: JournalPeer, state: JournalState): WriteAhead {
  const outstanding = new Set<number>();
  let last = state.sequence;
  // Answers come in the order of the writes, so nothing below the oldest outstanding one is still to come.
  const applied = () => (outstanding.size === 0 ? last : Math.min(...outstanding) - 1);
  return {
    peer,
    state,
    append: async (collection, rows) => {
      const sequence = await peer.request('append', { collection, rows: [...rows], applied: applied() });
      outstanding.add(sequence);
      last = sequence;
      return {
        sequence,
        done: async (refused) => {
          if (refused.length > 0) await peer.request('void', { collection, write: sequence, ids: [...refused] });
          outstanding.delete(sequence);
        },
      };
    },
    closed: () => peer.request('closed', { applied: applied() }),
  };
}
