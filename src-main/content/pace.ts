import { MAX_PART_BYTES } from '#shared/contract/content.ts';

/** About how long one request may occupy the line, in milliseconds: a record that comes meanwhile waits for it. */
const TURN_MS = 1000;
const LEAST_BYTES = 8 * 1024;
/** Fewest milliseconds from one request to the next: the hub counts requests per device, and records need most of them. */
const GAP_MS = 40;

/** How large the next request of content should be on this line. */
export interface Pace {
  readonly length: () => number;
  readonly told: (bytes: number, elapsedMs: number) => void;
  /** Bytes a second, or undefined before anything was measured. */
  readonly rate: () => number | undefined;
  /** Milliseconds to wait before the next request. */
  readonly gapMs: () => number;
}

/** Creates the pace of one line; begins with 16 KiB. */
export function createPace(): Pace {
  let rate: number | undefined;
  let lastMs = GAP_MS;
  return {
    length: () => (rate === undefined ? 2 * LEAST_BYTES : Math.round(Math.min(MAX_PART_BYTES, Math.max(LEAST_BYTES, (rate * TURN_MS) / 1000)))),
    told: (bytes, elapsedMs) => {
      lastMs = elapsedMs;
      if (bytes === 0) return;
      const now = (bytes * 1000) / Math.max(1, elapsedMs);
      rate = rate === undefined ? now : rate * 0.7 + now * 0.3;
    },
    rate: () => rate,
    gapMs: () => Math.max(0, GAP_MS - lastMs),
  };
}
