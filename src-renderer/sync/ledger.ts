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
  /** A push of these records begins, by replication or beside it; the returned function says that it has ended and is written down. */
  readonly enter: (ids: readonly string[]) => () => void;
  /** Newest pulled version of a record that has a local edit; the base to return to if the edit is rejected. */
  readonly pulledUnderEdit: Map<string, LinkDoc>;
  /** Versions the hub rejected; the conflict handler returns to the hub's version for these. */
  readonly rejected: Set<string>;
  /** Records the hub never took; pushed with no assumed version. */
  neverAccepted: Set<string>;
  /**
   * Token of the version acknowledged here that the hub's version of a record may have been written without knowledge of: it is no common base. It stays until a
   * push is taken: where the officer edits while a conflict is resolved, replication resolves it again upon the same version.
   */
  readonly unsureBase: Map<string, string>;
  /** Versions the hub took beside the outbox whose turn has not come: what the hub has of the record since grew from them. */
  readonly sentAhead: Map<string, LinkRecord>;
  readonly onCursor: (cursor: string) => void;
}

/** Creates an empty ledger. */
export function createLedger(): SyncLedger {
  const superseded = new Set<string>();
  const sentAhead = new Map<string, LinkRecord>();
  let epoch: string | undefined;
  const ledger: SyncLedger = {
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
    enter: (ids) => {
      for (const id of ids) {
        ledger.inFlight.set(id, (ledger.inFlight.get(id) ?? 0) + 1);
        ledger.touched.add(id);
      }
      return () => {
        for (const id of ids) {
          const left = (ledger.inFlight.get(id) ?? 1) - 1;
          if (left > 0) ledger.inFlight.set(id, left);
          else ledger.inFlight.delete(id);
        }
      };
    },
    pulledUnderEdit: new Map(),
    rejected: new Set(),
    neverAccepted: new Set(),
    unsureBase: new Map(),
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
  return ledger;
}
