import { randomUUID } from 'node:crypto';
import type { FrameParcel, PushedParcel } from '#shared/contract/parcel.ts';
import type { Sql } from '../db/database.ts';
import type { WriteSet } from './push-store.ts';
import { plain } from './stored-record.ts';

/** A record of a page as far as its parcel goes; all null where it has none or is hidden. */
export interface ParcelPlace {
  readonly parcel?: string | null;
  readonly parcel_at?: number | null;
  readonly parcel_rows?: number | null;
}

/**
 * Notes for the new records of a push which parcel they are in. A parcel counts only where every row of it is written as it was pushed, in the order of the feed,
 * and for one bucket whose key theirs follow from: else it is left out, and nothing is missing. `ids` are those of the pushed rows.
 */
export function assignParcels(writes: WriteSet, parcels: readonly PushedParcel[], ids: readonly string[]): void {
  for (const [places, content] of parcels) {
    const rows = places.map((place) => writes.inserts.get(ids[place] ?? ''));
    const [bucket, ...others] = new Set(rows.flatMap((row) => row?.master.audience ?? []));
    const inOrder = places.every((place, at) => at === 0 || (ids[places[at - 1] ?? 0] ?? '') < (ids[place] ?? ''));
    const isWhole = rows.every((row) => row?.master.wraps.length === 1 && row.master.wraps[0]?.k.length === 0);
    if (!bucket || others.length > 0 || !inOrder || !isWhole) continue;
    const id = randomUUID();
    writes.parcels.push({ id, bucket, rows: places.length, content });
    for (const [at, place] of places.entries()) writes.parcelById.set(ids[place] ?? '', { parcel: id, at });
  }
}

/** Stores the parcels of a push. */
export async function saveParcels(sql: Sql, { parcels }: WriteSet): Promise<void> {
  if (parcels.length === 0) return;
  await sql.rows('insert into parcel (id, bucket, rows, content) select * from unnest($1::uuid[], $2::text[], $3::smallint[], $4::bytea[])', [
    parcels.map(({ id }) => id),
    parcels.map(({ bucket }) => bucket),
    parcels.map(({ rows }) => rows),
    parcels.map(({ content }) => content),
  ]);
}

/** Where a page should end so that it does not end inside a parcel that begins in it; its whole length where it holds nothing else. */
export function endOfParcels(rows: readonly ParcelPlace[]): number {
  const last = rows.at(-1);
  const { parcel, parcel_at: at, parcel_rows: size } = last ?? {};
  if (!parcel || at === null || at === undefined || at + 1 === size) return rows.length;
  const start = rows.length - 1 - at;
  const isFromStart = start > 0 && rows.slice(start).every((row, n) => row.parcel === parcel && row.parcel_at === n);
  return isFromStart ? start : rows.length;
}

/** The parcels all of whose rows are in a page of records, one after the other. */
export async function parcelsOf(sql: Sql, rows: readonly ParcelPlace[]): Promise<FrameParcel[]> {
  const whole = rows.flatMap(({ parcel, parcel_at: at, parcel_rows: size }, from) => {
    const count = size ?? 0;
    const isWhole = parcel && at === 0 && from + count <= rows.length && rows.slice(from, from + count).every((row, n) => row.parcel === parcel && row.parcel_at === n);
    return isWhole ? [{ id: parcel, from, count }] : [];
  });
  if (whole.length === 0) return [];
  const stored = await sql.rows<{ id: string; content: Uint8Array }>('select id, content from parcel where id = any($1::uuid[])', [whole.map(({ id }) => id)]);
  const contents = new Map(stored.map(({ id, content }) => [id, plain(content)]));
  return whole.flatMap(({ id, from, count }): FrameParcel[] => {
    const content = contents.get(id);
    return content ? [[from, count, content]] : [];
  });
}
