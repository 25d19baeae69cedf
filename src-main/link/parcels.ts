import { randomBytes } from 'node:crypto';
import { MAX_PARCEL_BYTES, MAX_PARCEL_ROWS, MIN_PARCEL_ROWS, parcelAad, type FrameParcel, type PushedParcel } from '#shared/contract/parcel.ts';
import type { WireRecord } from '#shared/contract/sync.ts';
import { deriveKey, open, sealUnder } from '../keys/sealed-box.ts';
import { bodyOf, deflateText, inflateText, type BucketKeys } from './sealing.ts';
import { inHubOrder, type UnsignedRecord, type UnsignedRow } from './signing.ts';

/** Texts of a parcel unfolded, in bytes at most; more is a bomb. */
const MAX_TEXT_BYTES = 1024 * 1024;
/** A parcel must be this much smaller than the bodies it stands for. */
const WORTH = 0.75;

/** The text of each sealed record, by its id. */
export type Texts = ReadonlyMap<string, string>;

/** The bucket whose key a record's content key follows from, where that is its whole audience. */
function bucketOf({ audience, wraps }: UnsignedRecord): { readonly bucket: string; readonly epoch: number } | undefined {
  const [wrap] = wraps;
  return audience.length === 1 && wraps.length === 1 && wrap?.k.length === 0 ? { bucket: wrap.b, epoch: wrap.e } : undefined;
}

function parcelKey(bucketKey: Uint8Array, aad: Uint8Array): Uint8Array {
  return deriveKey(bucketKey, aad, 'suar-parcel-1');
}

/** The parcels of a push of `rows`: new records of one bucket each, in the order in which the hub hands them out (contract/parcel.ts). */
export function makeParcels(rows: readonly UnsignedRow[], texts: Texts, keys: BucketKeys): PushedParcel[] {
  const placesByKey = new Map<string, number[]>();
  for (const place of inHubOrder(rows)) {
    const row = rows[place];
    const home = row?.assumed === null && texts.has(row.rec.id) ? bucketOf(row.rec) : undefined;
    if (!home) continue;
    const name = `${home.bucket} ${String(home.epoch)}`;
    placesByKey.set(name, [...(placesByKey.get(name) ?? []), place]);
  }
  return [...placesByKey.values()].flatMap((places) => {
    const parts = Array.from({ length: Math.ceil(places.length / MAX_PARCEL_ROWS) }, (_, n) => places.slice(n * MAX_PARCEL_ROWS, (n + 1) * MAX_PARCEL_ROWS));
    return parts.flatMap((part) => makeParcel(part, rows, texts, keys));
  });
}

function makeParcel(places: readonly number[], rows: readonly UnsignedRow[], texts: Texts, keys: BucketKeys): PushedParcel[] {
  const records = places.flatMap((place) => rows[place]?.rec ?? []);
  const home = records[0] && bucketOf(records[0]);
  const bucketKey = home && keys.ofEpoch(home.bucket, home.epoch);
  if (!bucketKey || places.length < MIN_PARCEL_ROWS) return [];
  const packed = deflateText(records.map(({ id }) => texts.get(id) ?? '').join('\n'));
  const aad = parcelAad(home.bucket, home.epoch, places.length);
  const content = sealUnder(parcelKey(bucketKey, aad), randomBytes(12), packed, aad);
  if (content.length > records.reduce((sum, { body }) => sum + body.length, 0) * WORTH) return [];
  if (content.length <= MAX_PARCEL_BYTES) return [[places, content]];
  const half = Math.ceil(places.length / 2);
  return [...makeParcel(places.slice(0, half), rows, texts, keys), ...makeParcel(places.slice(half), rows, texts, keys)];
}

/**
 * Puts the bodies into records that came without, from the parcels that came instead; their author's signature says later whether these are the bodies. The
 * records are from outside and unchecked. False where a parcel cannot be opened.
 */
export function restoreBodies(records: readonly { body: unknown }[], parcels: readonly FrameParcel[], keys: BucketKeys): boolean {
  return parcels.every(([from, count, content]) => {
    const some = records.slice(from, from + count) as (WireRecord & { body: Uint8Array })[];
    const home = some[0] && bucketOf(some[0]);
    const bucketKey = home && keys.ofEpoch(home.bucket, home.epoch);
    if (!bucketKey || !some.every((record) => isAlike(record, home))) return false;
    const aad = parcelAad(home.bucket, home.epoch, count);
    const packed = open(parcelKey(bucketKey, aad), content, aad);
    const texts = packed && inflateText(packed, MAX_TEXT_BYTES)?.split('\n');
    if (texts?.length !== count) return false;
    some.forEach((record, n) => (record.body = bodyOf(texts[n] ?? '', record, bucketKey, home)));
    return true;
  });
}

function isAlike(record: UnsignedRecord, { bucket, epoch }: { readonly bucket: string; readonly epoch: number }): boolean {
  const home = bucketOf(record);
  return home?.bucket === bucket && home.epoch === epoch;
}
