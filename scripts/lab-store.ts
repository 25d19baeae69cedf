/**
 * Tries to lose an officer's writes: SIGKILL to the real application at named points and out of the blue, files of the profile
 * changed, cut and removed, a disk that fills up under it (as root), and seeded runs over a disk that loses what was not flushed. After each,
 * what is shown is compared with a log of what was acknowledged, and the profile is scanned for clear text. Planted bugs prove the checkers.
 * `npm run lab:store -- --kills 200 --points 40 --damages 12 --fills 10 --runs 60 --seed 1 --json`
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { firstStart } from '../test/e2e/officer.ts';
import { createSeededNumbers } from '../test/factories/seeded.ts';
import { compareWithLog, openAckLog, titleOf } from '../test/lab/ack-log.ts';
import { scanForSecrets } from '../test/lab/canary-scan.ts';
import { acknowledgedIn, checkProfile, noFindings, SECRETS, type CheckedProfile } from '../test/lab/checked-profile.ts';
import { CRASH_POINTS } from '../test/lab/crash-points.ts';
import { DAMAGES } from '../test/lab/damage.ts';
import { playFullDisk, type FullDiskOutcome } from '../test/lab/full-disk.ts';
import { drive } from '../test/lab/killed-app.ts';
import { readAll } from '../test/lab/played-profile.ts';
import { simulateStore } from '../test/lab/simulated-store.ts';
import { playCrashPoints, playDamages, playKills } from '../test/lab/store-scenes.ts';
import { hasDisplay, startVirtualDisplay } from './display.ts';
import { progress, readOptions, report, toFigure, type Figure } from './measure.ts';

const { kills, points, damages, fills, runs, seed, json } = readOptions({ kills: 6, points: CRASH_POINTS.length, damages: DAMAGES.length, fills: 4, runs: 20, seed: 1 });
const NONE = { target: { of: 'value', is: '=', bound: 0 } } as const;
const ALL = { target: { of: 'ratio', is: '=', bound: 1 } } as const;

/** Opens the profile once more and plants what a checker has to see; answers how many of the four it saw. */
async function plantBugs(profile: CheckedProfile): Promise<number> {
  const app = await profile.open();
  if (!app) return 0; // of nothing, every checker says that it is missing
  const { shown } = await readAll(app, profile.log);
  await app.running.close();
  profile.scan();
  const last = profile.log.entries().findLast(({ op }) => op === 'acknowledged');
  const compare = (rows: typeof shown) => compareWithLog(profile.log.entries(), rows);
  const dropped = compare(shown.filter(({ record }) => record !== last?.record));
  const stale = compare(shown.map((row) => (row.version === 2 ? { ...row, version: 1 } : row)));
  const twice = compare([...shown, ...shown.slice(0, 1)]);
  appendFileSync(path.join(profile.folder, 'planted'), Buffer.from(titleOf('0-0', 1), 'utf16le'));
  const leaked = scanForSecrets(profile.folder, SECRETS).hits;
  return [dropped, stale, twice, leaked].filter((found) => found.length > 0).length;
}
const PLANTED = 4;

function fullDiskFigures(full: FullDiskOutcome | undefined): Figure[] {
  if (!full) {
    progress('SKIPPED: the full disk, because no disk can be mounted here (root on Linux can)');
    return [];
  }
  return [
    toFigure('times a disk was filled up under the officer', full.fills, 'times'),
    toFigure('refused writes told with the sentence for it', full.told, 'writes', { baseline: full.fills, ...ALL }),
    toFigure('forms saved by the same window once there was room', full.savedAgain, 'forms', { baseline: full.fills - full.unlocks, ...ALL }),
    ...(full.unlocks > 0 ? [toFigure('unlocks on a full disk that opened, or were told and opened with room', full.unlocksTold, 'unlocks', { baseline: full.unlocks, ...ALL })] : []),
  ];
}

process.chdir(path.resolve(import.meta.dirname, '..'));
console.warn = () => undefined; // RxDB's advertisement, once a run
// Always what the sources say now; standard output holds figures only.
execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
const endDisplay = hasDisplay() ? () => undefined : await startVirtualDisplay();
const outside = mkdtempSync(path.join(tmpdir(), 'suar-lab-'));
const log = openAckLog(path.join(outside, 'acknowledged.log'));
const random = createSeededNumbers(seed);
const findings = noFindings();
const officer = await firstStart('en', 'English', 'Invented Officer');
const profile = checkProfile(officer.app.folder, log, findings);
try {
  await drive(officer.app, log).kill();
  const crashes = await playCrashPoints(profile, points, outside);
  await playKills(profile, kills, random);
  const damaged = await playDamages(profile, damages);
  const seen = await plantBugs(profile);
  const full = await playFullDisk(fills, random, findings, outside);
  const simulated = await simulateStore(runs, seed, progress);
  report(
    [
      toFigure('kills out of the blue', kills, 'kills'),
      toFigure('named crash points reached', crashes.reached, 'points', { baseline: crashes.points, ...ALL }),
      toFigure('faults of the disk played on the real profile', damaged, 'faults'),
      ...fullDiskFigures(full),
      toFigure('starts that made the store again', findings.rebuilt, 'starts'),
      toFigure('starts that the officer had to unlock twice, once told of the damage', findings.unlockedTwice, 'starts'),
      toFigure('acknowledged writes', acknowledgedIn(log) + (full?.acknowledged ?? 0), 'writes', { target: { of: 'value', is: '>=', bound: 1 } }),
      toFigure('acknowledged writes lost', findings.lost.size, 'writes', NONE),
      toFigure('starts at which the profile did not open', findings.corrupted, 'starts', NONE),
      toFigure(`clear text found in the profile (${findings.files} files, before every start)`, findings.hits, 'files', NONE),
      toFigure(`simulated runs with a broken promise (${simulated.acknowledged} acknowledged writes)`, simulated.broken, 'runs', NONE),
      toFigure('simulated damage noticed', simulated.noticed, 'faults', { baseline: simulated.damaged, ...ALL }),
      toFigure('planted bugs caught', seen + simulated.caught, 'bugs', { baseline: simulated.planted + PLANTED, ...ALL }),
    ],
    json,
  );
} finally {
  for (const line of findings.lost) progress(line);
  log.close();
  endDisplay();
  for (const made of [profile.folder, outside]) rmSync(made, { recursive: true, force: true });
}
// A planted bug may leave a store open, whose watch would go on for ever.
process.exit();
