import { BODY_PART_BYTES, bodyPartCount, HELD_BYTES, type BodyPart, type HeldAnswer, type HeldBody } from '#shared/contract/body-parts.ts';
import type { Database, Sql } from '../db/database.ts';
import { sha256 } from '../identity/signatures.ts';
import { asCaller, type Caller } from './caller.ts';
import { readEpoch } from './pull.ts';
import { rowId } from './push-row.ts';
import { plain } from './stored-record.ts';

/** Hours after which parts go though their row never came. */
const KEPT_HOURS = 48;

/** Keeps a part of a body of the calling device, and drops the bodies that device began longest ago where they are too much together. Answers false where it is no part. */
export async function keepBodyPart(db: Database, caller: Caller, { body, part, bytes }: BodyPart): Promise<boolean> {
  if (![body, bytes].every((each) => each instanceof Uint8Array) || body.length !== 32 || bytes.length === 0 || bytes.length > BODY_PART_BYTES) return false;
  await asCaller(db, caller, async (sql) => {
    // parts of one device come one after the other: two that make room at once would wait for each other
    await sql.rows('select pg_advisory_xact_lock(7005, hashtext($1))', [caller.device]);
    await sql.rows('insert into body_part (device, sha, part, bytes) values ($1, $2, $3, $4) on conflict do nothing', [caller.device, body, part, bytes]);
    await sql.rows(
      `delete from body_part p using (
         select b.sha, sum(b.bytes) over (order by b.begun desc, b.sha) as up_to from (select sha, min(at) as begun, sum(octet_length(bytes)) as bytes from body_part group by sha) b
       ) s where p.sha = s.sha and s.up_to > $1`,
      [HELD_BYTES],
    );
  });
  return true;
}

/** What a push that names a held body comes to: its row with the body, that it is at the hub already, how much of the body is, or why it is not looked at. */
export type WithBody = { readonly rows: readonly unknown[] } | 'repeated' | HeldAnswer | 'bad-request' | 'epoch';

/** Puts the body the calling device sent in parts into the only row of a push, whose bases are of `epoch`. A body that is not the one named is dropped. */
export async function withHeldBody(db: Database, caller: Caller, rows: readonly unknown[], held: HeldBody, epoch: string | undefined): Promise<WithBody> {
  const [row] = rows;
  const id = rowId(row);
  if (rows.length !== 1 || id === undefined) return 'bad-request';
  const { rec } = row as { readonly rec: Readonly<Record<string, unknown>> };
  const [sha, size] = held;
  return asCaller(db, caller, async (sql) => {
    if (epoch !== undefined && (await readEpoch(sql)) !== epoch) return 'epoch';
    if (await isMaster(sql, caller, id, rec.rev)) return 'repeated';
    const found = await sql.rows<{ part: number; bytes: Uint8Array }>('select part, bytes from body_part where device = $1 and sha = $2 order by part', [caller.device, sha]);
    const gap = found.findIndex(({ part }, at) => Number(part) !== at);
    const parts = gap < 0 ? found.length : gap;
    if (parts < bodyPartCount(size)) return { parts };
    const body = new Uint8Array(Buffer.concat(found.map(({ bytes }) => plain(bytes))));
    if (body.length === size && Buffer.from(sha256(body)).equals(sha)) return { rows: [{ ...(row as object), rec: { ...rec, body } }] };
    await drop(sql, caller, sha);
    return { parts: 0 };
  });
}

/** Whether the hub has this version already, from this device: its answer was lost. */
async function isMaster(sql: Sql, caller: Caller, id: string, rev: unknown): Promise<boolean> {
  const [master] = typeof rev === 'string' ? await sql.rows('select 1 as one from records where id = $1 and rev = $2 and author = $3', [id, rev, caller.device]) : [];
  return master !== undefined;
}

async function drop(sql: Sql, caller: Caller, sha: Uint8Array): Promise<void> {
  await sql.rows('delete from body_part where device = $1 and sha = $2', [caller.device, sha]);
}

/** Drops the parts of a body whose row was judged. */
export function dropHeldBody(db: Database, caller: Caller, [sha]: HeldBody): Promise<void> {
  return asCaller(db, caller, (sql) => drop(sql, caller, sha));
}

/** Removes parts whose row never came; answers how many. */
export async function expireBodyParts(db: Database, nowMs: number): Promise<number> {
  const gone = await db.admin((sql) => sql.rows('delete from body_part where at <= $1::timestamptz returning part', [new Date(nowMs - KEPT_HOURS * 3_600_000).toISOString()]));
  return gone.length;
}
