import type { FrameParcel } from '#shared/contract/parcel.ts';
import { MAX_PULL_ROWS, type PulledRow, type PullAnswer, type WaitingAnswer } from '#shared/contract/sync.ts';
import type { Database, Sql } from '../db/database.ts';
import { asCaller, type Caller } from './caller.ts';
import { endOfParcels, parcelsOf, type ParcelPlace } from './parcels.ts';
import { storedToWire, type StoredRecord } from './stored-record.ts';

/** Roughly most bytes of bodies in one page. */
const MAX_PULL_BYTES = 8 * 1024 * 1024;

/** How much a page may hold; a single larger row still comes. */
export interface PageSize {
  readonly rows: number;
  /** Bytes of bodies. */
  readonly bytes?: number;
  /** Whether a parcel may take the place of bodies. */
  readonly parcels?: boolean;
}

/** Everything, or what the urgent lanes have of it; both in the order of the feed. */
export type PullLane = 'all' | 'urgent';
const PULL_FUNCTIONS = { all: 'hub_pull', urgent: 'hub_pull_urgent' } as const satisfies Record<PullLane, string>;

const CURSOR = /^([0-9a-f-]{36}):(\d{1,20}):(\d{1,19})$/;

interface PageRow extends Partial<StoredRecord>, ParcelPlace {
  readonly xid: string;
  readonly pos: string;
  readonly id: string;
  readonly waiting: string | number;
}

/** Why a pull has no page: a cursor of another epoch, or text that is no cursor. */
export type PullProblem = 'epoch' | 'bad-request';

/** The hub's epoch as the caller may read it. */
export async function readEpoch(sql: Sql): Promise<string> {
  const [row] = await sql.rows<{ epoch: string }>('select epoch::text as epoch from hub_meta');
  if (!row) throw new Error('hub_meta is empty');
  return row.epoch;
}

/** A page and, where they are asked for, the parcels that may take the place of bodies in it; they name places among its records. */
export interface PullPage extends PullAnswer {
  readonly parcels?: readonly FrameParcel[];
}

/** The next page behind `cursor` of what the caller's unit may read. */
export function pull(db: Database, caller: Caller, cursor: string, size: PageSize, lane: PullLane = 'all'): Promise<PullPage | PullProblem> {
  return asCaller(db, caller, async (sql) => {
    const at = await readCursor(sql, cursor);
    if (typeof at === 'string') return at;
    const { epoch } = at;
    const page = Math.min(Math.max(1, size.rows), MAX_PULL_ROWS);
    const inParcels = lane === 'all' && size.parcels === true;
    const found = await sql.rows<PageRow>(`select * from ${PULL_FUNCTIONS[lane]}($1::xid8, $2::bigint, $3, $4${inParcels ? ', true' : ''})`, [
      at.xid,
      at.pos,
      page,
      Math.min(size.bytes ?? MAX_PULL_BYTES, MAX_PULL_BYTES),
    ]);
    const waiting = Number(found.at(-1)?.waiting ?? 0);
    const isLast = found.length === waiting && waiting < page;
    const rows = isLast ? found : found.slice(0, endOfParcels(found));
    const last = rows.at(-1);
    return {
      rows: rows.map((row) => (isVisible(row) ? toPulled(row) : { id: row.id, gone: true })),
      cursor: last ? `${epoch}:${last.xid}:${last.pos}` : at.text,
      done: isLast,
      ...(inParcels ? { parcels: await parcelsOf(sql, rows.filter(isVisible)) } : {}),
    };
  });
}

/** What a record weighs on the line beside its body, in bytes: id, token, its share of heads and signatures. */
const ENVELOPE_BYTES = 45;
/** Most records that are counted. */
const MOST_WAITING = 20_000;

/** How much waits behind `cursor` for the caller's unit: about what a pull of all of it would carry. */
export function countWaiting(db: Database, caller: Caller, cursor: string): Promise<WaitingAnswer | PullProblem> {
  return asCaller(db, caller, async (sql) => {
    const at = await readCursor(sql, cursor);
    if (typeof at === 'string') return at;
    const [row] = await sql.rows<{ records: string | number; bytes: string | number }>('select * from hub_waiting($1::xid8, $2::bigint, $3)', [at.xid, at.pos, MOST_WAITING]);
    const records = Number(row?.records ?? 0);
    return { records, bytes: Number(row?.bytes ?? 0) + records * ENVELOPE_BYTES, more: records === MOST_WAITING };
  });
}

/** A cursor taken apart; the beginning where it is empty. */
async function readCursor(sql: Sql, cursor: string): Promise<{ readonly epoch: string; readonly xid: string; readonly pos: string; readonly text: string } | PullProblem> {
  const epoch = await readEpoch(sql);
  const match = CURSOR.exec(cursor === '' ? `${epoch}:0:0` : cursor);
  const [text, of, xid, pos] = match ?? [];
  if (!text || !xid || !pos || !fits(xid) || !fits(pos, 63n)) return 'bad-request';
  return of === epoch ? { epoch, xid, pos, text } : 'epoch';
}

function fits(digits: string | undefined, bits = 64n): boolean {
  return BigInt(digits ?? '0') < 1n << bits;
}

/** What was there at a restore stands at the start of the feed (hub_mark_restored). */
function toPulled(row: PageRow & StoredRecord): PulledRow {
  return row.xid === '0' ? { ...storedToWire(row), past: true } : storedToWire(row);
}

function isVisible(row: PageRow): row is PageRow & StoredRecord {
  return typeof row.rev === 'string';
}
