import { MAX_PART_BYTES, type ContentEnd, type ContentOffer, type ContentState } from '#shared/contract/content.ts';
import type { Database, Sql } from '../db/database.ts';
import { asCaller, type Caller } from './caller.ts';
import { areCovered, loadExhibit } from './content-cover.ts';
import { isWrap } from './push-row.ts';
import { bytesToWraps, plain, wrapsToBytes } from './stored-record.ts';

/** Why content is not taken or given; `content-gone` also where the caller may not know of it. */
export type ContentProblem = 'bad-request' | 'content-gone' | 'content-uncovered' | 'content-quota';

interface ContentRow {
  readonly record_id: string;
  readonly author: string;
  readonly size: string | number;
  readonly received: string | number;
  readonly wraps: Uint8Array;
  readonly expires_at: Date;
  /** Every reader has had it, and its bytes are gone. */
  readonly fetched: boolean;
}

const COLUMNS = 'record_id, author, size, received, wraps, expires_at, fetched';

async function find(sql: Sql, id: string, owner: string, lock = ''): Promise<ContentRow | undefined> {
  const [row] = await sql.rows<ContentRow>(`select ${COLUMNS} from content where id = $1 and owner = $2 ${lock}`, [id, owner]);
  return row;
}

function toState(row: ContentRow): ContentState {
  return { record: row.record_id, sizeBytes: Number(row.size), received: Number(row.received), wraps: bytesToWraps(row.wraps), expires: row.expires_at.toISOString() };
}

function isThere(row: ContentRow | undefined, nowMs: number): row is ContentRow {
  return row !== undefined && !row.fetched && row.expires_at.getTime() > nowMs;
}

/** Whether an offer names a device that the content was not offered to before: what was fetched has to come again for it. */
async function hasOtherReader(sql: Sql, { id, readers }: ContentOffer, owner: string): Promise<boolean> {
  const known = await sql.rows<{ device: string }>('select device from content_reader where content_id = $1 and owner = $2', [id, owner]);
  return readers.some((reader) => !known.some(({ device }) => device === reader));
}

/** Takes an offer, or adds readers to one; both only for readers the record's release or mandate covers. */
export function offerContent(db: Database, caller: Caller, offer: ContentOffer, nowMs: number): Promise<ContentState | ContentProblem> {
  return asCaller(db, caller, async (sql) => {
    // shared with pushes, exclusive for changes of membership (0002-feed.sql); offers of one unit come one after the other
    await sql.rows('select pg_advisory_xact_lock_shared(7002)');
    await sql.rows('select pg_advisory_xact_lock(7003, hashtext($1))', [caller.unit]);
    const exhibit = await loadExhibit(sql, offer.record, caller.unit);
    if (!exhibit) return 'content-gone';
    if (!offer.wraps.every((wrap) => isWrap(wrap) && exhibit.audience.includes(wrap.b)) || new Set(offer.wraps.map(({ b }) => b)).size !== offer.wraps.length) return 'bad-request';
    if (!(await areCovered(sql, exhibit, offer.readers, new Date(nowMs).toISOString()))) return 'content-uncovered';
    const known = await find(sql, offer.id, caller.unit);
    if (known && (known.author !== caller.device || known.record_id !== offer.record || Number(known.size) !== offer.sizeBytes)) return 'bad-request';
    const begins = !known || (known.fetched && (await hasOtherReader(sql, offer, caller.unit)));
    const [room] = await sql.rows<{ quota: string | number; days: number; used: string | number }>('select content_quota as quota, content_days as days, hub_content_used() as used from hub_meta');
    if (begins && Number(room?.used ?? 0) + offer.sizeBytes > Number(room?.quota ?? 0)) return 'content-quota';
    const expires = new Date(nowMs + (room?.days ?? 1) * 86_400_000).toISOString();
    if (!known) {
      const added = await sql.rows('insert into content (id, owner, record_id, author, size, wraps, expires_at) values ($1, $2, $3, $4, $5, $6, $7::timestamptz) on conflict do nothing returning id', [
        offer.id,
        caller.unit,
        offer.record,
        caller.device,
        offer.sizeBytes,
        wrapsToBytes(offer.wraps),
        expires,
      ]);
      if (added.length === 0) return 'content-gone';
    }
    const readers = await sql.rows('insert into content_reader (content_id, owner, device) select $1, $2, d from unnest($3::uuid[]) d on conflict do nothing returning device', [
      offer.id,
      caller.unit,
      [...new Set(offer.readers)],
    ]);
    if (known && readers.length > 0) await sql.rows('update content set expires_at = $3::timestamptz where id = $1 and owner = $2', [offer.id, caller.unit, expires]);
    if (known && begins) await sql.rows('update content set received = 0, fetched = false where id = $1 and owner = $2', [offer.id, caller.unit]);
    const row = await find(sql, offer.id, caller.unit);
    return row ? toState(row) : 'content-gone';
  });
}

