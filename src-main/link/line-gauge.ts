/**
 * How many bytes of one answer may be on their way at once. The hub hands no more than this to the line before the device has read, so a
 * small answer behind it waits no longer than this many bytes take: 3 s at 64 kbit/s, 2 s as measured, because the window is seldom full. Less would leave the line
 * empty while a lost packet comes again: with 5 % loss 16 KiB reached 0.76 and 0.81 of the line, 24 KiB 0.81 and 0.85 (means of four lines, in turn).
 */
export const SMALL_WINDOW_BYTES = 24 * 1024;
const LARGE_WINDOW_BYTES = 1024 * 1024;
/** Seconds of line the window holds once the line is known to be faster. */
const WINDOW_SECONDS = 1.5;
/** A shorter time is no measure: what a lost packet held back arrives at once. */
const MEASURE_MS = 1000;
/** Silence after which something was lost: on a slow line the bytes of one TLS record come at once, half a second apart. */
const HOLE_MS = 700;
/** What a line is taken to carry until it was measured, in bytes a second: 64 kbit/s. */
const ASSUMED_RATE = 8000;
/** How long what is granted takes to reach the hub and come back as bytes, about: until then the line lives on what was granted before. */
const AHEAD_MS = 500;
/** Most small messages in one silence: one of them may be lost too. */
const MAX_PROBES = 5;
/** What the line may be given beyond the window while something lost comes again, and in what steps. */
const MAX_EXTRA_BYTES = 32 * 1024;
const EXTRA_STEP_BYTES = 8 * 1024;

/** Follows how fast bytes arrive and tells the window that suits; see docs/adr/0019. */
export interface LineGauge {
  readonly arrived: (bytes: number) => void;
  /** A new answer begins: the time since the last byte says nothing of the line. */
  readonly begin: () => void;
  /** The answer has begun to come: from here on silence says that something was lost. */
  readonly answered: () => void;
  /**
   * Called now and then while bytes are awaited. Where none come, the line still carries what follows a lost packet, at about the rate it had: the window
   * opens by that much, else the line runs empty, and closes again with the next byte. Answers whether to send the hub something small: what is lost may be the
   * word that the window is open again, and TCP takes it for lost when three later packets arrive; where none follow, after a second or more.
   */
  readonly waited: () => boolean;
}

/** Creates a {@link LineGauge}; `setWindow` is called where another window suits much better than the one set. */
export function createLineGauge(now: () => number, setWindow: (bytes: number) => void): LineGauge {
  let window = SMALL_WINDOW_BYTES;
  let [since, bytes, rate, lastMs, extra, probes] = [0, 0, ASSUMED_RATE, 0, 0, 0];
  return {
    arrived: (count) => {
      lastMs = now();
      probes = 0;
      if (extra > 0) {
        extra = 0;
        setWindow(window);
      }
      if (since === 0) {
        since = lastMs;
        return;
      }
      bytes += count;
      const elapsedMs = lastMs - since;
      if (elapsedMs < MEASURE_MS || bytes < window) return;
      rate = (bytes * 1000) / elapsedMs;
      [since, bytes] = [lastMs, 0];
      const suits = Math.round(Math.min(LARGE_WINDOW_BYTES, Math.max(SMALL_WINDOW_BYTES, rate * WINDOW_SECONDS)));
      if (suits < window * 1.5 && suits > window / 1.5) return;
      setWindow((window = suits));
    },
    begin: () => {
      [since, bytes, lastMs] = [0, 0, 0];
    },
    answered: () => {
      lastMs = now();
    },
    waited: () => {
      const silentMs = now() - lastMs;
      if (lastMs === 0 || silentMs < HOLE_MS) return false;
      const carried = Math.min(MAX_EXTRA_BYTES, (rate * (silentMs + AHEAD_MS)) / 1000);
      const steps = Math.ceil(carried / EXTRA_STEP_BYTES) * EXTRA_STEP_BYTES;
      if (steps > extra) {
        extra = steps;
        setWindow(window + extra);
      }
      return ++probes <= MAX_PROBES;
    },
  };
}
