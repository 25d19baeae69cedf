import type { BackupService } from '#shared/contract/backup.ts';
import { JOURNALED, packRows, type Journaled, type JournalRequest, type JournalRow, type JournalService, type JournalState } from '#shared/contract/journal.ts';
import type { RpcPeer } from '#shared/contract/rpc.ts';

/** The journal in main, over its port. */
export type JournalPeer = Pick<RpcPeer<JournalService & BackupService & { readonly requests: Record<string, never>; readonly streams: Record<string, never> }>, 'request'>;

/** A write that is in the journal. */
export interface JournaledWrite {
  /** The number its rows are stamped with. */
  readonly sequence: number;
  /**
   * The store made it, but for the ids it did not take; those are taken back in the journal, at the latest before its next entry, because a
   * disk that is full may not take that either. Not flushed yet: see {@link WriteAhead.flushed}.
   */
  readonly done: (refused: readonly string[]) => Promise<void>;
}

/** Puts every write of a journaled collection into the journal before it is made. */
export interface WriteAhead {
  readonly peer: JournalPeer;
  /** How the journal was found when the profile was unlocked. */
  readonly state: JournalState;
  /** Appends `rows`, in the order of the calls; resolves when they are on disk. The caller then writes the store and calls `done`. */
  readonly append: (collection: Journaled, rows: readonly JournalRow[]) => Promise<JournaledWrite>;
  /** Numbers of the writes of `collection` the store made and may still lose in a power cut; not those of which something is still to be taken back. */
  readonly unflushed: (collection: Journaled) => readonly number[];
  /** The store flushed these: they are in doubt no more. */
  readonly flushed: (writes: readonly number[]) => void;
  /** A place where a lab may end the application. */
  readonly crashPoint: (name: string) => Promise<void>;
  /** Tells the journal what is flushed; call when every write has ended. */
  readonly closed: () => Promise<void>;
}

/** Whether the journal covers `collection`. */
export function isJournaled(collection: string): collection is Journaled {
  return JOURNALED.some((name) => name === collection);
}

/** A named place where a lab ends the application, to see what a power cut there would leave; `state` says which. */
export function createCrashPoint(peer: JournalPeer, { crashAt }: JournalState): (name: string) => Promise<void> {
  return async (name) => {
    if (name === crashAt) await peer.request('crash', { at: name });
  };
}

/** Connects writes to the journal behind `peer`, found in `state`. */
export function createWriteAhead(peer: JournalPeer, state: JournalState): WriteAhead {
  /** Not flushed yet; whether the store made it, by number. What was in doubt is made when the store is opened (settle-doubt.ts), and not flushed by that. */
  const open = new Map<number, { readonly collection: Journaled; made: boolean }>(state.inDoubt.map(({ write, collection }) => [write, { collection, made: true }]));
  /** Still to be taken back, in order. */
  const refusals: JournalRequest<'void'>[] = [];
  let telling: Promise<void> = Promise.resolve();
  let last = state.sequence;
  // Answers come in the order of the writes, so nothing below the oldest open one is still to come.
  const applied = () => (open.size === 0 ? last : Math.min(...open.keys()) - 1);
  /** Takes back what the store refused and the journal could not take yet. Rejects where it takes nothing: then nothing new may be promised either. */
  const takeBack = (): Promise<void> => {
    const told = telling
      .catch(() => undefined)
      .then(async () => {
        for (let next = refusals[0]; next; next = refusals[0]) {
          await peer.request('void', next);
          refusals.shift();
        }
      });
    telling = told;
    return told;
  };
  return {
    peer,
    state,
    append: async (collection, rows) => {
      if (refusals.length > 0) await takeBack();
      const sequence = await peer.request('append', { collection, packed: packRows(rows), applied: applied() });
      const write = { collection, made: false };
      open.set(sequence, write);
      last = sequence;
      return {
        sequence,
        done: async (refused) => {
          write.made = true;
          if (refused.length === 0) return;
          refusals.push({ collection, write: sequence, ids: [...refused] });
          await takeBack().catch(() => undefined); // stays due
        },
      };
    },
    unflushed: (collection) => {
      const due = new Set(refusals.map(({ write }) => write));
      return [...open].filter(([sequence, write]) => write.made && write.collection === collection && !due.has(sequence)).map(([sequence]) => sequence);
    },
    flushed: (writes) => {
      for (const sequence of writes) open.delete(sequence);
      // The next write would say so too, but there may be none before the lid is closed.
      if (open.size === 0) peer.request('closed', { applied: last }).catch(() => undefined); // else the next one says it
    },
    crashPoint: createCrashPoint(peer, state),
    closed: async () => {
      if (refusals.length > 0) await takeBack();
      await peer.request('closed', { applied: applied() });
    },
  };
}
