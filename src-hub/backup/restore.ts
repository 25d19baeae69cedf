import { AdminError } from '../access/admin.ts';
import type { Database, Sql } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import type { RevocationList } from '../identity/revocation-list.ts';
import { readHeader, readPages } from './read-backup.ts';
import { TABLES_WITH_TRIGGERS } from './tables.ts';

/** What a restore did, for the operator. */
export interface RestoreReport {
  readonly createdAt: string;
  readonly rows: number;
  /** Devices that were revoked after the backup and are revoked again, from the list beside the CA. */
  readonly revokedAgain: readonly string[];
  /** Whether that list exists: without it, revocations after the backup are lost and nobody can name them. */
  readonly hasRevocationList: boolean;
}

/**
 * Puts a backup into an empty database, in one transaction, and gives the hub a new epoch: devices compare themselves with it and bring back what they
 * wrote. Throws {@link AdminError} where the database holds anything, or the file is from a newer hub, cut short or altered; the
 * database is then as it was. No hub may serve the database meanwhile.
 */
export async function restoreBackup(open: () => Promise<Database>, path: string, revocations: RevocationList): Promise<RestoreReport> {
  const header = await readHeader(path);
  const db = await open();
  try {
    const applied = new Set(await migrate(db, { only: header.migrations }));
    const known = await db.admin((sql) => sql.rows<{ name: string }>('select name from schema_migration'));
    if (!header.migrations.every((name) => known.some((row) => row.name === name))) throw new AdminError('the backup is from a newer hub');
    if (applied.size === 0 && known.some((row) => !header.migrations.includes(row.name))) throw new AdminError('the database belongs to a newer hub; restore into an empty one');
    const listed = revocations.read();
    const { rows, revokedAgain } = await db.admin(async (sql) => {
      const loaded = await load(sql, path);
      const again = await sql.rows<{ id: string }>('update device set revoked_at = now() where id = any($1::uuid[]) and revoked_at is null returning id::text as id', [listed ?? []]);
      await sql.rows('update hub_meta set addresses = $1::text[]', [header.addresses]);
      await sql.rows('select hub_mark_restored()');
      return { rows: loaded, revokedAgain: again.map((row) => row.id) };
    });
    await migrate(db);
    return { createdAt: header.createdAt, rows, revokedAgain, hasRevocationList: listed !== undefined };
  } finally {
    await db.close();
  }
}

async function load(sql: Sql, path: string): Promise<number> {
  await sql.rows('set local idle_in_transaction_session_timeout = 0');
  const [held] = await sql.rows<{ units: number }>('select count(*)::int as units from unit');
  if (held?.units !== 0) throw new AdminError('the database is not empty: restore into a new one, and keep this one until every device was seen');
  for (const table of TABLES_WITH_TRIGGERS) await sql.rows(`alter table ${table} disable trigger user`);
  let count = 0;
  for await (const { table, rows } of readPages(path)) {
    await sql.rows(`insert into ${table} select * from json_populate_recordset(null::${table}, $1::json) on conflict do nothing`, [`[${rows.join(',')}]`]);
    count += rows.length;
  }
  for (const table of TABLES_WITH_TRIGGERS) await sql.rows(`alter table ${table} enable trigger user`);
  return count;
}
