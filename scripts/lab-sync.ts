/**
 * Plays seeded runs of two to five devices over faulty lines (lost answers, drops, duplicates, reordering, restarts, clock
 * jumps), checks every promise of sync after each, and proves the checker on planted bugs.
 * `npm run lab:sync -- --runs 60 --seed 1 --json`; a broken run is printed with its seed on standard error.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { playAndCheck } from '../test/factories/sync-checker.ts';
import { sampleRuns, withClockJumps } from '../test/lab/sync-runs.ts';
import { progress, readOptions, report, toFigure } from './measure.ts';

const { runs: count, seed, json } = readOptions({ runs: 60, seed: 1 });
const root = path.resolve(import.meta.dirname, '..');
/** Runs with a bug planted in the hub: enough that random runs alone find it. */
const PLANTED_RUNS = 12;
const QUIET_MS = 15_000;

interface Outcome {
  readonly divergent: number;
  readonly lost: number;
  readonly edits: number;
}

async function playAll(): Promise<Outcome> {
  let [divergent, lost, edits] = [0, 0, 0];
  for (const [n, run] of sampleRuns(count, seed).entries()) {
    const jumps = n % 2 === 1;
    const broken = await playAndCheck(run, jumps ? { device: withClockJumps(run.seed) } : {}, QUIET_MS);
    const missing = broken.filter((line) => line.includes('acknowledged edit is lost'));
    lost += missing.length;
    edits += run.steps.filter(({ kind }) => ['insert', 'title', 'summary', 'observable', 'remove'].includes(kind)).length;
    if (broken.length > missing.length) divergent++;
    if (broken.length > 0) progress(`run ${n} of --seed ${seed}${jumps ? ' with clock jumps' : ''}:\n  ${broken.join('\n  ')}\n  ${JSON.stringify(run)}`);
    else if ((n + 1) % 20 === 0) progress(`${n + 1} of ${count} runs`);
  }
  return { divergent, lost, edits };
}

/** The planted bugs of test/sync, each of which its test must catch. */
function plantedInTests(): { readonly planted: number; readonly caught: number } {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'sync', 'test/sync/convergence.property.test.ts', '-t', 'the checker', '--reporter=json'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', maxBuffer: 32 * 1024 * 1024 });
  const from = stdout.indexOf('{"');
  if (from < 0) throw new Error('the tests of the checker gave no answer');
  const answer = JSON.parse(stdout.slice(from)) as { readonly testResults: readonly { readonly assertionResults: readonly { readonly title: string; readonly status: string }[] }[] };
  const tests = answer.testResults.flatMap(({ assertionResults }) => assertionResults).filter(({ title }) => title.startsWith('catches '));
  for (const { title, status } of tests) if (status !== 'passed') progress(`not caught: ${title}`);
  return { planted: tests.length, caught: tests.filter(({ status }) => status === 'passed').length };
}

/** A bug planted in this lab's own random runs: at least one run must report it. */
async function plantedHere(): Promise<boolean> {
  for (const run of sampleRuns(PLANTED_RUNS, seed + 1)) if ((await playAndCheck(run, { hub: { ignoresAssumed: true } }, 1200)).length > 0) return true;
  return false;
}

const { divergent, lost, edits } = await playAll();
const tested = plantedInTests();
const planted = tested.planted + 1;
const caught = tested.caught + ((await plantedHere()) ? 1 : 0);
report(
  [
    toFigure('runs', count, 'runs'),
    toFigure('edits asked for', edits, 'edits'),
    toFigure('divergent runs', divergent, 'runs', { target: { of: 'value', is: '=', bound: 0 } }),
    toFigure('acknowledged edits lost', lost, 'edits', { target: { of: 'value', is: '=', bound: 0 } }),
    toFigure('planted bugs caught', caught, 'bugs', { baseline: planted, target: { of: 'ratio', is: '=', bound: 1 } }),
  ],
  json,
);
