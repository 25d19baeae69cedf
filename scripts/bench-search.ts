/**
 * Measures search and correlation in the real renderer: the app's data worker over a full sealed store and its encrypted index.
 * `npm run bench:search -- --docs 100000 --rounds 5 --json`; ten observables a document.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { _electron } from '@playwright/test';
import { memoryOf } from '../test/lab/process-tree.ts';
import { buildBench } from '../test/bench/build-bench.ts';
import type { SearchBenchPage } from '../test/bench/search/search-page.ts';
import { hasDisplay, startVirtualDisplay } from './display.ts';
import { median, progress, readOptions, report, toFigure, type Target } from './measure.ts';

type BenchWindow = { readonly searchBench: SearchBenchPage };

/** The value 95 of 100 stay under. */
function p95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? Number.NaN;
}

const { docs, rounds, json } = readOptions({ docs: 100_000, rounds: 5 });
const root = path.resolve(import.meta.dirname, '..');
spawnSync(process.execPath, ['scripts/electron/ensure.mjs'], { cwd: root, stdio: 'inherit' });
const endDisplay = hasDisplay() ? () => undefined : await startVirtualDisplay();
const folder = mkdtempSync(path.join(tmpdir(), 'suar-bench-search-'));
const { main } = await buildBench(root, 'test/bench/search');
const app = await _electron.launch({ args: [main, `--profile=${folder}`, '--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])], timeout: 30_000 });
try {
  const page = await app.firstWindow();
  page.on('pageerror', (error) => progress(String(error)));
  await page.waitForFunction(() => 'searchBench' in window);
  const fillMs = await page.evaluate((docs) => (window as unknown as BenchWindow).searchBench.fill(docs), docs);
  progress(`filled with ${docs} documents in ${Math.round(fillMs / 1000)} s, the index with them`);
  const cold = await page.evaluate(() => (window as unknown as BenchWindow).searchBench.coldStart());
  const lists = await page.evaluate(([docs, rounds]) => (window as unknown as BenchWindow).searchBench.lists(docs, rounds), [docs, 25] as const);
  const runs = await page.evaluate(([docs, rounds]) => (window as unknown as BenchWindow).searchBench.search(docs, rounds), [docs, rounds] as const);
  const correlations = await page.evaluate(([docs, rounds]) => (window as unknown as BenchWindow).searchBench.correlate(docs, rounds), [docs, rounds * 40] as const);
  progress(`search, p95: ${runs.map(({ language, times, recall }) => `${language} ${p95(times).toFixed(1)} ms, recall ${recall}`).join('; ')}`);
  progress(`20 observables, p95: ${p95(correlations).toFixed(1)} ms; after a start: rows in ${cold.rowsMs.toFixed(0)} ms, search in ${cold.searchMs.toFixed(0)} ms`);
  const memoryMiB = memoryOf(app.process().pid ?? 0);
  const built = await page.evaluate(() => (window as unknown as BenchWindow).searchBench.rebuild());
  progress(`index made anew in ${Math.round(built.ms / 1000)} s`);
  const atMost = (bound: number): Target => ({ of: 'value', is: '<=', bound });
  const whole: Target = { of: 'value', is: '=', bound: 1 };
  report(
    [
      ...runs.flatMap(({ language, times, recall, precision }) => [
        toFigure(`search ${language} at ${docs}, p95`, p95(times), 'ms', { target: atMost(50) }),
        toFigure(`search ${language} at ${docs}, recall of planted phrases`, recall, '', { target: whole }),
        toFigure(`search ${language} at ${docs}, precision of planted phrases`, precision, '', { target: whole }),
      ]),
      toFigure(`20 observables against ${docs * 10}, p95`, p95(correlations), 'ms', { target: atMost(10) }),
      toFigure(`first 50 rows after the start of the worker at ${docs}`, cold.rowsMs, 'ms', { target: atMost(800) }),
      toFigure(`first search after the start of the worker at ${docs}`, cold.searchMs, 'ms', { target: atMost(800) }),
      toFigure(`newest 50 at ${docs}, p95`, p95(lists.newest), 'ms', { target: atMost(20) }),
      toFigure(`newest 50 of one state at ${docs}, p95`, p95(lists.byStatus), 'ms', { target: atMost(20) }),
      toFigure(`a case opened at ${docs}, p95`, p95(lists.opened), 'ms', { target: atMost(20) }),
      toFigure(`memory of all processes with ${docs} documents searched`, memoryMiB, 'MiB', { target: atMost(1000) }),
      toFigure(`index made anew from ${docs}`, (docs / built.ms) * 1000, 'docs/s'),
      toFigure('other calls while the index is made, median', median(built.waits), 'ms'),
      toFigure('other calls while the index is made, p95', p95(built.waits), 'ms'),
      toFigure('other calls while the index is made, longest', Math.max(...built.waits), 'ms'),
      toFigure('search while the index is made, p95', p95(built.searches), 'ms'),
    ],
    json,
  );
} finally {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
  endDisplay();
}
