/**
 * Measures the evidence vault in the process the application uses (Electron's utility process, the built code) beside a plain
 * streamed copy of the same file with fsync, in the same run and on the same disk. Nothing is removed before the end: both write where nothing was before,
 * for a disk that gives room as it is asked for takes a first write several times slower than a later one. `npm run bench:vault -- --mb 1024 --json`
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, fsyncSync, mkdtempSync, openSync, readSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { _electron, type ElectronApplication } from '@playwright/test';
import type { VaultJob } from '../src-main/vault/run-job.ts';
import { hasDisplay, startVirtualDisplay } from './display.ts';
import { progress, readOptions, report, toFigure } from './measure.ts';

const MIB = 1024 * 1024;
const JOB = '01900000-0000-7000-8000-0000000000';

/** A file of random bytes: nothing in it can be stored once for twice. */
function writeSource(file: string, mb: number): void {
  const handle = openSync(file, 'wx');
  for (let i = 0; i < mb; i++) writeSync(handle, randomBytes(MIB));
  fsyncSync(handle);
  closeSync(handle);
}

/** Reads a file once, so that every run finds it where the one before did. */
function warm(file: string): void {
  const handle = openSync(file, 'r');
  const buffer = Buffer.alloc(4 * MIB);
  while (readSync(handle, buffer) > 0);
  closeSync(handle);
}

/** MiB/s of a plain copy: streams of 4 MiB, then fsync. */
async function plainCopy(source: string, target: string): Promise<number> {
  const started = performance.now();
  const out = createWriteStream(target, { highWaterMark: 4 * MIB, flush: false });
  createReadStream(source, { highWaterMark: 4 * MIB }).pipe(out);
  await once(out, 'close');
  const handle = await open(target, 'r+');
  await handle.sync();
  await handle.close();
  const seconds = (performance.now() - started) / 1000;
  return statSync(target).size / MIB / seconds;
}

/** A rate of the vault and of the plain copy just before it, MiB/s. */
interface Pair {
  readonly rate: number;
  readonly copy: number;
}

/** The pair with the middle ratio. */
function middle(pairs: readonly Pair[]): Pair {
  const sorted = pairs.toSorted((a, b) => a.rate / a.copy - b.rate / b.copy);
  const pair = sorted[sorted.length >> 1];
  if (!pair) throw new Error('no rounds');
  return pair;
}

/** Lets the disk finish what was written before. */
function settle(): void {
  spawnSync('sync');
}

interface Run {
  readonly seconds: number;
  /** Largest working set of the process, MiB. */
  readonly peakMib: number;
  readonly ok: boolean;
}

/** Runs one job in the application's own helper process. */
function runJob(app: ElectronApplication, script: string, folder: string, job: VaultJob): Promise<Run> {
  return app.evaluate(
    ({ app: electron, utilityProcess }, request) =>
      new Promise<Run>((resolve) => {
        const child = utilityProcess.fork(request.script, [], { serviceName: 'suar-vault', stdio: 'ignore', execArgv: ['--expose-gc'] });
        const started = performance.now();
        let peakKib = 0;
        const watch = setInterval(() => {
          const metrics = electron.getAppMetrics().find(({ pid }) => pid === child.pid);
          peakKib = Math.max(peakKib, metrics?.memory.peakWorkingSetSize ?? 0, metrics?.memory.workingSetSize ?? 0);
        }, 100);
        child.on('message', (reply: { readonly result?: { readonly ok: boolean; readonly value?: { readonly state?: string } } }) => {
          if (!reply.result) return;
          clearInterval(watch);
          const isIntact = reply.result.value?.state === undefined || reply.result.value.state === 'intact';
          resolve({ seconds: (performance.now() - started) / 1000, peakMib: peakKib / 1024, ok: reply.result.ok && isIntact });
          child.kill();
        });
        child.postMessage({ vaultKey: new Uint8Array(32).fill(7), folder: request.folder, job: request.job });
      }),
    { script, folder, job },
  );
}

const { mb, rounds, json } = readOptions({ mb: 1024, rounds: 3 });
const root = path.resolve(import.meta.dirname, '..');
spawnSync(process.execPath, ['scripts/electron/ensure.mjs'], { cwd: root, stdio: 'inherit' });
const endDisplay = hasDisplay() ? () => undefined : await startVirtualDisplay();
const folder = mkdtempSync(path.join(tmpdir(), 'suar-bench-vault-'));
const app = await _electron.launch({ args: ['.', `--profile=${path.join(folder, 'profile')}`, '--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])], cwd: root, timeout: 30_000 });
/** Files of the size that are there at the end: the source, and of each round three copies, the vault and the export. */
const files = 1 + rounds * 5;
try {
  const { bavail, bsize } = statfsSync(folder);
  if (files * mb * MIB > bavail * bsize) throw new Error(`${files * mb} MiB of room are needed in ${path.dirname(folder)}`);
  const script = path.join(root, 'out/main/vault.js');
  const source = path.join(folder, 'source.bin');
  progress(`writing ${mb} MiB`);
  writeSource(source, mb);
  warm(source);
  const pairs = { import: [] as Pair[], verify: [] as Pair[], export: [] as Pair[] };
  const peaks: number[] = [];
  const digest = spawnSync('sha256sum', [source], { encoding: 'utf8' }).stdout.slice(0, 64);
  for (let round = 0; round < rounds; round++) {
    const vault = path.join(folder, `vault-${round}`);
    const target = path.join(folder, `out-${round}.bin`);
    const id = `${JOB}${String(round).padStart(2, '0')}`;
    const work = [
      ['import', { kind: 'begin', id, source, name: 'source.bin', note: '' }],
      ['export', { kind: 'export', job: id, id, target }],
      ['verify', { kind: 'verify', id, sha256: digest }],
    ] as const satisfies readonly (readonly [keyof typeof pairs, VaultJob])[];
    for (const [name, job] of work) {
      // Each beside a copy of its own: what else the machine does meets both.
      settle();
      const copy = await plainCopy(source, path.join(folder, `copy-${round}-${name}.bin`));
      settle();
      const run = await runJob(app, script, vault, job);
      if (!run.ok) throw new Error(`${name} failed`);
      pairs[name].push({ rate: mb / run.seconds, copy });
      peaks.push(run.peakMib);
      progress(`round ${round + 1}: ${name} ${Math.round(mb / run.seconds)} MiB/s beside a copy at ${Math.round(copy)} MiB/s, peak ${Math.round(run.peakMib)} MiB`);
    }
    if (spawnSync('sha256sum', [target], { encoding: 'utf8' }).stdout.slice(0, 64) !== digest) throw new Error('the export is another file');
  }
  const bound = { of: 'ratio', is: '>=', bound: 0.6 } as const;
  const figure = (name: keyof typeof pairs, target?: typeof bound) => {
    const { rate, copy } = middle(pairs[name]);
    return toFigure(`vault ${name} of ${mb} MiB / plain copy with fsync`, rate, 'MiB/s', { baseline: copy, ...(target ? { target } : {}) });
  };
  report(
    [
      figure('import', bound),
      figure('export', bound),
      figure('verify'),
      toFigure(`peak memory of the vault process at ${mb} MiB`, Math.max(...peaks), 'MiB', { target: { of: 'value', is: '<=', bound: 150 } }),
    ],
    json,
  );
} finally {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
  endDisplay();
}
