import type { Database } from './database.ts';

/** What the operator must know of the database; no names, no content. */
export interface Health {
  readonly records: number;
  readonly connections: number;
  /** Transactions between the newest one and the oldest that cursors still wait for. */
  readonly feedLag: number;
  /** Standbys that stream; always 0 for the embedded engine, and where the role may not ask (grant pg_monitor). */
  readonly standbys: number;
  /** Commits wait for a standby, and one that answers streams. */
  readonly isSynchronous: boolean;
  readonly lagBytes: number;
  /** ISO 8601, or null for never. */
  readonly backupAt: string | null;
  readonly epoch: string;
}

const QUERY = `select greatest((select reltuples from pg_class where oid = 'records'::regclass), 0)::float8 as records,
  (select count(*)::int from pg_stat_activity where datname = current_database()) as connections,
  (pg_snapshot_xmax(pg_current_snapshot())::text::numeric - pg_snapshot_xmin(pg_current_snapshot())::text::numeric)::float8 as "feedLag",
  (select count(*)::int from pg_stat_replication where state = 'streaming') as standbys,
  (select count(*) > 0 from pg_stat_replication where sync_state in ('sync', 'quorum')) and current_setting('synchronous_commit') not in ('off', 'local') as "isSynchronous",
  coalesce((select max(pg_wal_lsn_diff(sent_lsn, replay_lsn))::float8 from pg_stat_replication), 0) as "lagBytes",
  (select to_char(backup_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') from hub_meta) as "backupAt",
  (select epoch::text from hub_meta) as epoch`;

/** Reads {@link Health}. Throws where no node of the database takes writes. */
export async function readHealth(db: Database): Promise<Health> {
  const [health] = await db.admin((sql) => sql.rows<Health>(QUERY));
  if (!health) throw new Error('hub_meta is empty');
  return health;
}
