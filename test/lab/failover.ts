import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SuarRecord } from '#shared/schema/record.ts';
import { createHub } from '../../src-hub/server.ts';
import { createIdentity, type Identity } from '../../src-main/keys/identity.ts';
import { createLink, type Link } from '../../src-main/link/link.ts';
import { benchRecord } from '../bench/bench-records.ts';
import { openCountingLine } from '../bench/sync/counting-line.ts';
import { freePort, postgresBin, startPostgres, type PgNode } from '../factories/postgres.ts';

/** What is played. */
export interface FailoverRun {
  /** Whether commits wait for the standby; `false` is a planted bug. */
  readonly synchronous: boolean;
  /** Plants a hub that acknowledges before the commit is anywhere but in memory. */
  readonly acknowledgesEarly?: boolean;
  readonly devices: number;
  /** Length of each part of the run, in milliseconds: before the hub is killed, before the primary is killed, after the promotion. */
  readonly partMs: number;
}

/** What came of it; all but the gaps are exact. */
export interface FailoverOutcome {
  readonly acknowledged: number;
  readonly acknowledgedAfter: number;
  /** Acknowledged records that the promoted node does not have, or has in an older version. */
  readonly lost: number;
  /** Edits of acknowledged versions that the hub did not know: what was lost, seen by its author. */
  readonly refused: number;
  /** Records a fresh device received more or less than once, or not in the newest acknowledged version. */
  readonly misread: number;
  /** Devices that acknowledged nothing after the promotion. */
  readonly stuck: number;
  /** Longest time without an acknowledgement on any one device: after the death of its hub, and after the promotion. */
  readonly hubGapMs: number;
  readonly databaseGapMs: number;
}

const HUBS = 3;
const ROWS = 5;
/** Detecting a dead primary is the work of whoever promotes; this is how long that takes here. */
const DETECT_MS = 1_000;
/** The standby is cut off for this long before the primary dies. */
const CUT_MS = 400;
const UNIT = 'la-demo';
const GIVE_UP_MS = 40_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Pusher {
  readonly link: Link;
  readonly acknowledged: Map<string, string>;
  readonly times: number[];
  readonly refused: () => number;
  readonly stop: () => Promise<void>;
}

/** Three hub processes, a primary and a standby; pushing devices; one hub and then the primary are killed. */
export async function playFailover(run: FailoverRun): Promise<FailoverOutcome> {
  const bin = postgresBin();
  if (!bin) throw new Error('PostgreSQL 15 or newer is not installed');
  const folder = mkdtempSync(path.join(tmpdir(), 'suar-failover-'));
  const nodes: PgNode[] = [];
  const children: ChildProcess[] = [];
  const pushers: Pusher[] = [];
  try {
    const primary = await startPostgres(bin, { settings: { wal_level: 'replica', max_wal_senders: '8' } });
    nodes.push(primary);
    await primary.sql('create role hub_owner login createrole', 'create role hub_app login', 'create database hub owner hub_owner');
    const line = await openCountingLine(primary.port);
    const standby = await startPostgres(bin, { copyFrom: line.port });
    nodes.push(standby);
    if (run.synchronous) await primary.sql("alter system set synchronous_standby_names = 'standby'", 'select pg_reload_conf()');

    const hosts = `127.0.0.1:${standby.port},127.0.0.1:${primary.port}`;
    const early = run.acknowledgesEarly ? '?options=-c%20synchronous_commit%3Doff' : '';
    const urls = { databaseUrl: `postgres://hub_owner@${hosts}/hub`, serviceUrl: `postgres://hub_app@${hosts}/hub${early}` };
    const ports = await Promise.all(Array.from({ length: HUBS }, freePort));
    const codes = await prepare(folder, urls, ports, run.devices);
    for (const [n, port] of ports.entries()) children.push(await startHubProcess(path.join(folder, `hub${n}`), path.join(folder, 'ca'), urls, port));
    for (const [n, code] of codes.entries()) pushers.push(await startPusher(path.join(folder, `device${n}`), code, n));

    await pause(run.partMs);
    const hubKilled = performance.now();
    children[0]?.kill('SIGKILL');
    await pause(run.partMs);
    // what the standby has not received yet must not have been acknowledged
    await line.close();
    await pause(CUT_MS);
    const before = count(pushers);
    const killed = performance.now();
    primary.kill();
    await pause(DETECT_MS);
    await standby.promote();
    const promoted = performance.now();
    await pause(run.partMs);
    for (const pusher of pushers) await pusher.stop();

    const acknowledged = new Map(pushers.flatMap((pusher) => [...pusher.acknowledged]));
    return {
      acknowledged: acknowledged.size,
      acknowledgedAfter: acknowledged.size - before,
      refused: pushers.reduce((sum, pusher) => sum + pusher.refused(), 0),
      lost: await countLost(standby, acknowledged),
      misread: await countMisread(pushers[0], acknowledged),
      stuck: pushers.filter((pusher) => !pusher.times.some((time) => time > promoted)).length,
      hubGapMs: Math.max(...pushers.map((pusher) => gapAfter(pusher.times, hubKilled, killed))),
      databaseGapMs: Math.max(...pushers.map((pusher) => gapAfter(pusher.times, promoted, Number.POSITIVE_INFINITY))),
    };
  } finally {
    for (const { link } of pushers) link.close();
    for (const child of children) child.kill('SIGKILL');
    for (const node of nodes.reverse()) await node.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function count(pushers: readonly Pusher[]): number {
  return pushers.reduce((sum, pusher) => sum + pusher.acknowledged.size, 0);
}

/** Units, addresses and one-time codes, made through a hub in this process; the codes name the hubs in turn. */
async function prepare(folder: string, urls: { readonly databaseUrl: string; readonly serviceUrl: string }, ports: readonly number[], devices: number): Promise<string[]> {
  const hub = await createHub({ dataDir: path.join(folder, 'first'), caDir: path.join(folder, 'ca'), ...urls, host: '127.0.0.1', port: 0, logLevel: 'silent' });
  try {
    const codes: string[] = [];
    for (let n = 0; n < devices; n++) {
      await hub.admin.addUnit({ id: `${UNIT}-${n}`, country: 'LA', kind: 'unit', name: `Unit ${n}` });
      codes.push(await hub.admin.createCode(`${UNIT}-${n}`, 'officer', '127.0.0.1', ports[n % ports.length]));
    }
    await hub.admin.setAddresses(ports.map((port) => `127.0.0.1:${port}`));
    return codes;
  } finally {
    await hub.close();
  }
}

async function startHubProcess(data: string, ca: string, urls: { readonly databaseUrl: string; readonly serviceUrl: string }, port: number): Promise<ChildProcess> {
  const env = { ...process.env, DATABASE_URL: urls.databaseUrl, HUB_APP_URL: urls.serviceUrl, HUB_CA_DIR: ca };
  const child = spawn(process.execPath, ['src-hub/cli.ts', 'start', '--data', data, '--host', '127.0.0.1', '--port', String(port)], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => chunk.includes('hub listens') && resolve());
    child.once('exit', () => reject(new Error('the hub ended')));
  });
  return child;
}

