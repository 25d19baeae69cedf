import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from './database.ts';

const FOLDER = join(import.meta.dirname, '..', 'migrations');
const NAME = /^\d{4}-[a-z0-9-]+\.sql$/;
const MIGRATION_LOCK = 7003;

/**
 * Applies the numbered files of `migrations/` that this database has not seen, in order, each in its own transaction.
 * Forward only. One runner for both engines: node-pg-migrate cannot send a file of several statements to PGlite.
 * Two hubs that start at once wait for each other. `only` names the files a backup was made with. Answers the names applied.
 */
export async function migrate(db: Database, options: { readonly only?: readonly string[] } = {}): Promise<readonly string[]> {
  await db.admin(async (sql) => {
    await sql.rows(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await sql.rows('create table if not exists schema_migration (name text primary key, applied_at timestamptz not null default now())');
  });
  const applied: string[] = [];
  for (const name of readdirSync(FOLDER)
    .filter((file) => NAME.test(file) && (options.only?.includes(file) ?? true))
    .sort()) {
    if (await isApplied(db, name)) continue;
    const text = readFileSync(join(FOLDER, name), 'utf8');
    try {
      // the insert comes first: of two hubs the second waits here, then fails on the key and finds the file applied
      await db.script(`insert into schema_migration (name) values ('${name}');\n${text}`, async () => undefined);
      applied.push(name);
    } catch (error) {
      if (!(await isApplied(db, name))) throw new Error(`migration ${name} failed`, { cause: error });
    }
  }
  return applied;
}

async function isApplied(db: Database, name: string): Promise<boolean> {
  return (await db.admin((sql) => sql.rows('select 1 from schema_migration where name = $1', [name]))).length > 0;
}
