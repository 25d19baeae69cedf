import type { LinkDoc, LinkRecord } from './link.ts';

const SUPERSEDED_MAX = 5000;

/**
 * What this device knows of the hub beyond RxDB's own bookkeeping, in memory only; a restart is safe without it.
 * Cleared when the hub's epoch changes.
 */
export interface SyncLedger {
  /** The hub moved on from `rev`; tokens are unique, so it never comes back to it. */
  readonly supersede: (rev: string) => void;
  readonly isSuperseded: (rev: string) => boolean;
  /** Records whose push is on its way or not yet written down. */
  readonly inFlight: Map<string, number>;
  /** Records pushed since the running pull was asked for. */
  touched: Set<string>;
  /** Newest pulled version of a record that has a local edit; the base to return to if the edit is rejected. */
  readonly pulledUnderEdit: Map<string, LinkDoc>;
  /** Versions the hub rejected; the conflict handler returns to the hub's version for these. */
  readonly rejected: Set<string>;
  /** Records the hub never took; pushed with no assumed version. */
  neverAccepted: Set<string>;
  /** Records whose version at the hub may have been written without knowledge of the one acknowledged here: no common base is known. */
  readonly unsureBase: Set<string>;
  /** Versions the hub took beside the outbox whose turn has not come: what the hub has of the record since grew from them. */
  readonly sentAhead: Map<string, LinkRecord>;
  readonly onCursor: (cursor: string) => void;
}

/** Creates an empty ledger. */
export function createLedger(): SyncLedger {
  const superseded = new Set<string>();
  const sentAhead = new Map<string, LinkRecord>();
  let epoch: string | undefined;
  return {
    supersede: (rev) => {
      superseded.add(rev);
      for (const oldest of superseded) {
        if (superseded.size <= SUPERSEDED_MAX) break;
        superseded.delete(oldest);
      }
    },
    isSuperseded: (rev) => superseded.has(rev),
    inFlight: new Map(),
    touched: new Set(),
    pulledUnderEdit: new Map(),
    rejected: new Set(),
    neverAccepted: new Set(),
    unsureBase: new Set(),
    sentAhead,
    onCursor: (cursor) => {
      const next = cursor.split(':', 1)[0];
      if (epoch !== undefined && next !== epoch) {
        superseded.clear();
        sentAhead.clear();
      }
      epoch = next;
    },
  };
}
