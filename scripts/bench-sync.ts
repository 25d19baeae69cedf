/**
 * Measures a first sync over loopback: one device seals and pushes, a second device of its unit pulls and opens, through a
 * real hub process; beside PouchDB with a PouchDB server and the same documents in the same run. Both keep documents in memory.
 * Then over simulated lines of 64 kbit/s and 600 ms: goodput, loss, cuts, one edit, PouchDB on the same line.
 * `npm run bench:sync -- --docs 10000 --rounds 3 --line-docs 2000 --cut-bytes 120000 --json`; without options a small run.
 */
import '../test/bench/raw-imports.ts';
import { spawnSync } from 'node:child_process';
import { benchRecord } from '../test/bench/bench-records.ts';
import { openCountingLine } from '../test/bench/sync/counting-line.ts';
import { startPouchBaseline, type SyncRun } from '../test/bench/sync/pouch-pair.ts';
import type { HubProcess } from '../test/e2e/hub-process.ts';
import { BENCH_ENGINE, BENCH_UNIT, withBenchHub } from '../test/bench/sync/bench-hub.ts';
import type { LineRuns } from '../test/bench/sync/line-runs.ts';
import { SATELLITE } from '../test/bench/sync/slow-line.ts';
import { median, progress, readOptions, report, toFigure } from './measure.ts';

const { docs, rounds, 'line-docs': lineDocs, 'cut-bytes': cutBytes, json } = readOptions({ docs: 1000, rounds: 1, 'line-docs': 600, 'cut-bytes': 20_000 });

/** Push and pull through a new hub. The devices' code is loaded here because it needs the hook of raw-imports.ts. */
async function runSuar(hub: HubProcess): Promise<SyncRun> {
  const { openHubDevice, requestsSent } = await import('../test/bench/sync/hub-device.ts');
  const lines = [await openCountingLine(hub.port), await openCountingLine(hub.port)] as const;
  const code = (line: number) => hub.run('code', BENCH_UNIT, '--host', '127.0.0.1', '--port', String(line)).trim();
  const first = await openHubDevice(code(lines[0].port));
  const second = await openHubDevice(code(lines[1].port), first);
  await first.insert(Array.from({ length: docs }, (_, n) => benchRecord(n, { owner: BENCH_UNIT, author: first.id })));
  const before = [lines[0].bytes().up, lines[1].bytes().down] as const;
  const asked = requestsSent();
  const pushMs = await first.syncUntil(docs);
  const pushBytes = lines[0].bytes().up - before[0];
  const pullMs = await second.syncUntil(docs);
  const run = { pushMs, pullMs, pushBytes, pullBytes: lines[1].bytes().down - before[1], requests: requestsSent() - asked };
  await Promise.all([first.close(), second.close()]);
  await Promise.all(lines.map((line) => line.close()));
  return run;
}

/** The bad lines, with a hub of their own. */
async function runBadLines(): Promise<LineRuns> {
  const { runLines } = await import('../test/bench/sync/line-runs.ts');
  return withBenchHub((hub) => runLines(hub, baseline, lineDocs, cutBytes));
}

