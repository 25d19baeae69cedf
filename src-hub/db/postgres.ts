import pg from 'pg';
import type { Database, Sql, Work } from './database.ts';
import { urlsOf } from './hosts.ts';
import { DatabaseBusy, isNodeFailure, isPoolFull, OutcomeUnknown } from './node-failure.ts';
import { createPrimary, type Primary, type PrimaryNode } from './primary.ts';

/** How the hub reaches PostgreSQL; both addresses may list several hosts, `a:5432,b:5432`, the nodes of one replicated database. */
export interface PostgresOptions {
  /** Connection of the role that owns the tables. */
  readonly ownerUrl: string;
  /** Connection of a login that is `hub_app`; without it the service connects as the owner and sets the role in each transaction. */
  readonly serviceUrl?: string;
}

const RECONNECT_MS = 300;
/** How long a request waits for a node that takes writes. */
const PATIENCE_MS = 8_000;

function sqlOf(client: pg.PoolClient): Sql {
  return { rows: async <Row extends object>(text: string, params: readonly unknown[] = []) => (await client.query<Row>(text, [...params])).rows };
}

async function inTransaction<T>(pool: pg.Pool, opening: string, work: Work<T>): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query(opening);
    const value = await work(sqlOf(client));
    await commit(client);
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

/**
 * Commits, or throws {@link OutcomeUnknown}. A wait for the standby that somebody cancels ends in success with a warning: the
 * transaction is on one node only, so it is not acknowledged.
 */
async function commit(client: pg.PoolClient): Promise<void> {
  let warned = false;
  const onNotice = (notice: { readonly severity?: string | undefined }): void => {
    warned ||= notice.severity === 'WARNING';
  };
  client.on('notice', onNotice);
  try {
    await client.query('commit');
  } catch (error) {
    throw isNodeFailure(error) ? new OutcomeUnknown('the node was lost while committing', { cause: error }) : error;
  } finally {
    client.off('notice', onNotice);
  }
  if (warned) throw new OutcomeUnknown('committed on one node only');
}

/** Runs a transaction on the node that takes writes; where that node is lost before the commit, on the next one. */
async function onPrimary<T>(primary: Primary, pick: (node: PrimaryNode) => pg.Pool, opening: string, work: Work<T>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    const node = await primary.current(Math.max(0, end - Date.now()));
    try {
      return await inTransaction(pick(node), opening, work);
    } catch (error) {
      if (isPoolFull(error)) throw new DatabaseBusy('all connections are in use', { cause: error });
      const isLost = isNodeFailure(error) || (error instanceof OutcomeUnknown && error.cause !== undefined);
      if (isLost) primary.lost(node);
      if (!isNodeFailure(error)) throw error;
      if (Date.now() > end) throw new DatabaseBusy('the database does not answer', { cause: error });
    }
  }
}

/** Opens PostgreSQL 15 or newer and waits until a node takes writes. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const primary = createPrimary(urlsOf(options.ownerUrl), urlsOf(options.serviceUrl ?? options.ownerUrl));
  const opening = options.serviceUrl ? 'begin' : 'begin; set local role hub_app';
  const listeners = new Set<{ stop: () => void }>();
  const db: Database = {
    engine: 'postgres',
    service: (work) => onPrimary(primary, (node) => node.service, opening, work),
    admin: (work) => onPrimary(primary, (node) => node.owner, 'begin', work),
    script: (text, after) =>
      db.admin(async (sql) => {
        await sql.rows(text);
        await after(sql);
      }),
    listen: async (channel, heard, lost) => {
      listeners.add(await keepListening(primary, channel, heard, lost));
    },
    close: async () => {
      for (const listener of listeners) listener.stop();
      await primary.close();
    },
  };
  try {
    await primary.current(PATIENCE_MS);
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** Holds one LISTEN connection, and opens it again on the node that takes writes whenever it breaks; `lost` follows every gap. */
async function keepListening(primary: Primary, channel: string, heard: (payload: string) => void, lost: () => void): Promise<{ stop: () => void }> {
  let client: pg.Client | undefined;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;
  const open = async (): Promise<void> => {
    const node = await primary.current(PATIENCE_MS);
    const next = new pg.Client({ connectionString: node.serviceUrl, connectionTimeoutMillis: 5_000, keepAlive: true });
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      void next.end().catch(() => undefined);
      again();
    };
    next.on('notification', (note) => heard(note.payload ?? ''));
    next.on('error', () => undefined);
    try {
      await next.connect();
      await next.query(`listen ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      isOver = true;
      void next.end().catch(() => undefined);
      throw error;
    }
    client = next;
    next.on('end', over);
    void node.gone.then(over);
  };
  const again = (): void => {
    if (stopped) return;
    clearTimeout(retry);
    retry = setTimeout(() => void open().then(lost, again), RECONNECT_MS);
  };
  await open();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(retry);
      void client?.end().catch(() => undefined);
    },
  };
}
