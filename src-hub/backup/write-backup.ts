import { createHash } from 'node:crypto';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { once } from 'node:events';
import { createGzip } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import type { Database, Sql } from '../db/database.ts';
import { BACKUP_TABLES, SELF_TEST_OWNER, type BackupCounts, type BackupHeader } from './tables.ts';

const PAGE = 1_000;

/**
 * Writes everything the hub keeps into one file, from one snapshot, while it goes on working: gzip of lines, the header, `T <table>`, `R <row as JSON>`,
 * and last `E <rows> <SHA-256 of all lines before>`. The same for both engines, so a pilot's backup restores into PostgreSQL. The file holds sealed records,
 * public keys and hashes of codes, never a key; mode 0600. It appears under its name only when it is whole and on disk.
 */
export async function writeBackup(db: Database, path: string, nowMs: number): Promise<BackupCounts> {
  const part = `${path}.part`;
  const gzip = createGzip({ level: 1 });
  const saved = pipeline(gzip, createWriteStream(part, { mode: 0o600 }));
  saved.catch(() => undefined);
  const digest = createHash('sha256');
  const write = async (line: string): Promise<void> => {
    digest.update(`${line}\n`);
    if (!gzip.write(`${line}\n`)) await Promise.race([once(gzip, 'drain'), saved]);
  };
  try {
    const counts = await db.admin((sql) => dump(sql, write, nowMs));
    const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
    gzip.end(`E ${rows} ${digest.digest('hex')}\n`);
    await saved;
    const file = await open(part, 'r+');
    await file.sync();
    await file.close();
    renameSync(part, path);
    await db.admin((sql) => sql.rows('update hub_meta set backup_at = to_timestamp($1::double precision / 1000)', [nowMs]));
    return counts;
  } catch (error) {
    gzip.destroy();
    rmSync(part, { force: true });
    throw error;
  }
}

async function dump(sql: Sql, write: (line: string) => Promise<void>, nowMs: number): Promise<BackupCounts> {
  await sql.rows('set transaction isolation level repeatable read, read only');
  // a slow disk must not end the snapshot; it holds no cursor back, as it writes nothing
  await sql.rows('set local idle_in_transaction_session_timeout = 0');
  const migrations = (await sql.rows<{ name: string }>('select name from schema_migration order by name')).map((row) => row.name);
  const [meta] = await sql.rows<{ addresses: string[] }>('select addresses from hub_meta');
  const header: BackupHeader = { format: 'suar-hub-backup-1', createdAt: new Date(nowMs).toISOString(), migrations, addresses: meta?.addresses ?? [] };
  await write(JSON.stringify(header));
  const counts: Record<string, number> = {};
  for (const table of BACKUP_TABLES) {
    await write(`T ${table}`);
    counts[table] = 0;
    const where = table === 'records' ? `where owner <> '${SELF_TEST_OWNER}'` : table === 'feed' ? `where bucket <> 'u:${SELF_TEST_OWNER}'` : '';
    await sql.rows(`declare backup_rows no scroll cursor for select to_json(t)::text as row from ${table} t ${where}`);
    for (;;) {
      const page = await sql.rows<{ row: string }>(`fetch ${PAGE} from backup_rows`);
      for (const { row } of page) await write(`R ${row}`);
      counts[table] += page.length;
      if (page.length < PAGE) break;
    }
    await sql.rows('close backup_rows');
  }
  return counts;
}
