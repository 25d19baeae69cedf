import { STORE_FLAWS } from './store-flaws.ts';
import { playStoreRun } from './store-runs.ts';

/** Random runs a planted bug may hide in before it counts as not caught. */
const PLANTED_RUNS = 20;

/** What the simulated part of the lab found: the app's session, storage and journal over a disk in memory that loses what was not flushed. */
export interface SimulatedOutcome {
  readonly acknowledged: number;
  readonly broken: number;
  readonly damaged: number;
  readonly noticed: number;
  readonly planted: number;
  readonly caught: number;
}

/** Plays `runs` seeded runs, then each planted bug until one run sees it. `onBroken` is told what broke, with the seed. */
export async function simulateStore(runs: number, seed: number, onBroken: (text: string) => void): Promise<SimulatedOutcome> {
  let [acknowledged, broken, damaged, noticed, caught] = [0, 0, 0, 0, 0];
  for (let n = 0; n < runs; n++) {
    const run = await playStoreRun(seed * 1000 + n);
    acknowledged += run.acknowledged;
    damaged += run.damaged;
    noticed += run.noticed;
    broken += run.broken.length;
    for (const line of run.broken) onBroken(`simulated run ${seed * 1000 + n}: ${line}`);
  }
  for (const [name, flaw] of Object.entries(STORE_FLAWS)) {
    let seen = false;
    for (let n = 0; n < PLANTED_RUNS && !seen; n++) seen = (await playStoreRun(seed * 1000 + n, flaw)).broken.length > 0;
    if (seen) caught++;
    else onBroken(`planted bug not caught: ${name}`);
  }
  return { acknowledged, broken, damaged, noticed, planted: Object.keys(STORE_FLAWS).length, caught };
}
