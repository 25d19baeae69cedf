import type { SyncLedger } from './ledger.ts';

const POLL_MS = 10;
/** So long a pull waits for a push that may be waiting for it. */
const KNOT_MS = 5000;

/** What {@link untilPushed} needs of a replication. */
export interface PushedDeps {
  readonly ledger: Pick<SyncLedger, 'inFlight'>;
  /** Whether pushes wait for a pass, which a pull brings to its end. */
  readonly isDue: () => boolean;
  readonly isOver: () => boolean;
  readonly beginAgain: () => void;
}

/**
 * Resolves when no push of these records is on its way and RxDB has written down how they ended; rejects where the replication ends before. RxDB writes down the
 * batches it pushed at once together: one that is through may wait for one that waits for the pass this pull is part of. Then replication begins again.
 */
export async function untilPushed(ids: readonly string[], { ledger, isDue, isOver, beginAgain }: PushedDeps): Promise<void> {
  for (let waitedMs = 0; ids.some((id) => ledger.inFlight.has(id)); waitedMs += POLL_MS) {
    if (waitedMs >= KNOT_MS && isDue()) beginAgain();
    if (isOver()) throw new Error('this replication was ended');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
