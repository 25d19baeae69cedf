import { readdirSync, rmSync } from 'node:fs';
import { progress } from '../../scripts/measure.ts';
import { firstStart } from '../e2e/officer.ts';
import { openAckLog } from './ack-log.ts';
import type { CheckedProfile, Findings } from './checked-profile.ts';
import { CRASH_POINTS, type CrashPoint } from './crash-points.ts';
import { DAMAGES } from './damage.ts';
import { planKill, type PlannedKill } from './kill-points.ts';
import { drive, reopen, type KilledApp } from './killed-app.ts';
import { liveAndDie } from './live-and-die.ts';
import { playCrash, playFirstStart, wait } from './played-profile.ts';

/** Kills the application `kills` times out of the blue; `random` gives numbers from 0 to 1. */
export async function playKills(profile: CheckedProfile, kills: number, random: () => number): Promise<void> {
  let running = kills > 0 ? await profile.open() : undefined;
  for (let n = 0; n < kills; n++) {
    const plan = planKill(n, random);
    const life = profile.nextLife();
    if (plan.point === 'during-unlock') {
      await running?.kill();
      await dieWhileUnlocking(profile, plan);
    } else if (running) await liveAndDie(running, life, plan, profile.log);
    running = await profile.open();
    profile.told(`kill ${n + 1} ${plan.point} +${plan.delayMs} ms`);
  }
  await running?.kill();
}

async function dieWhileUnlocking({ folder, log }: CheckedProfile, { delayMs }: PlannedKill): Promise<void> {
  let killed: Promise<void> | undefined;
  const submitted = (starting: KilledApp): void => {
    killed = wait(delayMs).then(starting.kill);
  };
  await reopen(folder, log, { submitted }).catch(() => undefined);
  await killed;
}

/**
 * Ends the application at the first `most` named points of its code; answers how many there were and how many were reached. `outside` is for logs.
 * Comes before anything else: once a profile has grown, a dozen writes no longer make its journal merge.
 */
export async function playCrashPoints(profile: CheckedProfile, most: number, outside: string): Promise<{ readonly points: number; readonly reached: number }> {
  const chosen = CRASH_POINTS.slice(0, most);
  let reached = 0;
  for (const [n, point] of chosen.entries()) {
    const isReached = point.scene === 'create' ? await playCreation(point, profile, `${outside}/${n}.log`) : await playCrash(point, profile.folder, profile.nextLife(), profile.log);
    if (isReached) reached++;
    else progress(`not reached: ${point.name} (${point.scene})`);
    if (point.scene !== 'create') await (await profile.open())?.kill();
    profile.told(`crash at ${point.name} (${point.scene})`);
  }
  return { points: chosen.length, reached };
}

async function playCreation(point: CrashPoint, { log, findings }: CheckedProfile, ownLog: string): Promise<boolean> {
  const made = await playFirstStart(point, log);
  await checkFirstStart(made.folder, ownLog, findings);
  return made.reached;
}

/** A profile that died while it was made: it opens, or it was never there and can be made anew. */
async function checkFirstStart(folder: string, ownLog: string, findings: Findings): Promise<void> {
  const empty = openAckLog(ownLog);
  try {
    const isMade = readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('keyring.json'));
    const app = isMade ? await reopen(folder, empty) : drive((await firstStart('en', 'English', 'Invented Officer', {}, () => undefined, folder)).app, empty);
    await app.insert('0-0').then(app.kill);
  } catch (error) {
    findings.corrupted++;
    progress(`a profile that died while it was made can neither be opened nor made: ${String(error)}`);
  } finally {
    empty.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Plays the first `most` faults of a disk on the closed profile; answers how many there were. */
export async function playDamages(profile: CheckedProfile, most: number): Promise<number> {
  const chosen = DAMAGES.slice(0, most);
  for (const damage of chosen) {
    damage.apply(profile.folder);
    const app = await profile.open();
    if (app) {
      await app.insert(`${profile.nextLife()}-0`);
      await app.running.close();
    }
    profile.told(`${damage.name}${app?.isRebuilt() ? ', made again' : ''}`);
  }
  return chosen.length;
}
