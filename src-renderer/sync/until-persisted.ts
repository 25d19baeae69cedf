import type { RxStorageInstanceReplicationState } from 'rxdb/plugins/core';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { PullCheckpoint } from './pull.ts';

const POLL_MS = 2;
const POLL_MAX_MS = 8;

/** Waits until RxDB has stored `checkpoint`; it writes it only after the documents before it. */
export async function untilPersisted(internal: () => RxStorageInstanceReplicationState<SuarRecord> | undefined, checkpoint: PullCheckpoint | undefined, fault: () => unknown): Promise<void> {
  if (checkpoint === undefined) return;
  for (let waitMs = POLL_MS; ; waitMs = Math.min(waitMs * 2, POLL_MAX_MS)) {
    const stored = internal()?.lastCheckpointDoc.down?.checkpointData as PullCheckpoint | undefined;
    if (stored?.cursor === checkpoint.cursor) return;
    if (fault() !== undefined || internal()?.events.canceled.getValue()) throw new Error('the documents before could not be stored');
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}
