import { createHybridClock, type HybridClock } from '#shared/base/time.ts';
import type { RandomBytes } from '#shared/base/ids.ts';

/** A deterministic source of numbers in [0, 1) (mulberry32). */
export function createSeededNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Deterministic bytes. */
export function createSeededBytes(seed: number): RandomBytes {
  const next = createSeededNumbers(seed);
  return (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256));
}

/** A clock that moves one millisecond at each reading. */
export function createTickingClock(start = 1_795_300_000_000): () => number {
  let at = start;
  return () => at++;
}

/** Everything a write needs, seeded. */
export function createWriteDeps(seed: number, owner = 'la-ccu', author = deviceId(seed)): { hlc: HybridClock; clock: () => number; random: RandomBytes; author: string; owner: () => string } {
  const clock = createTickingClock(1_795_300_000_000 + seed * 7);
  return { hlc: createHybridClock(clock), clock, random: createSeededBytes(seed), author, owner: () => owner };
}

/** Id of the n-th simulated device. */
export function deviceId(n: number): string {
  return `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
}
