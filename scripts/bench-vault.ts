/**
 * Measures the evidence vault in the process the application uses (Electron's utility process, the built code) beside a plain
 * streamed copy of the same file with fsync, in the same run and on the same disk. `npm run bench:vault -- --mb 2048 --json`
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, fsyncSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { _electron, type ElectronApplication } from '@playwright/test';
import type { VaultJob } from '../src-main/vault/run-job.ts';
import { hasDisplay, startVirtualDisplay } from './display.ts';
import { median, progress, readOptions, report, toFigure } from './measure.ts';

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
  const rate = statSync(target).size / MIB / seconds;
  rmSync(target);
  return rate;
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
        const child = utilityProcess.fork(request.script, [], { serviceName: 'suar-vault', stdio: 'ignore' });
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

const { mb, rounds, json } = readOptions({ mb: 2048, rounds: 3 });
const root = path.resolve(import.meta.dirname, '..');
spawnSync(process.execPath, ['scripts/electron/ensure.mjs'], { cwd: root, stdio: 'inherit' });
const endDisplay = hasDisplay() ? () => undefined : await startVirtualDisplay();
const folder = mkdtempSync(path.join(tmpdir(), 'suar-bench-vault-'));
const app = await _electron.launch({ args: ['.', `--profile=${path.join(folder, 'profile')}`, '--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])], cwd: root, timeout: 30_000 });
try {
  const script = path.join(root, 'out/main/vault.js');
  const source = path.join(folder, 'source.bin');
  progress(`writing ${mb} MiB`);
  writeSource(source, mb);
  warm(source);
  const rates = { copy: [] as number[], import: [] as number[], verify: [] as number[], export: [] as number[] };
  const peaks: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const vault = path.join(folder, `vault-${round}`);
    const id = `${JOB}${String(round).padStart(2, '0')}`;
    const target = path.join(folder, 'out.bin');
    rates.copy.push(await plainCopy(source, target));
    for (const [name, job] of [
      ['import', { kind: 'begin', id, source, name: 'source.bin', note: '' }],
      ['export', { kind: 'export', job: id, id, target }],
    ] as const satisfies readonly (readonly ['import' | 'export', VaultJob])[]) {
      const run = await runJob(app, script, vault, job);
      if (!run.ok) throw new Error(`${name} failed`);
      rates[name].push(mb / run.seconds);
      peaks.push(run.peakMib);
    }
    const started = performance.now();
    const sha256 = spawnSync('sha256sum', [target], { encoding: 'utf8' }).stdout.slice(0, 64);
    progress(`sha256sum of the export: ${(mb / ((performance.now() - started) / 1000)).toFixed(0)} MiB/s`);
    const verified = await runJob(app, script, vault, { kind: 'verify', id, sha256 });
    if (!verified.ok) throw new Error('verify failed');
    rates.verify.push(mb / verified.seconds);
    peaks.push(verified.peakMib);
    progress(
      `round ${round + 1}: ${Object.entries(rates)
        .map(([name, all]) => `${name} ${Math.round(all.at(-1) ?? 0)}`)
        .join(', ')} MiB/s, peak ${Math.round(Math.max(...peaks))} MiB`,
    );
    rmSync(vault, { recursive: true });
    rmSync(target);
  }
  const baseline = median(rates.copy);
  const target = { of: 'ratio', is: '>=', bound: 0.6 } as const;
  report(
    [
      toFigure(`vault import of ${mb} MiB / plain copy with fsync`, median(rates.import), 'MiB/s', { baseline, target }),
      toFigure(`vault export of ${mb} MiB / plain copy with fsync`, median(rates.export), 'MiB/s', { baseline, target }),
      toFigure(`verify of ${mb} MiB / plain copy with fsync`, median(rates.verify), 'MiB/s', { baseline }),
      toFigure(`peak memory of the vault process at ${mb} MiB`, Math.max(...peaks), 'MiB', { target: { of: 'value', is: '<=', bound: 150 } }),
    ],
    json,
  );
} finally {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
  endDisplay();
}