/** A device with the app's own link that pushes new cases and edits of them without a pause, and repeats what was not acknowledged. */
async function startPusher(folder: string, code: string, n: number): Promise<Pusher> {
  mkdirSync(folder);
  let identity: Identity = createIdentity('Invented officer');
  const link = createLink({ folder, dataKey: randomBytes(32), holder: { current: () => identity, save: (next) => (identity = next) }, onStatus: () => undefined, onWake: () => undefined });
  const enrolled = await link.enrol(code);
  if (!enrolled.ok) throw new Error(`enrolment: ${enrolled.error.code}`);
  for (const end = Date.now() + 30_000; !link.status().admitted || link.status().state !== 'online'; await pause(20)) if (Date.now() > end) throw new Error('not admitted');

  const acknowledged = new Map<string, string>();
  const times: number[] = [];
  const load = { running: true };
  let refused = 0;
  const push = async (): Promise<void> => {
    let last: SuarRecord[] = [];
    for (let batch = 0; load.running; batch++) {
      const isEdit = batch % 3 === 2;
      const docs = isEdit
        ? last.map((doc) => ({ ...doc, rev: randomBytes(12).toString('hex') }))
        : Array.from({ length: ROWS }, (_, at) => benchRecord(n * 1_000_000 + batch * ROWS + at, { owner: `${UNIT}-${n}`, author: identity.deviceId }));
      const rows = docs.map((doc, at) => ({ doc: { ...doc, _deleted: false }, assumed: isEdit ? (last[at]?.rev ?? null) : null }));
      // also the last batch is repeated until it is acknowledged
      for (const end = Date.now() + GIVE_UP_MS; ; await pause(100)) {
        if (Date.now() > end) throw new Error('a push is never acknowledged');
        const answer = await link.push({ rows });
        if (answer.ok && answer.value.conflicts.length + answer.value.rejected.length > 0) {
          refused += docs.length;
          last = [];
          break;
        }
        if (answer.ok) {
          for (const doc of docs) acknowledged.set(doc.id, doc.rev);
          times.push(performance.now());
          last = docs;
          break;
        }
      }
    }
  };
  const running = push();
  return {
    link,
    acknowledged,
    times,
    refused: () => refused,
    stop: async () => {
      load.running = false;
      await running;
    },
  };
}

async function countLost(node: PgNode, acknowledged: ReadonlyMap<string, string>): Promise<number> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: node.url('postgres', 'hub') });
  await client.connect();
  const { rows } = await client.query<{ id: string; rev: string }>('select id::text as id, rev from records');
  await client.end();
  const revs = new Map(rows.map((row) => [row.id, row.rev]));
  return [...acknowledged].filter(([id, rev]) => revs.get(id) !== rev).length;
}

/** Pulls everything from the beginning through the hubs that are left. */
async function countMisread(pusher: Pusher | undefined, acknowledged: ReadonlyMap<string, string>): Promise<number> {
  if (!pusher) return 0;
  const times = new Map<string, number>();
  const revs = new Map<string, string>();
  for (let cursor = ''; ;) {
    const page = await pusher.link.pull({ cursor, limit: 500 });
    if (!page.ok) throw new Error(page.error.code);
    for (const doc of page.value.docs) {
      times.set(doc.id, (times.get(doc.id) ?? 0) + 1);
      if ('rev' in doc) revs.set(doc.id, doc.rev);
    }
    cursor = page.value.cursor;
    if (page.value.done) break;
  }
  return [...pusher.acknowledged.keys()].filter((id) => times.get(id) !== 1 || revs.get(id) !== acknowledged.get(id)).length;
}

function gapAfter(times: readonly number[], from: number, to: number): number {
  const after = times.filter((time) => time > from && time < to);
  const steps = [from, ...after];
  return Math.max(0, ...steps.slice(1).map((time, at) => time - (steps[at] ?? time)));
}
