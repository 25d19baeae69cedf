import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe } from 'vitest';
import { openDatabase, type StorageOptions } from '../../src-hub/db/open.ts';
import type { Database } from '../../src-hub/db/database.ts';

/** One engine the hub runs on; `storage` gives a fresh, empty place to keep rows. */
export interface Engine {
  readonly name: 'pglite' | 'postgres';
  readonly storage: () => Promise<StorageOptions>;
}

const POSTGRES_ROOT = '/usr/lib/postgresql';

function postgresBin(): string | undefined {
  if (!existsSync(POSTGRES_ROOT)) return undefined;
  const versions = readdirSync(POSTGRES_ROOT).filter((version) => Number(version) >= 15 && existsSync(join(POSTGRES_ROOT, version, 'bin', 'initdb')));
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest && join(POSTGRES_ROOT, newest, 'bin');
}

/** A folder that the test run removes. */
export function tempDir(): string {
  return mkdtempSync(join(tmpdir(), 'suar-hub-'));
}

/** Runs the same suite on PGlite and, where its programs are installed, on a throw-away PostgreSQL. */
export function describeEngines(name: string, suite: (engine: Engine) => void): void {
  describe(`${name} on pglite`, () => {
    const folders: string[] = [];
    afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
    suite({
      name: 'pglite',
      storage: () => {
        const dataDir = tempDir();
        folders.push(dataDir);
        return Promise.resolve({ dataDir });
      },
    });
  });
  const bin = postgresBin();
  if (!bin) {
    describe.skip(`${name} on postgres: skipped, no PostgreSQL >= 15 under ${POSTGRES_ROOT}`, () => undefined);
    return;
  }
  describe(`${name} on postgres`, () => {
    const cluster = createCluster(bin);
    beforeAll(cluster.start);
    afterAll(cluster.stop);
    suite({ name: 'postgres', storage: cluster.storage });
  });
}

interface Cluster {
  readonly start: () => Promise<void>;
  readonly stop: () => void;
  readonly storage: () => Promise<StorageOptions>;
}

/** PostgreSQL refuses to run as root, so it runs as its own OS user there. */
function runAsPostgres(program: string, args: readonly string[]): void {
  if (process.getuid?.() === 0) execFileSync('runuser', ['-u', 'postgres', '--', program, ...args], { stdio: 'ignore', cwd: '/' });
  else execFileSync(program, [...args], { stdio: 'ignore', cwd: '/' });
}

function createCluster(bin: string): Cluster {
  const folder = tempDir();
  const folders: string[] = [folder];
  let port = 0;
  let databases = 0;
  const url = (user: string, database: string): string => `postgres://${user}@127.0.0.1:${port}/${database}`;
  const asSuper = async (...statements: readonly string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: url('postgres', 'postgres') });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  return {
    start: async () => {
      port = await freePort();
      if (process.getuid?.() === 0) chownSync(folder, Number(execFileSync('id', ['-u', 'postgres'])), -1);
      runAsPostgres(join(bin, 'initdb'), ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C']);
      runAsPostgres(join(bin, 'pg_ctl'), ['-D', join(folder, 'data'), '-w', '-l', join(folder, 'log'), '-o', `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off`, 'start']);
      // the owner is no superuser: FORCE row-level security binds it too
      await asSuper('create role hub_owner login createrole', 'create role hub_app login');
    },
    stop: () => {
      runAsPostgres(join(bin, 'pg_ctl'), ['-D', join(folder, 'data'), '-m', 'immediate', 'stop']);
      folders.forEach((each) => rmSync(each, { recursive: true, force: true }));
    },
    storage: async () => {
      const database = `hub${++databases}`;
      await asSuper(`create database ${database} owner hub_owner`);
      const dataDir = tempDir();
      folders.push(dataDir);
      return { dataDir, databaseUrl: url('hub_owner', database), serviceUrl: url('hub_app', database) };
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

/** A migrated database without a hub, closed by the caller. */
export async function openFresh(engine: Engine): Promise<Database> {
  return openDatabase(await engine.storage());
}
