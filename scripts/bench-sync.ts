/**
 * Measures a first sync over loopback: one device seals and pushes, a second device of its unit pulls and opens, through a
 * real hub process; beside PouchDB with a PouchDB server and the same documents in the same run. Both keep documents in memory.
 * `npm run bench:sync -- --docs 2000 --rounds 3 --json`
 */
import '../test/bench/raw-imports.ts';
import { rmSync } from 'node:fs';
import { benchRecord } from '../test/bench/bench-records.ts';
import { openCountingLine } from '../test/bench/sync/counting-line.ts';
import { startPouchBaseline, type SyncRun } from '../test/bench/sync/pouch-pair.ts';
import { startHubProcess, type HubProcess } from '../test/e2e/hub-process.ts';
import { median, progress, readOptions, report, toFigure } from './measure.ts';

const UNIT = 'la-demo';
const { docs, rounds, json } = readOptions({ docs: 2000, rounds: 3 });

/** Push and pull through a new hub. The devices' code is loaded here because it needs the hook of raw-imports.ts. */
async function runSuar(hub: HubProcess): Promise<SyncRun> {
  const { openHubDevice } = await import('../test/bench/sync/hub-device.ts');
  const lines = [await openCountingLine(hub.port), await openCountingLine(hub.port)] as const;
  const code = (line: number) => hub.run('code', UNIT, '--host', '127.0.0.1', '--port', String(line)).trim();
  const first = await openHubDevice(code(lines[0].port));
  const second = await openHubDevice(code(lines[1].port), first);
  await first.insert(Array.from({ length: docs }, (_, n) => benchRecord(n, { owner: UNIT, author: first.id })));
  const before = [lines[0].bytes().up, lines[1].bytes().down] as const;
  const pushMs = await first.syncUntil(docs);
  const pushBytes = lines[0].bytes().up - before[0];
  const pullMs = await second.syncUntil(docs);
  const run = { pushMs, pullMs, pushBytes, pullBytes: lines[1].bytes().down - before[1], requests: first.requests() + second.requests() };
  await Promise.all([first.close(), second.close()]);
  await Promise.all(lines.map((line) => line.close()));
  return run;
}

const records = Array.from({ length: docs }, (_, n) => benchRecord(n));
const jsonBytes = records.reduce((sum, record) => sum + Buffer.byteLength(JSON.stringify(record)), 0) / docs;
const suar: SyncRun[] = [];
const pouch: SyncRun[] = [];
const baseline = await startPouchBaseline();
try {
  for (let round = 0; round < rounds; round++) {
    const hub = await startHubProcess();
    hub.run('region', 'seed', 'resources/region/demo.json');
    try {
      suar.push(await runSuar(hub));
    } finally {
      await hub.stop();
      rmSync(hub.folder, { recursive: true, force: true });
    }
    pouch.push(await baseline.run(records));
    const seconds = (run: SyncRun | undefined) => (((run?.pushMs ?? 0) + (run?.pullMs ?? 0)) / 1000).toFixed(2);
    progress(`round ${round + 1}: hub ${seconds(suar.at(-1))} s, PouchDB ${seconds(pouch.at(-1))} s`);
  }
} finally {
  await baseline.close();
}
const of = (runs: readonly SyncRun[], pick: (run: SyncRun) => number) => median(runs.map(pick));
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
    toFigure('bytes pulled per document, hub / PouchDB', of(suar, (run) => run.pullBytes) / docs, 'B', { baseline: of(pouch, (run) => run.pullBytes) / docs }),
    toFigure(
      'requests, hub / PouchDB',
      of(suar, (run) => run.requests),
      'requests',
      { baseline: of(pouch, (run) => run.requests) },
    ),
  ],
  json,
);
