import type { Database } from '../db/database.ts';

const POLL_MS = 25;
/** Longer than idle_in_transaction_session_timeout: an older transaction that still runs after this is not ours. */
const PATIENCE_MS = 8_000;

/** What there is news of: records, records of which some are in the urgent lanes, or the directory alone. */
export const WAKE_KINDS = ['records', 'urgent', 'directory'] as const;
export type WakeKind = (typeof WAKE_KINDS)[number];

/** One open stream. */
export interface Listener {
  readonly device: string;
  readonly unit: string;
  readonly wake: (kind: WakeKind) => void;
  /** The device was revoked or the hub stops. */
  readonly end: () => void;
}

/** Wakes the streams of the units a change concerns, also for changes made through other hub processes. */
export interface WakeBoard {
  readonly add: (listener: Listener) => () => void;
  readonly close: () => void;
}

/**
 * Listens to the database. A wake is held back until cursors may pass its transaction (an older one may still run), else the
 * puller would find nothing and sleep on. A device is not woken by its own edits where nothing else changed: it would ask for what it sent.
 */
export async function createWakeBoard(db: Database): Promise<WakeBoard> {
  const listeners = new Set<Listener>();
  let waiting: { readonly xid: bigint; readonly bucket: string; readonly kind: WakeKind; readonly maker: string | undefined; readonly until: number }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const flush = async (): Promise<void> => {
    if (waiting.length === 0 || closed) return;
    const ready = await db.service(async (sql) => {
      const [row] = await sql.rows<{ horizon: string }>('select pg_snapshot_xmin(pg_current_snapshot())::text as horizon');
      const horizon = BigInt(row?.horizon ?? 0);
      const passed = waiting.filter((item) => item.xid < horizon || item.until < Date.now());
      waiting = waiting.filter((item) => !passed.includes(item));
      const ready = new Map<WakeKind, { readonly units: ReadonlySet<string>; readonly maker: string | undefined }>();
      for (const kind of WAKE_KINDS) {
        const items = passed.filter((item) => item.kind === kind);
        if (items.length === 0) continue;
        const units = await sql.rows<{ unit: string }>('select unit from hub_units_of($1) unit', [[...new Set(items.map((item) => item.bucket))]]);
        const makers = new Set(items.map((item) => item.maker));
        ready.set(kind, { units: new Set(units.map((unit) => unit.unit)), maker: makers.size === 1 ? items[0]?.maker : undefined });
      }
      return ready;
    });
    for (const listener of listeners) for (const [kind, { units, maker }] of ready) if (units.has(listener.unit) && listener.device !== maker) listener.wake(kind);
  };
  const schedule = (delayMs: number): void => {
    if (timer || closed) return;
    timer = setTimeout(() => {
      void flush()
        .catch(() => wakeAll())
        .finally(() => {
          timer = undefined;
          if (waiting.length > 0) schedule(POLL_MS);
        });
    }, delayMs);
  };
  const wakeAll = (): void => {
    waiting = [];
    for (const listener of listeners) for (const kind of ['urgent', 'directory'] as const) listener.wake(kind);
  };

  const endStreamsOf = (devices: ReadonlySet<string>): void => {
    for (const listener of listeners) if (devices.has(listener.device)) listener.end();
  };
  const findRevoked = async (): Promise<ReadonlySet<string>> => {
    const rows = await db.service((sql) => sql.rows<{ id: string }>('select id::text as id from hub_revoked_of($1::uuid[]) id', [[...listeners].map((listener) => listener.device)]));
    return new Set(rows.map((row) => row.id));
  };

  await db.listen(
    'hub_wake',
    (payload) => {
      if (closed || listeners.size === 0) return;
      const [xid = '0', bucket = '', word, maker] = payload.split(' ');
      const kind = WAKE_KINDS.find((known) => known === word) ?? 'records';
      waiting.push({ xid: BigInt(xid), bucket, kind, maker, until: Date.now() + PATIENCE_MS });
      schedule(1);
    },
    wakeAll,
  );
  await db.listen(
    'hub_revoked',
    (device) => endStreamsOf(new Set([device])),
    // a revocation may have been announced while nobody listened
    () => void findRevoked().then(endStreamsOf, () => [...listeners].forEach((listener) => listener.end())),
  );

  return {
    add: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
      for (const listener of listeners) listener.end();
      listeners.clear();
    },
  };
}
