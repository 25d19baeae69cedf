import fc from 'fast-check';
import { createHybridClock, type HybridClock } from '#shared/base/time.ts';
import type { WriteDeps } from '../../src-renderer/db/record-factory.ts';
import { createSeededNumbers } from '../factories/seeded.ts';
import type { DeviceFlaws } from '../factories/simulated-device.ts';
import { anyRun, type Run } from '../factories/sync-checker.ts';

/** Five devices hold ten collections; RxDB opens 13 to 14 in one realm. */
const MOST_DEVICES = 5;
const HOUR_MS = 3_600_000;
/** How far a clock is set: a wrong time zone, a flat battery, a typing error in the year. */
const JUMPS_MS = [12 * HOUR_MS, -12 * HOUR_MS, 30 * 24 * HOUR_MS, -365 * 24 * HOUR_MS, 3650 * 24 * HOUR_MS] as const;
const JUMP_CHANCE = 0.05;

/** `count` runs of two to five devices; the same seed gives the same runs. */
export function sampleRuns(count: number, seed: number): Run[] {
  const wide = fc.tuple(anyRun, fc.integer({ min: 2, max: MOST_DEVICES })).map(([run, devices]): Run => ({ ...run, devices }));
  return fc.sample(wide, { numRuns: count, seed });
}

/** A device whose clock is now and then set to another time before an edit. */
export function withClockJumps(seed: number): DeviceFlaws {
  const random = createSeededNumbers(seed);
  const jumping = (deps: WriteDeps): HybridClock => {
    let offset = 0;
    const clock = () => {
      if (random() < JUMP_CHANCE) offset = JUMPS_MS[Math.floor(random() * JUMPS_MS.length)] ?? 0;
      return deps.clock() + offset;
    };
    const bent = createHybridClock(clock);
    return { now: bent.now, observe: (remote) => (deps.hlc.observe(remote), bent.observe(remote)) };
  };
  return { deps: (deps) => ({ ...deps, hlc: jumping(deps) }) };
}
