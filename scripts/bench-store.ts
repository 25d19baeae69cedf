/**
 * Measures the sealed store in the real renderer (SQLite on its private file system, the app's own scheme and policy) beside raw Dexie
 * and PouchDB in the same run. `npm run bench:store -- --docs 10000 --rounds 3 --json`
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { _electron, type Page } from '@playwright/test';
import { buildBench } from '../test/bench/build-bench.ts';
import type { BenchPage, StoreRun } from '../test/bench/page/page.ts';
import { STORE_KINDS, type StoreKind } from '../test/bench/stores/bench-store.ts';
import { hasDisplay, startVirtualDisplay } from './display.ts';
import { median, progress, readOptions, report, toFigure } from './measure.ts';

type BenchWindow = { readonly bench: BenchPage };

/** Runs the stores one after another, `rounds` times, so that a slow moment of the machine meets all of them. */
async function measureAll(page: Page, docs: number, rounds: number): Promise<Record<StoreKind, StoreRun[]>> {
  const runs: Record<StoreKind, StoreRun[]> = { sealed: [], 'dexie-strict': [], 'dexie-relaxed': [], pouchdb: [] };
  for (let round = 0; round < rounds; round++) {
    for (const kind of STORE_KINDS) {
      const run = await page.evaluate(([kind, docs]) => (window as unknown as BenchWindow).bench.measureStore(kind, docs), [kind, docs] as const);
      progress(`round ${round + 1}: ${kind} ${Math.round(run.insertPerSecond)} docs/s, cold start ${Math.round(run.coldStartMs)} ms`);
      runs[kind].push(run);
    }
  }
  const [first] = runs.sealed;
  for (const run of STORE_KINDS.flatMap((kind) => runs[kind])) if (run.rows.join() !== first?.rows.join()) throw new Error('the stores answer different rows');
  return runs;
}

async function longestBlocks(page: Page, where: 'worker' | 'page', docs: number, rounds: number): Promise<number> {
  const blocks: number[] = [];
  for (let round = 0; round < rounds; round++) blocks.push(await page.evaluate(([where, docs]) => (window as unknown as BenchWindow).bench.longestBlock(where, docs), [where, docs] as const));
  return median(blocks);
}

const { docs, rounds, json } = readOptions({ docs: 10_000, rounds: 3 });
const root = path.resolve(import.meta.dirname, '..');
spawnSync(process.execPath, ['scripts/electron/ensure.mjs'], { cwd: root, stdio: 'inherit' });
const endDisplay = hasDisplay() ? () => undefined : await startVirtualDisplay();
const folder = mkdtempSync(path.join(tmpdir(), 'suar-bench-'));
const { main } = await buildBench(root);
const app = await _electron.launch({ args: [main, `--profile=${folder}`, '--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])], timeout: 30_000 });
try {
  const page = await app.firstWindow();
  page.on('pageerror', (error) => progress(String(error)));
  await page.waitForFunction(() => 'bench' in window);
  const runs = await measureAll(page, docs, rounds);
  const inserted = (kind: StoreKind) => median(runs[kind].map((run) => run.insertPerSecond));
  const started = (kind: StoreKind) => median(runs[kind].map((run) => run.coldStartMs));
  const inWorker = await longestBlocks(page, 'worker', docs, rounds);
  const inPage = await longestBlocks(page, 'page', docs, rounds);
  report(
    [
      toFigure(`insert ${docs}, sealed and journaled / raw Dexie with one index, strict`, inserted('sealed'), 'docs/s', {
        baseline: inserted('dexie-strict'),
        target: { of: 'ratio', is: '>=', bound: 0.45 },
      }),
      toFigure(`insert ${docs}, sealed and journaled / raw Dexie with one index, relaxed`, inserted('sealed'), 'docs/s', { baseline: inserted('dexie-relaxed') }),
      toFigure(`insert ${docs}, sealed and journaled / PouchDB indexeddb, its default`, inserted('sealed'), 'docs/s', { baseline: inserted('pouchdb'), target: { of: 'ratio', is: '>=', bound: 1.2 } }),
      toFigure(`cold start to the first 50 rows at ${docs}, sealed / raw Dexie`, started('sealed'), 'ms', { baseline: started('dexie-strict'), target: { of: 'ratio', is: '<=', bound: 10 } }),
      toFigure(`cold start to the first 50 rows at ${docs}, sealed / PouchDB`, started('sealed'), 'ms', { baseline: started('pouchdb') }),
      toFigure(`longest block of the page while ${docs} are written, data worker / Dexie in the page`, inWorker, 'ms', { baseline: inPage }),
    ],
    json,
  );
} finally {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
  endDisplay();
}
