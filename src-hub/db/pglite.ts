import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import type { Database, Sql } from './database.ts';
import { takeLock } from './lock-file.ts';

function sqlOf(tx: Transaction): Sql {
  return { rows: async <Row extends object>(text: string, params: readonly unknown[] = []) => (await tx.query<Row>(text, [...params])).rows };
}

/**
 * Opens the embedded engine in `dataDir`/pg; throws when another process holds it.
 * PGlite works as superuser, which bypasses row-level security even with FORCE: every service transaction sets the role first.
 */
export async function openPglite(dataDir: string): Promise<Database> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const release = takeLock(join(dataDir, 'hub.lock'));
  if (!release) throw new Error(`another process uses ${dataDir}`);
  let engine: PGlite;
  try {
    engine = await PGlite.create(join(dataDir, 'pg'));
  } catch (error) {
    release();
    throw error;
  }
  return {
    engine: 'pglite',
    service: (work) =>
      engine.transaction(async (tx) => {
        await tx.exec('set local role hub_app');
        return work(sqlOf(tx));
      }),
    admin: (work) => engine.transaction((tx) => work(sqlOf(tx))),
    script: (text, after) =>
      engine.transaction(async (tx) => {
        await tx.exec(text);
        await after(sqlOf(tx));
      }),
    listen: async (channel, heard) => {
      await engine.listen(channel, heard);
    },
    close: async () => {
      await engine.close();
      release();
    },
  };
}