/** What the hub has of a content, for its unit and its readers. */
export function readContentState(db: Database, caller: Caller, { id, owner }: ContentEnd, nowMs: number): Promise<ContentState | ContentProblem> {
  return asCaller(db, caller, async (sql) => {
    const row = await find(sql, id, owner);
    return isThere(row, nowMs) ? toState(row) : 'content-gone';
  });
}

/** Appends bytes that begin exactly where the content ends so far; others change nothing. Answers how far it is. */
export function appendPart(db: Database, caller: Caller, id: string, at: number, bytes: Uint8Array, nowMs: number): Promise<{ readonly received: number } | ContentProblem> {
  return asCaller(db, caller, async (sql) => {
    const row = await find(sql, id, caller.unit, 'for update');
    if (!row || row.author !== caller.device || row.expires_at.getTime() <= nowMs) return 'content-gone';
    const received = Number(row.received);
    if (received + bytes.length > Number(row.size) && at === received) return 'bad-request';
    if (at !== received || bytes.length === 0) return { received };
    await sql.rows('insert into content_part (content_id, owner, start, bytes) values ($1, $2, $3, $4)', [id, caller.unit, at, bytes]);
    await sql.rows('update content set received = $3 where id = $1 and owner = $2', [id, caller.unit, received + bytes.length]);
    return { received: received + bytes.length };
  });
}

/** Bytes from `at`, at most `length` of them and no more than there are, for a reader the release or mandate covers now. */
export function readPart(db: Database, caller: Caller, { id, owner }: ContentEnd, at: number, length: number, nowMs: number): Promise<Uint8Array | ContentProblem> {
  return asCaller(db, caller, async (sql) => {
    const row = await find(sql, id, owner);
    if (!isThere(row, nowMs)) return 'content-gone';
    const exhibit = await loadExhibit(sql, row.record_id, owner);
    if (!exhibit) return 'content-gone';
    if (!(await areCovered(sql, exhibit, [caller.device], new Date(nowMs).toISOString()))) return 'content-uncovered';
    const end = at + length;
    // parts are at most MAX_PART_BYTES long: none that begins earlier reaches `at`
    const parts = await sql.rows<{ start: string | number; bytes: Uint8Array }>(
      'select start, bytes from content_part where content_id = $1 and owner = $2 and start > $3 and start < $4 order by start',
      [id, owner, at - MAX_PART_BYTES, end],
    );
    return Buffer.concat(
      parts.map(({ start, bytes }) => {
        const from = Number(start);
        return plain(bytes).subarray(Math.max(0, at - from), Math.max(0, end - from));
      }),
    );
  });
}

/** The calling device is done with a content. Answers false where there is none for it. */
export function endContent(db: Database, caller: Caller, { id, owner }: ContentEnd): Promise<boolean> {
  return asCaller(db, caller, async (sql) => {
    const [row] = await sql.rows<{ ended: boolean }>('select hub_content_end($1, $2) as ended', [id, owner]);
    return row?.ended === true;
  });
}
