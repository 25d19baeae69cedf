/**
 * Kills the real application (SIGKILL to the whole process tree) while an officer writes, starts it again on the same
 * profile and compares what it shows with a log of what it acknowledged; scans the profile for clear text after every kill;
 * and proves the checker on planted bugs. `npm run lab:store -- --kills 6 --seed 1 --json`
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { firstStart, PASSPHRASE } from '../test/e2e/officer.ts';
import { createSeededNumbers } from '../test/factories/seeded.ts';
import { CANARY, compareWithLog, openAckLog, titleOf } from '../test/lab/ack-log.ts';
import { scanForSecrets } from '../test/lab/canary-scan.ts';
import { drive, reopen, type KilledApp } from '../test/lab/killed-app.ts';
import { planKill, type PlannedKill } from '../test/lab/kill-points.ts';
import { hasDisplay, startVirtualDisplay } from './display.ts';
import { progress, readOptions, report, toFigure } from './measure.ts';

const { kills, seed, json } = readOptions({ kills: 6, seed: 1 });
const SECRETS = [CANARY, PASSPHRASE];
/** How long a restarted list may take to show everything. */
const SETTLE_MS = 8_000;

process.chdir(path.resolve(import.meta.dirname, '..'));
// Always what the sources say now; standard output holds figures only.
execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
const endDisplay = hasDisplay() ? () => undefined : await startVirtualDisplay();
const outside = mkdtempSync(path.join(tmpdir(), 'suar-lab-'));
const log = openAckLog(path.join(outside, 'acknowledged.log'));
const random = createSeededNumbers(seed);
const counts = { corrupted: 0, hits: 0, files: 0 };
const lost = new Set<string>();

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Writes until the kill: `writes` acknowledged inserts, every third edited, then what the point names. Ends when the process is gone. */
async function liveAndDie(app: KilledApp, life: number, { point, writes, delayMs }: PlannedKill): Promise<void> {
  let ending: Promise<void> | undefined;
  const dieIn = (ms: number) => (ending ??= wait(ms).then(app.kill));
  // A kill at any time comes out of the blue: the officer writes on until the page is gone.
  const goesOn = () => ending === undefined || point === 'at-any-time';
  try {
    if (point === 'at-first-list') await dieIn(delayMs);
    if (point === 'at-any-time') void dieIn(delayMs);
    for (let n = 0; goesOn(); n++) {
      const record = `${life}-${n}`;
      const last = n >= writes;
      if (last && point === 'during-insert') {
        const insert = app.insert(record);
        while (!log.entries().some((entry) => entry.record === record)) await wait(1);
        void dieIn(delayMs);
        await insert;
      } else await app.insert(record);
      if (last && point === 'during-edit') {
        const edit = app.edit(record, 2);
        while (!log.entries().some((entry) => entry.record === record && entry.version === 2)) await wait(1);
        void dieIn(delayMs);
        await edit;
      } else if (n % 3 === 0) await app.edit(record, 2);
      if (last && point === 'after-acknowledgement') await dieIn(delayMs);
    }
  } catch (error) {
    if (ending === undefined) throw error; // else the page went away under the officer's hands, as planned
  }
  await ending;
}

/** What the application shows of every life so far; asked again until it agrees with the log or the time is up. */
async function readAll(app: KilledApp): Promise<{ readonly shown: { record: string; version: number }[]; readonly broken: string[] }> {
  const lives = new Set(log.entries().map(({ record }) => record.split('-')[0] ?? ''));
  for (const end = Date.now() + SETTLE_MS; ; await wait(100)) {
    const shown = [];
    for (const life of lives) shown.push(...(await app.shown(life)));
    const broken = compareWithLog(log.entries(), shown);
    if (broken.length === 0 || Date.now() > end) return { shown, broken };
  }
}

function scan(folder: string): void {
  const { files, hits } = scanForSecrets(folder, SECRETS);
  counts.files = files;
  counts.hits += hits.length;
  for (const hit of hits) progress(`clear text in ${hit}`);
}

/** Opens and checks; undefined where the profile does not open, which counts as corrupted. */
async function openAndCheck(folder: string): Promise<{ readonly app: KilledApp; readonly shown: { record: string; version: number }[] } | undefined> {
  try {
    const app = await reopen(folder, log);
    const { shown, broken } = await readAll(app);
    for (const line of broken) lost.add(line);
    return { app, shown };
  } catch (error) {
    counts.corrupted++;
    progress(`did not open: ${String(error)}`);
    return undefined;
  }
}

const officer = await firstStart('en', 'English', 'Invented Officer');
const { folder } = officer.app;
try {
  let app: KilledApp | undefined = drive(officer.app, log);
  for (let n = 0; n < kills; n++) {
    const plan = planKill(n, random);
    const before = log.entries().length;
    if (plan.point === 'during-unlock') {
      await app?.kill();
      let killed: Promise<void> | undefined;
      await reopen(folder, log, (starting) => {
        killed = wait(plan.delayMs).then(starting.kill);
      }).catch(() => undefined);
      await killed;
    } else if (app) await liveAndDie(app, n, plan);
    scan(folder);
    const opened = await openAndCheck(folder);
    app = opened?.app;
    progress(
      `kill ${n + 1} ${plan.point} +${plan.delayMs} ms: ${
        log
          .entries()
          .slice(before)
          .filter(({ op }) => op === 'acknowledged').length
      } acknowledged writes, ${lost.size} lost so far`,
    );
  }
  const { shown } = app ? await readAll(app) : { shown: [] };
  await app?.running.close();
  scan(folder);

  const acknowledged = log.entries().filter(({ op }) => op === 'acknowledged').length;
  const last = log.entries().findLast(({ op }) => op === 'acknowledged');
  const dropped = compareWithLog(
    log.entries(),
    shown.filter(({ record }) => record !== last?.record),
  );
  const stale = compareWithLog(
    log.entries(),
    shown.map((row) => (row.version === 2 ? { ...row, version: 1 } : row)),
  );
  const twice = compareWithLog(log.entries(), [...shown, ...shown.slice(0, 1)]);
  appendFileSync(path.join(folder, 'planted'), Buffer.from(titleOf('0-0', 1), 'utf16le'));
  const leaked = scanForSecrets(folder, SECRETS).hits;
  const none = { target: { of: 'value', is: '=', bound: 0 } } as const;
  report(
    [
      toFigure('kills', kills, 'kills'),
      toFigure('acknowledged writes', acknowledged, 'writes', { target: { of: 'value', is: '>=', bound: 1 } }),
      toFigure('acknowledged writes lost', lost.size, 'writes', none),
      toFigure('starts at which the profile did not open', counts.corrupted, 'starts', none),
      toFigure(`clear text found in the profile (${counts.files} files, after every kill)`, counts.hits, 'files', none),
      toFigure('planted bugs caught: dropped, stale, doubled, leaked', [dropped, stale, twice, leaked].filter((found) => found.length > 0).length, 'bugs', {
        baseline: 4,
        target: { of: 'ratio', is: '=', bound: 1 },
      }),
    ],
    json,
  );
} finally {
  log.close();
  endDisplay();
  for (const made of [folder, outside]) rmSync(made, { recursive: true, force: true });
}
