import type { SuarRecord } from '#shared/schema/record.ts';
import type { HubProcess } from '../../e2e/hub-process.ts';
import { benchRecord } from '../bench-records.ts';
import { BENCH_UNIT } from './bench-hub.ts';
import { openCountingLine } from './counting-line.ts';
import { openHubDevice, type HubDevice } from './hub-device.ts';
import type { PouchBaseline } from './pouch-pair.ts';
import { openSlowLine, SATELLITE, type LineKind } from './slow-line.ts';

/** A first pull over one line. */
export interface LineRun {
  readonly ms: number;
  readonly bytes: number;
  /** Connections made for it, after the one it began with. */
  readonly resumed: number;
}

/** What a run over bad lines came to; all lines run at the same time, each with a device of its own. */
export interface LineRuns {
  readonly clean: LineRun;
  /** All of {@link LOSSY_LINES} together. */
  readonly lossy: LineRun;
  readonly cut: LineRun;
  /** PouchDB with the same records over the clean line, push and pull. */
  readonly pouch: LineRun;
  /** The same push over the clean line, and over one whose connection breaks. */
  readonly push: LineRun;
  readonly pushCut: LineRun;
  /** From an urgent record at the hub's door to the store of a device on the clean line: while its first pull runs, and when nothing else does. */
  readonly urgentMs: { readonly busy: number; readonly alone: number };
  /** Bytes up for a changed title, everything that follows it included. */
  readonly editBytes: number;
}

/** Lines with 5 % loss: which packets are lost makes one line 0.8 and another 0.9 of the same. */
const LOSSY_LINES = [1, 2, 3, 4] as const;
/** What a record weighs on the line, with a margin: of a first pull, and of a push. */
const ROW_BYTES = 150;
const PUSHED_ROW_BYTES = 330;
/** Connections of an enrolment before the one that stays. */
const ENROLMENT_CONNECTIONS = 2;
/** A stream has filled the line after this. */
const BUSY_AFTER_MS = 4000;
/** What follows an edit (wake, echo) has come after this. */
const QUIET_MS = 1500;

/** Plays a first sync of `docs` records over bad lines; the connection of one of them breaks every `cutBytes`. */
export async function runLines(hub: HubProcess, pouch: PouchBaseline, docs: number, cutBytes: number): Promise<LineRuns> {
  const code = (port: number) => codeFor(hub, port);
  const fast = await openCountingLine(hub.port);
  const first = await openHubDevice(code(fast.port));
  const records = (count: number, from = 0): SuarRecord[] => Array.from({ length: count }, (_, n) => benchRecord(from + n, { owner: BENCH_UNIT, author: first.id }));
  await first.insert(records(docs));
  await first.syncUntil(docs);

  const pull = (kind: LineKind, seed?: number): Promise<LineRun> => pullOverLine(hub, first, docs, kind, { seed });
  const pullLossy = async (): Promise<LineRun> => {
    const runs = await Promise.all(LOSSY_LINES.map((seed) => pull({ ...SATELLITE, loss: 0.05 }, seed)));
    return runs.reduce((sum, run) => ({ ms: sum.ms + run.ms, bytes: sum.bytes + run.bytes, resumed: sum.resumed + run.resumed }));
  };
  const cuts = cutsEvery(cutBytes, Math.floor((docs * ROW_BYTES) / cutBytes));
  const pouchOverLine = async (): Promise<LineRun> => {
    const run = await pouch.run(records(docs), (port) => openSlowLine(port, SATELLITE));
    return { ms: run.pushMs + run.pullMs, bytes: run.pushBytes + run.pullBytes, resumed: 0 };
  };
  const [clean, lossy, cut, pouched] = await Promise.all([pull(SATELLITE), pullLossy(), pull({ ...SATELLITE, cuts }), pouchOverLine()]);
  const urgentMs = await urgentOverLine(hub, code, first, docs);

  const before = fast.bytes().up;
  await first.retitle(records(1)[0]?.id ?? '', 'One word is different now');
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const editBytes = fast.bytes().up - before;
  const cutsUp = cutsEvery(cutBytes, Math.floor((docs * PUSHED_ROW_BYTES) / cutBytes));
  const [push, pushCut] = await Promise.all([pushOverLine(hub, first, docs, SATELLITE, 0), pushOverLine(hub, first, docs, { ...SATELLITE, cutsUp }, docs)]);
  await first.close();
  await fast.close();
  return { clean, lossy, cut, pouch: pouched, push, pushCut, urgentMs, editBytes };
}

