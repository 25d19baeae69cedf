import { toPageLimits, type PageLimits } from '#shared/contract/frame.ts';
import { MAX_PARCEL_ROWS } from '#shared/contract/parcel.ts';

/** Seconds of line one frame should last: nothing of it is in the store before its end, and what it has of its own weighs 100 to 150 bytes. */
const FRAME_SECONDS = 3;
/** Smallest and largest frame, in bytes on the wire. */
const MIN_BYTES = 8 * 1024;
const MAX_BYTES = 256 * 1024;
/** What buffers between hub and device may have taken in without a byte having reached the device. */
const BUFFERED_BYTES = 32 * 1024;
/** A sealed record with its envelope, before the first frame says better. */
const FIRST_ROW_BYTES = 250;

/** How large the next frame of one stream may be: small on a slow line, so that little waits for its end; large on a fast one, where frames cost. */
export interface FramePace {
  readonly next: () => PageLimits;
  /** `bytes` of frames with `rows` rows were taken by the line. */
  readonly sent: (bytes: number, rows: number) => void;
}

/** Starts a pace; `now` in milliseconds. `before` is that of a stream which this one goes on with: it holds until the line has shown what it carries. */
export function createFramePace(now: () => number, before?: PageLimits): FramePace {
  const start = now();
  let [sentBytes, sentRows] = [0, 0];
  return {
    next: () => {
      const seconds = Math.max(0.001, (now() - start) / 1000);
      const rate = Math.max(0, sentBytes - BUFFERED_BYTES) / seconds;
      const least = sentBytes < BUFFERED_BYTES ? (before?.bytes ?? MIN_BYTES) : MIN_BYTES;
      const bytes = Math.min(MAX_BYTES, Math.max(least, rate * FRAME_SECONDS));
      const rowBytes = sentRows === 0 ? FIRST_ROW_BYTES : sentBytes / sentRows;
      return toPageLimits(Math.max(MAX_PARCEL_ROWS, bytes / rowBytes), bytes);
    },
    sent: (bytes, rows) => {
      sentBytes += bytes;
      sentRows += rows;
    },
  };
}
