/**
 * Measures a long first pull over a line of 64 kbit/s and 600 ms whose connection breaks again and again, beside the time the line takes for the bytes of a
 * pull without a cut. It runs as long as such a line does: 100,000 records take about half an hour.
 * `npm run bench:cuts -- --docs 100000 --cuts 50 --json`; without options a small run, whose cuts are too close for the bound.
 */
import '../test/bench/raw-imports.ts';
import { benchRecord } from '../test/bench/bench-records.ts';
import { BENCH_ENGINE, BENCH_UNIT, withBenchHub } from '../test/bench/sync/bench-hub.ts';
import { openCountingLine } from '../test/bench/sync/counting-line.ts';
import { SATELLITE } from '../test/bench/sync/slow-line.ts';
import { withHeaders } from '../test/bench/sync/tcp-pipe.ts';
import { progress, readOptions, report, toFigure } from './measure.ts';

/** Records between two cuts from which on the bound holds: 50 cuts in 100,000 records. */
const FAR_APART = 2000;
/** Times the least time after which a run is given up. */
const PATIENCE = 2;
const { docs, cuts, json } = readOptions({ docs: 1000, cuts: 4 });

progress(`hub on ${BENCH_ENGINE}`);
const figures = await withBenchHub(async (hub) => {
  const { openHubDevice } = await import('../test/bench/sync/hub-device.ts');
  const { codeFor, cutsEvery, pullOverLine } = await import('../test/bench/sync/line-runs.ts');
  const [up, down] = [await openCountingLine(hub.port), await openCountingLine(hub.port)];
  const first = await openHubDevice(codeFor(hub, up.port));
  await first.insert(Array.from({ length: docs }, (_, n) => benchRecord(n, { owner: BENCH_UNIT, author: first.id })));
  await first.syncUntil(docs);
  const uncut = await openHubDevice(codeFor(hub, down.port), first);
  const before = down.bytes().down;
  await uncut.syncUntil(docs);
  const bytes = down.bytes().down - before;
  await uncut.close();
  const leastMs = (bytes * 1000) / SATELLITE.bytesPerSecond;
  progress(`${bytes} bytes without a cut: ${(leastMs / 60_000).toFixed(1)} min on the line`);
  const run = await pullOverLine(hub, first, docs, { ...SATELLITE, cuts: cutsEvery(Math.floor(bytes / (cuts + 1)), cuts) }, { patienceMs: leastMs * PATIENCE + 60_000 });
  await first.close();
  await Promise.all([up.close(), down.close()]);
  const isFar = docs / cuts >= FAR_APART;
  return [
    toFigure('cuts', run.resumed, 'connections', { target: { of: 'value', is: '>=', bound: cuts } }),
    toFigure(`first pull of ${docs} / the least time the line takes`, run.ms, 'ms', { baseline: leastMs, ...(isFar ? { target: { of: 'ratio', is: '<=', bound: 1.1 } } : {}) }),
    toFigure('the same with the headers of IP and TCP, which the line carries too', run.ms, 'ms', { baseline: withHeaders(leastMs) }),
    // frames of a slow line are smaller and share less, so this is more than cuts waste; bench:sync holds that, beside the same line without cuts
    toFigure('bytes that came / those of a fast line without a cut', run.bytes, 'B', { baseline: bytes }),
  ];
});
report(figures, json);
