import type { Database } from '../db/database.ts';
import { AdminError } from './admin.ts';

/** What the operator allows, and what is kept now. */
export interface ContentLimits {
  /** Bytes one unit may keep at the hub. */
  readonly quotaBytes: number;
  /** Days after which pieces go though nobody fetched them. */
  readonly days: number;
  readonly contents: number;
  readonly keptBytes: number;
}

/** Changes what is named of the limits and answers them all. Throws {@link AdminError} for values out of range. */
export async function setContentLimits(db: Database, change: { readonly quotaBytes?: number; readonly days?: number }): Promise<ContentLimits> {
  const { quotaBytes, days } = change;
  if (quotaBytes !== undefined && !(Number.isSafeInteger(quotaBytes) && quotaBytes >= 0)) throw new AdminError('the quota is a number of bytes');
  if (days !== undefined && !(Number.isInteger(days) && days >= 1 && days <= 365)) throw new AdminError('days are 1 to 365');
  const [row] = await db.admin(async (sql) => {
    await sql.rows('update hub_meta set content_quota = coalesce($1::bigint, content_quota), content_days = coalesce($2::integer, content_days)', [quotaBytes ?? null, days ?? null]);
    return sql.rows<{ quota: string | number; days: number; contents: number; kept: string | number }>(
      'select content_quota as quota, content_days as days, (select count(*)::int from content where not fetched) as contents, (select coalesce(sum(received), 0)::bigint from content where not fetched) as kept from hub_meta',
    );
  });
  return { quotaBytes: Number(row?.quota), days: Number(row?.days), contents: Number(row?.contents), keptBytes: Number(row?.kept) };
}

/** Removes contents whose days are over; answers how many. */
export async function expireContent(db: Database, nowMs: number): Promise<number> {
  const gone = await db.admin((sql) => sql.rows('delete from content where expires_at <= $1::timestamptz returning id', [new Date(nowMs).toISOString()]));
  return gone.length;
}
