/**
 * Tries to lose an officer's writes: SIGKILL to the real application at named points and out of the blue, files of the profile
 * changed, cut and removed, and seeded runs over a disk that loses what was not flushed. After each, what is shown is compared
 * with a log of what was acknowledged, and the profile is scanned for clear text. Planted bugs prove the checkers.
 * `npm run lab:store -- --kills 200 --points 40 --damages 12 --runs 60 --seed 1 --json`
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { firstStart, PASSPHRASE } from '../test/e2e/officer.ts';
import { createSeededNumbers } from '../test/factories/seeded.ts';
import { CANARY, compareWithLog, openAckLog, titleOf } from '../test/lab/ack-log.ts';
import { scanForSecrets } from '../test/lab/canary-scan.ts';
import { CRASH_POINTS } from '../test/lab/crash-points.ts';
import { DAMAGES } from '../test/lab/damage.ts';
import { drive, reopen, type KilledApp } from '../test/lab/killed-app.ts';
import { planKill } from '../test/lab/kill-points.ts';
import { liveAndDie } from '../test/lab/live-and-die.ts';
import { playCrash, playFirstStart, readAll, wait } from '../test/lab/played-profile.ts';
import { simulateStore } from '../test/lab/simulated-store.ts';
import { hasDisplay, startVirtualDisplay } from './display.ts';
import { progress, readOptions, report, toFigure } from './measure.ts';

const { kills, points, damages, runs, seed, json } = readOptions({ kills: 6, points: CRASH_POINTS.length, damages: DAMAGES.length, runs: 20, seed: 1 });
const SECRETS = [CANARY, PASSPHRASE];

process.chdir(path.resolve(import.meta.dirname, '..'));
console.warn = () => undefined; // RxDB's advertisement, once a run
// Always what the sources say now; standard output holds figures only.
execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
const endDisplay = hasDisplay() ? () => undefined : await startVirtualDisplay();
const outside = mkdtempSync(path.join(tmpdir(), 'suar-lab-'));
const log = openAckLog(path.join(outside, 'acknowledged.log'));
const random = createSeededNumbers(seed);
const counts = { corrupted: 0, hits: 0, files: 0, reached: 0, rebuilt: 0 };
const lost = new Set<string>();

function scan(folder: string): void {
  const { files, hits } = scanForSecrets(folder, SECRETS);
  counts.files = files;
  counts.hits += hits.length;
  for (const hit of hits) progress(`clear text in ${hit}`);
}

/** Opens and checks; undefined where the profile does not open, which counts as corrupted. */
async function openAndCheck(folder: string): Promise<KilledApp | undefined> {
  scan(folder);
  try {
    const app = await reopen(folder, log);
    if (app.isRebuilt()) counts.rebuilt++;
    for (const line of (await readAll(app, log)).broken) lost.add(line);
    return app;
  } catch (error) {
    counts.corrupted++;
    progress(`did not open: ${String(error)}`);
    return undefined;
  }
}