progress(`hub on ${BENCH_ENGINE}`);
const records = Array.from({ length: docs }, (_, n) => benchRecord(n));
/** All documents in one archive, in bytes; undefined where this machine has no `xz`. */
const packedBytes = spawnSync('xz', ['-9e', '-c'], { input: JSON.stringify(records), maxBuffer: 1 << 30 }).stdout?.length;
const jsonBytes = records.reduce((sum, record) => sum + Buffer.byteLength(JSON.stringify(record)), 0) / docs;
const suar: SyncRun[] = [];
const pouch: SyncRun[] = [];
const baseline = await startPouchBaseline();
let lines: LineRuns;
try {
  for (let round = 0; round < rounds; round++) {
    suar.push(await withBenchHub(runSuar));
    pouch.push(await baseline.run(records));
    const seconds = (run: SyncRun | undefined) => (((run?.pushMs ?? 0) + (run?.pullMs ?? 0)) / 1000).toFixed(2);
    progress(`round ${round + 1}: hub ${seconds(suar.at(-1))} s, PouchDB ${seconds(pouch.at(-1))} s`);
  }
  progress(`${lineDocs} over bad lines`);
  lines = await runBadLines();
} finally {
  await baseline.close();
}
const of = (runs: readonly SyncRun[], pick: (run: SyncRun) => number) => median(runs.map(pick));
const atLeast = (bound: number) => ({ target: { of: 'ratio', is: '>=', bound } }) as const;
const atMost = (bound: number) => ({ target: { of: 'ratio', is: '<=', bound } }) as const;
const rateOf = ({ bytes, ms }: { readonly bytes: number; readonly ms: number }) => (bytes * 1000) / ms;
const leastMs = (lines.clean.bytes * 1000) / SATELLITE.bytesPerSecond;
const wire = { target: { of: 'ratio', is: '<=', bound: 0.6 } } as const;
report(
  [
    toFigure(
      `first sync of ${docs}, push and pull, hub / PouchDB`,
      of(suar, (run) => run.pushMs + run.pullMs),
      'ms',
      { baseline: of(pouch, (run) => run.pushMs + run.pullMs) },
    ),
    toFigure(
      'push alone, hub / PouchDB',
      of(suar, (run) => run.pushMs),
      'ms',
      { baseline: of(pouch, (run) => run.pushMs) },
    ),
    toFigure(
      'pull alone, hub / PouchDB',
      of(suar, (run) => run.pullMs),
      'ms',
      { baseline: of(pouch, (run) => run.pullMs) },
    ),
    toFigure('bytes pushed per document / its JSON', of(suar, (run) => run.pushBytes) / docs, 'B', { baseline: jsonBytes, ...wire }),
    toFigure('bytes pulled per document / its JSON', of(suar, (run) => run.pullBytes) / docs, 'B', { baseline: jsonBytes, ...wire }),
    toFigure('bytes pushed per document, PouchDB / hub', of(pouch, (run) => run.pushBytes) / docs, 'B', { baseline: of(suar, (run) => run.pushBytes) / docs, ...(docs >= 1000 ? atLeast(3) : {}) }),
    toFigure('bytes pulled per document, PouchDB / hub', of(pouch, (run) => run.pullBytes) / docs, 'B', { baseline: of(suar, (run) => run.pullBytes) / docs, ...(docs >= 1000 ? atLeast(1.4) : {}) }),
    ...(packedBytes === undefined
      ? []
      : [
          toFigure('bytes pulled per document / its share of `xz -9e` over all', of(suar, (run) => run.pullBytes) / docs, 'B', { baseline: packedBytes / docs, ...(docs >= 1000 ? atMost(1.45) : {}) }),
          toFigure('bytes pushed per document / its share of `xz -9e` over all', of(suar, (run) => run.pushBytes) / docs, 'B', { baseline: packedBytes / docs }),
        ]),
    toFigure(
      'requests, PouchDB / hub',
      of(pouch, (run) => run.requests),
      'requests',
      { baseline: of(suar, (run) => run.requests), ...(docs >= 10_000 ? atLeast(20) : {}) },
    ),
    toFigure('64 kbit/s, 600 ms: goodput of a first pull / the line', rateOf(lines.clean), 'B/s', { baseline: SATELLITE.bytesPerSecond, ...atLeast(0.87) }),
    toFigure('the same with 5 % loss, several lines together', rateOf(lines.lossy), 'B/s', { baseline: SATELLITE.bytesPerSecond, ...atLeast(0.84) }),
    toFigure('goodput of a first push / the line', rateOf(lines.push), 'B/s', { baseline: SATELLITE.bytesPerSecond }),
    toFigure(`bytes wasted by each of ${lines.cut.resumed} cuts, handshake included`, (lines.cut.bytes - lines.clean.bytes) / Math.max(1, lines.cut.resumed), 'B', {
      target: { of: 'value', is: '<=', bound: 16_000 },
    }),
    toFigure(`bytes wasted by each of ${lines.pushCut.resumed} cuts of a push, handshake included`, (lines.pushCut.bytes - lines.push.bytes) / Math.max(1, lines.pushCut.resumed), 'B', {
      target: { of: 'value', is: '<=', bound: 16_000 },
    }),
    // a cut costs some seconds whatever was sent before it: held to the bound where they are as far apart as 50 in 100,000 records
    toFigure('first pull with cuts / the least time the line takes', lines.cut.ms, 'ms', { baseline: leastMs, ...(lineDocs / Math.max(1, lines.cut.resumed) >= 2000 ? atMost(1.1) : {}) }),
    toFigure(`first sync of ${lineDocs} on that line, push and pull, PouchDB / hub`, lines.pouch.ms, 'ms', { baseline: lines.push.ms + lines.clean.ms, ...atLeast(1.6) }),
    toFigure('an urgent record while a first pull runs on that line', lines.urgentMs.busy, 'ms', { target: { of: 'value', is: '<=', bound: 3000 } }),
    toFigure('an urgent record alone', lines.urgentMs.alone, 'ms', { target: { of: 'value', is: '<=', bound: 1300 } }),
    toFigure('bytes up for one changed field, warm', lines.editBytes, 'B', { target: { of: 'value', is: '<=', bound: 600 } }),
  ],
  json,
);
