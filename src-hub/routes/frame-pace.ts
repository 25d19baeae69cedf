import { MAX_PARCEL_ROWS } from '#shared/contract/parcel.ts';
import { MAX_PULL_ROWS } from '#shared/contract/sync.ts';

/** Seconds of line one frame should last: a cut wastes at most one frame. */
const FRAME_SECONDS = 1.5;
/** Smallest and largest frame, in bytes on the wire. */
const MIN_BYTES = 8 * 1024;
const MAX_BYTES = 256 * 1024;
/** What buffers between hub and device may have taken in without a byte having reached the device. */
const BUFFERED_BYTES = 32 * 1024;
/** A sealed record with its envelope, before the first frame says better. */
const FIRST_ROW_BYTES = 250;

/** How large the next frame of one stream may be: small on a slow line, so that little is lost in a cut; large on a fast one, where frames cost. */
export interface FramePace {
  readonly next: () => { readonly rows: number; readonly bytes: number };
  /** A frame of `bytes` with `rows` rows was taken by the line. */
  readonly sent: (bytes: number, rows: number) => void;
}

/** Starts a pace; `now` in milliseconds. */
export function createFramePace(now: () => number): FramePace {
  const start = now();
  let [sentBytes, sentRows] = [0, 0];
  return {
    next: () => {
      const seconds = Math.max(0.001, (now() - start) / 1000);
      const rate = Math.max(0, sentBytes - BUFFERED_BYTES) / seconds;
      const bytes = Math.round(Math.min(MAX_BYTES, Math.max(MIN_BYTES, rate * FRAME_SECONDS)));
      const rowBytes = sentRows === 0 ? FIRST_ROW_BYTES : sentBytes / sentRows;
      return { rows: Math.min(MAX_PULL_ROWS, Math.max(MAX_PARCEL_ROWS, Math.round(bytes / rowBytes))), bytes };
    },
    sent: (bytes, rows) => {
      sentBytes += bytes;
      sentRows += rows;
    },
  };
}
