import type { Clock } from './ids.ts';

/**
 * A hybrid logical clock reading (Kulkarni et al., 2014) as text that sorts by time:
 * thirteen digits of milliseconds, a hyphen, four hexadecimal digits of counter, e.g. `1795300000000-0003`.
 */
export type HlcText = string;

/** Matches {@link HlcText}. */
export const HLC_PATTERN = '^[0-9]{13}-[0-9a-f]{4}$';

/** The reading before every other one. */
export const HLC_ZERO: HlcText = '0000000000000-0000';

/** How far a remote clock may run ahead before its readings stop pulling ours forward, in milliseconds (24 h). */
export const MAX_CLOCK_AHEAD_MS = 86_400_000;

/** Milliseconds since the epoch of a reading. */
export function hlcToMs(reading: HlcText): number {
  return Number(reading.slice(0, 13));
}

function format(ms: number, counter: number): HlcText {
  return `${String(ms).padStart(13, '0')}-${counter.toString(16).padStart(4, '0')}`;
}

/** A clock whose readings strictly increase, also when the wall clock is set back. */
export interface HybridClock {
  /** A new reading, greater than every reading given or observed before. */
  readonly now: () => HlcText;
  /** Takes note of a remote reading, so that later local edits sort after it; one too far ahead is ignored. */
  readonly observe: (remote: HlcText) => void;
}

/** Creates a {@link HybridClock} over `clock`, starting after `last`. */
export function createHybridClock(clock: Clock, last: HlcText = HLC_ZERO): HybridClock {
  let latest = last;
  return {
    now: () => {
      const wall = clock();
      const lastMs = hlcToMs(latest);
      const counter = Number.parseInt(latest.slice(14), 16) + 1;
      if (wall > lastMs) latest = format(wall, 0);
      else latest = counter > 0xffff ? format(lastMs + 1, 0) : format(lastMs, counter);
      return latest;
    },
    observe: (remote) => {
      if (remote > latest && hlcToMs(remote) <= clock() + MAX_CLOCK_AHEAD_MS) latest = remote;
    },
  };
}
