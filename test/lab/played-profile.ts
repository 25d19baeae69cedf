import { firstStart } from '../e2e/officer.ts';
import { compareWithLog, type AckLog } from './ack-log.ts';
import { drive, reopen, type KilledApp } from './killed-app.ts';
import type { CrashPoint } from './crash-points.ts';
import { SMALL_JOURNAL } from './crash-points.ts';
import { DAMAGES } from './damage.ts';

/** How long a restarted list may take to show everything. */
const SETTLE_MS = 8_000;
/** Writes after which a point that never came counts as not reached. */
const WRITES_MOST = 16;

export const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What the application shows of every life so far; each is asked again until it agrees with the log or its time is up: hundreds of lives take longer to read than one list to settle. Ends at once where the officer is told that the store was altered: what is shown then is not the whole. */
export async function readAll(app: KilledApp, log: AckLog): Promise<{ readonly shown: { record: string; version: number }[]; readonly broken: string[]; readonly isTold: boolean }> {
  const lifeOf = (record: string) => record.split('-')[0] ?? '';
  const all: { record: string; version: number }[] = [];
  const broken: string[] = [];
  for (const life of new Set(log.entries().map(({ record }) => lifeOf(record)))) {
    const entries = log.entries().filter(({ record }) => lifeOf(record) === life);
    for (const end = Date.now() + SETTLE_MS; ; await wait(100)) {
      const shown = await app.shown(life);
      const differences = compareWithLog(entries, shown);
      if (differences.length > 0 && (await app.isToldOfDamage())) return { shown: all, broken, isTold: true };
      if (differences.length > 0 && Date.now() < end) continue;
      all.push(...shown);
      broken.push(...differences);
      break;
    }
  }
  return { shown: all, broken, isTold: false };
}

/** Ends a scene: whether the application died where it was told to. */
async function untilDead(app: KilledApp, act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
  } catch {
    // the page went away under the officer's hands, as planned
  }
  const { main } = app.running;
  const hasEnded = () => main.exitCode !== null || main.signalCode !== null;
  for (let left = 40; left > 0 && !hasEnded(); left--) await wait(50);
  const isDead = hasEnded();
  if (!isDead) await app.kill();
  return isDead;
}

/** Plays the scene of one crash point on a profile of its own or on `folder`; answers whether the point was reached. */
export async function playCrash(point: CrashPoint, folder: string, life: number, log: AckLog): Promise<boolean> {
  const environment = { ...SMALL_JOURNAL, SUAR_LAB_CRASH_AT: `${point.name}:${point.nth}` };
  if (point.scene === 'rebuild') DAMAGES[0]?.apply(folder);
  let started: KilledApp | undefined;
  const opening = reopen(folder, log, { environment, submitted: (app) => (started = app) });
  const app = await opening.catch(() => undefined);
  if (app === undefined) return started !== undefined;
  return untilDead(app, async () => {
    for (let n = 0; n < WRITES_MOST; n++) {
      await app.insert(`${life}-${n}`);
      if (n % 2 === 0) await app.edit(`${life}-${n}`, 2);
    }
  });
}

/** A first start that dies at `point`; the folder it leaves. */
export async function playFirstStart(point: CrashPoint, log: AckLog): Promise<{ readonly folder: string; readonly reached: boolean }> {
  let folder = '';
  try {
    const officer = await firstStart('en', 'English', 'Invented Officer', { SUAR_LAB_CRASH_AT: `${point.name}:${point.nth}` }, (made) => (folder = made));
    await drive(officer.app, log).kill();
    return { folder, reached: false };
  } catch {
    return { folder, reached: true };
  }
}
