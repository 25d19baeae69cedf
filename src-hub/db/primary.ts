import pg from 'pg';
import { DatabaseBusy } from './node-failure.ts';

/** The node that takes writes, with its connections. */
export interface PrimaryNode {
  readonly serviceUrl: string;
  readonly owner: pg.Pool;
  readonly service: pg.Pool;
  /** Resolves when the node was given up. */
  readonly gone: Promise<void>;
}

/** Finds the node that takes writes among those of one database, and finds it again when it moves. */
export interface Primary {
  /** The node in use, or the one found within `patienceMs`. Throws {@link DatabaseBusy} where none takes writes. */
  readonly current: (patienceMs: number) => Promise<PrimaryNode>;
  /** Gives a node up: its connections are cut, what waits on them fails, the next call looks again. */
  readonly lost: (node: PrimaryNode) => void;
  readonly close: () => Promise<void>;
}

const PROBE_MS = 2_000;
const LOOK_AGAIN_MS = 200;
const WATCH_MS = 1_500;
/** Misses in a row before a silent node is given up; one may be a busy hub. */
const MISSES = 2;
/** A forgotten transaction would hold every cursor back. `on` waits for the standby, whatever the database's own default says. */
const SESSION = { idle_in_transaction_session_timeout: 5_000, connectionTimeoutMillis: 8_000, keepAlive: true, options: '-c synchronous_commit=on' } as const;
const OWNER_CONNECTIONS = 3;
const SERVICE_CONNECTIONS = 12;

/** What one node said: the number of its timeline, or undefined where it does not answer or only follows. A promotion makes a higher one. */
async function probe(url: string): Promise<number | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: PROBE_MS, query_timeout: PROBE_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ timeline: string | null }>('select case when not pg_is_in_recovery() then substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) end as timeline');
    return rows[0]?.timeline ? Number.parseInt(rows[0].timeline, 16) : undefined;
  } catch {
    return undefined;
  } finally {
    void client.end().catch(() => undefined);
  }
}

/** `ownerUrls` and `serviceUrls` name the same nodes in the same order. */
export function createPrimary(ownerUrls: readonly string[], serviceUrls: readonly string[]): Primary {
  let node: (PrimaryNode & { readonly cut: () => void; readonly end: () => Promise<void>; readonly url: string }) | undefined;
  let looking: Promise<void> | undefined;
  /** Never go back: an old primary that comes up again would hand out what the promoted one does not know. */
  let timeline = 0;
  let closed = false;
  let misses = 0;

  const findBest = async (): Promise<{ readonly at: number; readonly timeline: number } | undefined> => {
    const found = await Promise.all(ownerUrls.map(async (url, at) => ({ at, timeline: (await probe(url)) ?? 0 })));
    return found.filter((each) => each.timeline > 0 && each.timeline >= timeline).sort((a, b) => b.timeline - a.timeline)[0];
  };
  const look = async (): Promise<void> => {
    const best = await findBest();
    if (!best || closed) return;
    timeline = best.timeline;
    misses = 0;
    node = openNode(ownerUrls[best.at] ?? '', serviceUrls[best.at] ?? '');
  };
  const lost = (which: PrimaryNode): void => {
    if (node !== which) return;
    const old = node;
    node = undefined;
    old.cut();
    void old.end();
  };

  const watch = async (): Promise<void> => {
    const watched = node;
    if (!watched) return;
    if (ownerUrls.length > 1) {
      const best = await findBest();
      // silence of the node in use, or a younger primary elsewhere
      const isWell = best !== undefined && best.timeline === timeline;
      misses = isWell ? 0 : misses + 1;
      if (best && best.timeline > timeline) lost(watched);
    } else misses = (await probe(watched.url)) === undefined ? misses + 1 : 0;
    if (misses >= MISSES) lost(watched);
  };
  let watching: NodeJS.Timeout | undefined;
  const again = (): void => {
    if (closed) return;
    watching = setTimeout(() => void watch().finally(again), WATCH_MS);
    watching.unref();
  };
  again();

  return {
    current: async (patienceMs) => {
      for (const end = Date.now() + patienceMs; ;) {
        if (node) return node;
        if (closed) throw new Error('the database is closed');
        looking ??= look().finally(() => (looking = undefined));
        await looking;
        if (node) return node;
        if (Date.now() > end) throw new DatabaseBusy('no node of the database takes writes');
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      }
    },
    lost,
    close: async () => {
      closed = true;
      clearTimeout(watching);
      await looking;
      await node?.end();
    },
  };
}

function openNode(url: string, serviceUrl: string) {
  const clients = new Set<pg.PoolClient>();
  const openPool = (connectionString: string, max: number): pg.Pool => {
    const pool = new pg.Pool({ connectionString, max, ...SESSION });
    // a connection that breaks while idle is replaced by the pool
    pool.on('error', () => undefined);
    pool.on('connect', (client) => {
      client.on('error', () => undefined);
      clients.add(client);
    });
    pool.on('remove', (client) => clients.delete(client));
    return pool;
  };
  const owner = openPool(url, OWNER_CONNECTIONS);
  const service = openPool(serviceUrl, SERVICE_CONNECTIONS);
  let leave = (): void => undefined;
  const gone = new Promise<void>((resolve) => (leave = resolve));
  return {
    url,
    serviceUrl,
    owner,
    service,
    gone,
    /** Ends every connection now: one with a query under way is torn down, so nobody waits for a node that is silent. */
    cut: () => {
      leave();
      for (const client of clients) void (client as unknown as pg.Client).end().catch(() => undefined);
    },
    end: async () => {
      leave();
      await Promise.all([owner.end(), service.end()]).catch(() => undefined);
    },
  };
}
