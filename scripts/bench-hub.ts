/**
 * Measures the hub on PostgreSQL with row-level security: documents pushed (shape, signatures, rules, feed) and pulled a second by one, two and three hub processes,
 * in a temporary cluster that flushes, seeded with a region of 20 countries of 50 units of 50 officers. Without HTTP and TLS, which `bench:sync` measures.
 * `npm run bench:hub -- --records 1000000 --seconds 10 --json`
 */
import { fork } from 'node:child_process';
import path from 'node:path';
import pg from 'pg';
import type { BenchOrder } from '../test/bench/hub/bench-worker.ts';
import { openDatabase } from '../src-hub/db/open.ts';
import { selfTest } from '../src-hub/db/self-test.ts';
import { COUNTRIES, OFFICERS_EACH, seedRegionRows, UNITS_EACH } from '../test/bench/hub/seeded-region.ts';
import { postgresBin, startPostgres } from '../test/factories/postgres.ts';
import { progress, readOptions, report, toFigure, type Figure } from './measure.ts';

const { records, seconds, processes, json } = readOptions({ records: 20_000, seconds: 4, processes: 3 });
/** Documents a second that 2 cores and 1 M records are held to, of any number of processes. */
const TARGET = { push: 5_000, pull: 25_000 } as const;

async function measure(urls: { readonly databaseUrl: string; readonly serviceUrl: string }, verb: 'push' | 'pull', count: number): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, process) => {
      const child = fork(path.join(import.meta.dirname, '../test/bench/hub/bench-worker.ts'));
      const order: BenchOrder = { ...urls, process, verb, ms: seconds * 1000 };
      return new Promise<{ rows: number; ms: number }>((resolve, reject) => {
        child.once('message', (answer: { rows: number; ms: number; error?: string }) => {
          child.kill();
          if (answer.error) reject(new Error(answer.error));
          else resolve(answer);
        });
        child.once('error', reject);
        child.send(order);
      });
    }),
  );
  return answers.reduce((sum, { rows, ms }) => sum + (rows / ms) * 1000, 0);
}

/** Leaves the database as one that has been at work for days: with statistics, and with what was seeded on the disk. */
async function settle(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of ['vacuum (analyze)', 'checkpoint']) await client.query(statement);
  await client.end();
}

const bin = postgresBin();
if (!bin) throw new Error('PostgreSQL 15 or newer is not installed');
const node = await startPostgres(bin, { settings: { shared_buffers: '512MB', max_wal_size: '4GB', work_mem: '16MB', max_connections: '80', fsync: 'on' } });
const figures: Figure[] = [];
try {
  await node.sql('create role hub_owner login createrole', 'create role hub_app login', 'create database hub owner hub_owner');
  const urls = { databaseUrl: node.url('hub_owner', 'hub'), serviceUrl: node.url('hub_app', 'hub') };
  const db = await openDatabase({ dataDir: '', ...urls });
  await selfTest(db);
  const from = performance.now();
  await seedRegionRows(db, records, (done) => progress(`seeded ${done} of ${records} records, ${Math.round((performance.now() - from) / 1000)} s`));
  await db.close();
  await settle(node.url('postgres', 'hub'));
  figures.push(toFigure('units', COUNTRIES * UNITS_EACH, 'units'), toFigure('devices', COUNTRIES * UNITS_EACH * OFFICERS_EACH, 'devices'), toFigure('records at the start', records, 'records'));
  const best = { push: 0, pull: 0 };
  for (const verb of ['pull', 'push'] as const)
    for (let count = 1; count <= processes; count++) {
      const rate = await measure(urls, verb, count);
      best[verb] = Math.max(best[verb], rate);
      figures.push(toFigure(`${verb}, ${count} hub processes`, rate, 'documents/s'));
      progress(`${verb} ${count}: ${Math.round(rate)}/s`);
    }
  for (const verb of ['push', 'pull'] as const)
    figures.push(toFigure(`${verb}, the best of them / ${TARGET[verb]}`, best[verb], 'documents/s', { baseline: TARGET[verb], target: { of: 'ratio', is: '>=', bound: 1 } }));
} finally {
  await node.stop();
}
report(figures, json);
