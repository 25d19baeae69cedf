import type { ErrorCode } from '#shared/contract/errors.ts';

/** What the status line shows. */
export interface SyncState {
  /** `retrying`: the hub cannot be reached, edits wait; `failed`: the store refused a write, see `error`. */
  readonly state: 'off' | 'syncing' | 'idle' | 'retrying' | 'failed';
  /** Records with an edit the hub does not have. */
  readonly pending: number;
  /** Approximate size of these, in bytes. */
  readonly pendingBytes: number;
  /** Last answer of the hub, in milliseconds since the epoch, or null. */
  readonly lastSuccess: number | null;
  readonly error?: ErrorCode;
}