/** A profile that died while it was made: it opens, or it was never there and can be made anew. */
async function checkFirstStart(folder: string): Promise<void> {
  const empty = openAckLog(path.join(outside, `${counts.reached}.log`));
  try {
    const isMade = readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('keyring.json'));
    if (isMade) {
      const app = await reopen(folder, empty);
      return await app.insert('0-0').then(app.kill);
    }
    const officer = await firstStart('en', 'English', 'Invented Officer', {}, () => undefined, folder);
    const begun = drive(officer.app, empty);
    await begun.insert('0-0').then(begun.kill);
  } catch (error) {
    counts.corrupted++;
    progress(`a profile that died while it was made can neither be opened nor made: ${String(error)}`);
  } finally {
    empty.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const officer = await firstStart('en', 'English', 'Invented Officer');
const { folder } = officer.app;
try {
  let app: KilledApp | undefined = drive(officer.app, log);
  let life = 0;
  const told = (what: string) => progress(`${what}: ${log.entries().filter(({ op }) => op === 'acknowledged').length} acknowledged writes, ${lost.size} lost so far`);
  for (let n = 0; n < kills; n++, life++) {
    const plan = planKill(n, random);
    if (plan.point === 'during-unlock') {
      await app?.kill();
      let killed: Promise<void> | undefined;
      const submitted = (starting: KilledApp): void => {
        killed = wait(plan.delayMs).then(starting.kill);
      };
      await reopen(folder, log, { submitted }).catch(() => undefined);
      await killed;
    } else if (app) await liveAndDie(app, life, plan, log);
    app = await openAndCheck(folder);
    told(`kill ${n + 1} ${plan.point} +${plan.delayMs} ms`);
  }
  await app?.kill();
  const chosen = CRASH_POINTS.slice(0, points);
  for (const point of chosen) {
    if (point.scene === 'create') {
      const made = await playFirstStart(point, log);
      if (made.reached) counts.reached++;
      else progress(`not reached: ${point.name}`);
      await checkFirstStart(made.folder);
    } else {
      if (await playCrash(point, folder, life++, log)) counts.reached++;
      else progress(`not reached: ${point.name} (${point.scene})`);
      await (await openAndCheck(folder))?.kill();
    }
    told(`crash at ${point.name} (${point.scene})`);
  }
  for (const damage of DAMAGES.slice(0, damages)) {
    damage.apply(folder);
    app = await openAndCheck(folder);
    if (app) {
      await app.insert(`${life++}-0`);
      await app.running.close();
    }
    told(`${damage.name}${app?.isRebuilt() ? ', made again' : ''}`);
  }
  app = await openAndCheck(folder);
  const { shown } = app ? await readAll(app, log) : { shown: [] };
  await app?.running.close();
  scan(folder);

  const acknowledged = log.entries().filter(({ op }) => op === 'acknowledged');
  const last = acknowledged.at(-1);
  const compare = (rows: typeof shown) => compareWithLog(log.entries(), rows);
  const dropped = compare(shown.filter(({ record }) => record !== last?.record));
  const stale = compare(shown.map((row) => (row.version === 2 ? { ...row, version: 1 } : row)));
  const twice = compare([...shown, ...shown.slice(0, 1)]);
  appendFileSync(path.join(folder, 'planted'), Buffer.from(titleOf('0-0', 1), 'utf16le'));
  const leaked = scanForSecrets(folder, SECRETS).hits;
  const simulated = await simulateStore(runs, seed, progress);
  const caught = [dropped, stale, twice, leaked].filter((found) => found.length > 0).length + simulated.caught;
  const none = { target: { of: 'value', is: '=', bound: 0 } } as const;
  const all = { target: { of: 'ratio', is: '=', bound: 1 } } as const;
  report(
    [
      toFigure('kills out of the blue', kills, 'kills'),
      toFigure('named crash points reached', counts.reached, 'points', { baseline: chosen.length, ...all }),
      toFigure('faults of the disk played on the real profile', Math.min(damages, DAMAGES.length), 'faults'),
      toFigure('starts that made the store again', counts.rebuilt, 'starts'),
      toFigure('acknowledged writes', acknowledged.length, 'writes', { target: { of: 'value', is: '>=', bound: 1 } }),
      toFigure('acknowledged writes lost', lost.size, 'writes', none),
      toFigure('starts at which the profile did not open', counts.corrupted, 'starts', none),
      toFigure(`clear text found in the profile (${counts.files} files, before every start)`, counts.hits, 'files', none),
      toFigure(`simulated runs with a broken promise (${simulated.acknowledged} acknowledged writes)`, simulated.broken, 'runs', none),
      toFigure('simulated damage noticed', simulated.noticed, 'faults', { baseline: simulated.damaged, ...all }),
      toFigure('planted bugs caught', caught, 'bugs', { baseline: simulated.planted + 4, ...all }),
    ],
    json,
  );
} finally {
  for (const line of lost) progress(line);
  log.close();
  endDisplay();
  for (const made of [folder, outside]) rmSync(made, { recursive: true, force: true });
}
// A planted bug may leave a store open, whose watch would go on for ever.
process.exit();