/** A code for a device that reaches the hub by a line's port. */
export function codeFor(hub: HubProcess, port: number): string {
  return hub.run('code', BENCH_UNIT, '--host', '127.0.0.1', '--port', String(port)).trim();
}

/** Cuts of a line whose connection breaks `count` times after its enrolment, each time after `bytes`. */
export function cutsEvery(bytes: number, count: number): number[] {
  return [...Array.from({ length: ENROLMENT_CONNECTIONS }, () => Number.POSITIVE_INFINITY), ...Array.from({ length: count }, () => bytes)];
}

/** A first pull of `docs` records by a new device that `first` admits; `seed` decides what is lost. Throws after `patienceMs`. */
export async function pullOverLine(
  hub: HubProcess,
  first: HubDevice,
  docs: number,
  kind: LineKind,
  { patienceMs, seed }: { readonly patienceMs?: number; readonly seed?: number | undefined } = {},
): Promise<LineRun> {
  const line = await openSlowLine(hub.port, kind, seed);
  const device = await openHubDevice(codeFor(hub, line.port), first);
  const [down, connections] = [line.bytes().down, line.connections()];
  const ms = await device.syncUntil(docs, patienceMs);
  const run = { ms, bytes: line.bytes().down - down, resumed: line.connections() - connections };
  await device.close();
  await line.close();
  return run;
}

/** An urgent record sent over loopback, received over the clean line: once behind a first pull that is under way, once alone. */
async function urgentOverLine(hub: HubProcess, code: (port: number) => string, first: HubDevice, docs: number): Promise<LineRuns['urgentMs']> {
  const line = await openSlowLine(hub.port, SATELLITE);
  const device = await openHubDevice(code(line.port), first);
  const send = async (n: number): Promise<number> => {
    const { id: ref, audience, ...base } = benchRecord(0, { owner: BENCH_UNIT, author: first.id });
    const { id } = benchRecord(2_000_000 + n);
    const body = { kind: 'read', rev: 'a'.repeat(24), at: '2026-11-21T00:00:00Z', lang: 'en' };
    const start = performance.now();
    await first.insert([{ ...base, rev: benchRecord(2_000_000 + n).rev, id, ref, audience, entity: 'receipt', body }]);
    return (await device.holds(id)) - start;
  };
  const whole = device.syncUntil(docs + 1);
  await new Promise((resolve) => setTimeout(resolve, BUSY_AFTER_MS));
  const busy = await send(1);
  await whole;
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const alone = await send(2);
  await device.close();
  await line.close();
  return { busy, alone };
}

/** A push of `docs` records, numbered from `from`, by a new device that `first` admits. */
export async function pushOverLine(hub: HubProcess, first: HubDevice, docs: number, kind: LineKind, from: number): Promise<LineRun> {
  const line = await openSlowLine(hub.port, kind);
  const device = await openHubDevice(codeFor(hub, line.port), first);
  await device.insert(Array.from({ length: docs }, (_, n) => benchRecord(1_000_000 + from + n, { owner: BENCH_UNIT, author: device.id })));
  const [up, connections] = [line.bytes().up, line.connections()];
  const ms = await device.pushAll();
  const run = { ms, bytes: line.bytes().up - up, resumed: line.connections() - connections };
  await device.close();
  await line.close();
  return run;
}
