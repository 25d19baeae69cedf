/**
 * How many bytes of one answer may be on their way at once. The hub hands no more than this to the line before the device has read, so a
 * small answer behind it waits no longer than this many bytes take: 2 s at 64 kbit/s. Less would leave the line empty while a lost packet comes again.
 */
export const SMALL_WINDOW_BYTES = 16 * 1024;
const LARGE_WINDOW_BYTES = 1024 * 1024;
/** Seconds of line the window holds once the line is known to be faster. */
const WINDOW_SECONDS = 1.5;
/** A shorter time is no measure: what a lost packet held back arrives at once. */
const MEASURE_MS = 1000;

/** Follows how fast bytes arrive and tells the window that suits; see docs/adr/0019. */
export interface LineGauge {
  readonly arrived: (bytes: number) => void;
  /** A new answer begins: the time since the last byte says nothing of the line. */
  readonly begin: () => void;
  /** Bytes per second at last measure, or 0. */
  readonly rate: () => number;
}

/** Creates a {@link LineGauge}; `setWindow` is called where another window suits much better than the one set. */
export function createLineGauge(now: () => number, setWindow: (bytes: number) => void): LineGauge {
  let window = SMALL_WINDOW_BYTES;
  let [since, bytes, rate] = [0, 0, 0];
  return {
    arrived: (count) => {
      if (since === 0) {
        since = now();
        return;
      }
      bytes += count;
      const elapsedMs = now() - since;
      if (elapsedMs < MEASURE_MS || bytes < window) return;
      rate = (bytes * 1000) / elapsedMs;
      [since, bytes] = [now(), 0];
      const suits = Math.round(Math.min(LARGE_WINDOW_BYTES, Math.max(SMALL_WINDOW_BYTES, rate * WINDOW_SECONDS)));
      if (suits < window * 1.5 && suits > window / 1.5) return;
      setWindow((window = suits));
    },
    begin: () => {
      [since, bytes] = [0, 0];
    },
    rate: () => rate,
  };
}
