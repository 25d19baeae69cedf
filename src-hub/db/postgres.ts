import pg from 'pg';
import type { Database, Sql, Work } from './database.ts';

/** How the hub reaches PostgreSQL. */
export interface PostgresOptions {
  /** Connection of the role that owns the tables. */
  readonly ownerUrl: string;
  /** Connection of a login that is `hub_app`; without it the service connects as the owner and sets the role in each transaction. */
  readonly serviceUrl?: string;
}

const RECONNECT_MS = 500;
/** A forgotten transaction would hold every cursor back. */
const LIMITS = { idle_in_transaction_session_timeout: 5_000, connectionTimeoutMillis: 10_000 } as const;

function sqlOf(client: pg.PoolClient): Sql {
  return { rows: async <Row extends object>(text: string, params: readonly unknown[] = []) => (await client.query<Row>(text, [...params])).rows };
}

async function inTransaction<T>(pool: pg.Pool, opening: string, work: Work<T>): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query(opening);
    const value = await work(sqlOf(client));
    await client.query('commit');
    return value;
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Opens PostgreSQL 15 or newer. */
export function openPostgres(options: PostgresOptions): Promise<Database> {
  const owner = new pg.Pool({ connectionString: options.ownerUrl, max: 3, ...LIMITS });
  const service = new pg.Pool({ connectionString: options.serviceUrl ?? options.ownerUrl, max: 8, ...LIMITS });
  // a connection that breaks while idle is replaced by the pool
  owner.on('error', () => undefined);
  service.on('error', () => undefined);
  const opening = options.serviceUrl ? 'begin' : 'begin; set local role hub_app';
  const listeners = new Set<{ stop: () => Promise<void> }>();
  return Promise.resolve({
    engine: 'postgres',
    service: (work) => inTransaction(service, opening, work),
    admin: (work) => inTransaction(owner, 'begin', work),
    script: (text, after) =>
      inTransaction(owner, 'begin', async (sql) => {
        await sql.rows(text);
        await after(sql);
      }),
    listen: async (channel, heard, lost) => {
      listeners.add(await keepListening(options.serviceUrl ?? options.ownerUrl, channel, heard, lost));
    },
    close: async () => {
      await Promise.all([...listeners].map((listener) => listener.stop()));
      await Promise.all([owner.end(), service.end()]);
    },
  } satisfies Database);
}

/** Holds one LISTEN connection and opens it again when it breaks. */
async function keepListening(url: string, channel: string, heard: (payload: string) => void, lost: () => void): Promise<{ stop: () => Promise<void> }> {
  let client: pg.Client | undefined;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;
  const open = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    next.on('notification', (note) => heard(note.payload ?? ''));
    next.on('error', () => undefined);
    next.on('end', again);
    try {
      await next.connect();
      await next.query(`listen ${pg.escapeIdentifier(channel)}`);
      client = next;
    } catch (error) {
      await next.end().catch(() => undefined);
      throw error;
    }
  };
  const again = (): void => {
    if (stopped) return;
    clearTimeout(retry);
    retry = setTimeout(() => void open().then(lost, again), RECONNECT_MS);
  };
  await open();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(retry);
      await client?.end().catch(() => undefined);
    },
  };
}
