import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { openDatabase, type StorageOptions } from '../../src-hub/db/open.ts';
import type { Database } from '../../src-hub/db/database.ts';
import { POSTGRES_ROOT, postgresBin, startPostgres, type PgNode } from '../factories/postgres.ts';

/** One engine the hub runs on; `storage` gives a fresh, empty place to keep rows. */
export interface Engine {
  readonly name: 'pglite' | 'postgres';
  readonly storage: () => Promise<StorageOptions>;
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
  readonly stop: () => Promise<void>;
  readonly storage: () => Promise<StorageOptions>;
}

function createCluster(bin: string): Cluster {
  const folders: string[] = [];
  let node: PgNode | undefined;
  let databases = 0;
  return {
    start: async () => {
      node = await startPostgres(bin);
      // the owner is no superuser: FORCE row-level security binds it too
      await node.sql('create role hub_owner login createrole', 'create role hub_app login');
    },
    stop: async () => {
      await node?.stop();
      folders.forEach((each) => rmSync(each, { recursive: true, force: true }));
    },
    storage: async () => {
      if (!node) throw new Error('the cluster does not run');
      const database = `hub${++databases}`;
      await node.sql(`create database ${database} owner hub_owner`);
      const dataDir = tempDir();
      folders.push(dataDir);
      return { dataDir, databaseUrl: node.url('hub_owner', database), serviceUrl: node.url('hub_app', database) };
    },
  };
}

/** A migrated database without a hub, closed by the caller. */
export async function openFresh(engine: Engine): Promise<Database> {
  return openDatabase(await engine.storage());
}
