import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { openPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';

/** Where the hub keeps its rows: PostgreSQL where `databaseUrl` is given, else the embedded engine in `dataDir`. */
export interface StorageOptions {
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
  /** Login that is `hub_app` (PostgreSQL only). */
  readonly serviceUrl?: string | undefined;
}

/** Opens the database as it is; for a restore, which brings its schema itself. */
export function openStorage(options: StorageOptions): Promise<Database> {
  return options.databaseUrl ? openPostgres({ ownerUrl: options.databaseUrl, ...(options.serviceUrl ? { serviceUrl: options.serviceUrl } : {}) }) : openPglite(options.dataDir);
}

/** Opens the database and brings its schema up to date. */
export async function openDatabase(options: StorageOptions): Promise<Database> {
  const db = await openStorage(options);
  try {
    await migrate(db);
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}
