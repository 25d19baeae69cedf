import { listOf } from './packed-rows.ts';
import { toCbor } from './wire.ts';

/**
 * PARCELS. A record is sealed alone, so that each can be read, released and removed alone, and alone it compresses badly. Whoever pushes new records therefore adds
 * the texts of up to {@link MAX_PARCEL_ROWS} of them once more, compressed together and sealed once:
 *
 *   content = nonce(12) ‖ AES-256-GCM(parcel key, deflate-raw(texts joined with line feeds, shared dictionary)) ‖ tag(16)
 *   parcel key = HKDF-SHA256(bucket key, salt = additional data, info 'suar-parcel-1'), additional data = CBOR ['suar-parcel-1', bucket, epoch, count]
 *
 * A device that asks for parcels gets them instead of the bodies, which it seals again: sealing is the same bytes whenever it is done (contract/sync.ts SEALING), so the
 * author's signature says whether the body is the one the hub has. A parcel that cannot be opened or leads to another body is no loss: the device asks again
 * without parcels. The hub hands a parcel out where all its rows would be in the page as they are in it, and drops it with the first of them that changes.
 * Only records whose whole audience is one bucket, and whose content key follows from the key of that bucket, go into one.
 *
 * On the wire: pushes {packed, epoch?, parcels: [rows, content][]} where rows are places in the push, in the order of their ids; frames {rows, cursor, done,
 * parcels: [from, count, content][]} where `from` is the first of `count` places in the rows, whose bodies are empty.
 */

/** Most records in a parcel: with the first change of one of them the others weigh what they weigh alone. */
export const MAX_PARCEL_ROWS = 16;
/** Fewest: below it hardly anything is saved. */
export const MIN_PARCEL_ROWS = 3;
/** Largest content of a parcel, in bytes: a cut wastes no more than a frame. */
export const MAX_PARCEL_BYTES = 8 * 1024;

/** A parcel of a push: the places of its rows, and its content. */
export type PushedParcel = readonly [places: readonly number[], content: Uint8Array];
/** A parcel of a frame. */
export type FrameParcel = readonly [from: number, count: number, content: Uint8Array];

/** Additional data that binds a parcel to its bucket, key epoch and number of records; the salt of its key, too. */
export function parcelAad(bucket: string, epoch: number, count: number): Uint8Array {
  return toCbor(['suar-parcel-1', bucket, epoch, count]);
}

/** Reads the parcels of a push of `rows` rows. Throws where they have another shape. */
export function readPushedParcels(value: unknown, rows: number): PushedParcel[] {
  const used = new Set<number>();
  return listOf(value).map((each) => {
    const [places, content] = listOf(each);
    const list = listOf(places).map((place) => {
      if (typeof place !== 'number' || !Number.isInteger(place) || place < 0 || place >= rows || used.has(place)) throw new Error('no place of a row');
      used.add(place);
      return place;
    });
    checkSizes(list.length, content);
    return [list, content];
  });
}

/** Reads the parcels of a frame of `rows` records. Throws where they have another shape. */
export function readFrameParcels(value: unknown, rows: number): FrameParcel[] {
  let end = 0;
  return listOf(value).map((each) => {
    const [from, count, content] = listOf(each);
    if (typeof from !== 'number' || typeof count !== 'number' || !Number.isInteger(from + count) || from < end || from + count > rows) throw new Error('no places of rows');
    checkSizes(count, content);
    end = from + count;
    return [from, count, content];
  });
}

function checkSizes(count: number, content: unknown): asserts content is Uint8Array {
  if (count < MIN_PARCEL_ROWS || count > MAX_PARCEL_ROWS || !(content instanceof Uint8Array) || content.length === 0 || content.length > MAX_PARCEL_BYTES) throw new Error('no parcel');
}
