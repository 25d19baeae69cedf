/**
 * How the content of an exhibit travels: on request, sealed, in small parts, through the hub. Part of the protocol of sync.ts, version 1.
 *
 * PIECES. The file is cut into pieces of {@link PIECE_BYTES}; an empty one has one empty piece. Piece n is sealed as AES-256-GCM(content key,
 *   nonce = n as 12 bytes, big endian) ‖ tag(16), additional data = CBOR ['suar-piece-1', content id, exhibit, owner, n, number of pieces]; the sealed
 *   content is their row. The key is made for this content id alone and seals one file, checked against the exhibit's SHA-256 before, so a
 *   nonce never meets two plaintexts and a device that begins again makes the same bytes.
 * KEY. 32 random bytes, wrapped once per bucket of the exhibit's record like a record's content key, with CONTENT_REV for `rev`.
 *
 * ROUTES. A content belongs to its owner: `(id, owner)` is the key, and one that is hidden answers like one that is not there (404 content-gone).
 *   POST /v1/content/offer {@link ContentOffer} -> {@link ContentState}. By a device of the unit that owns the exhibit's record. Repeated, it adds readers and
 *     changes nothing else; of a content that every reader has fetched it says that all was received, and only a further reader makes it begin again. 403 {error:'content-uncovered'} where a reader's unit does not see the record, or is abroad and no release of this version of
 *     the record nor an open mandate covers it; 403 {error:'content-quota'} where the unit's room at the hub is used up.
 *   GET /v1/content/state?id=&owner= -> {@link ContentState}, for the offering device and the readers.
 *   POST /v1/content/part?id=&at= with the bytes (application/octet-stream, at most MAX_PART_BYTES) -> {received}. Bytes that do not begin exactly at
 *     what the hub has are ignored; the answer says where to go on. Of a request that is cut off the hub keeps what arrived.
 *   GET /v1/content/part?id=&owner=&at=&length= -> bytes (application/octet-stream), fewer or none where the hub has no more yet. The cover is checked every time.
 *   POST /v1/content/end {@link ContentEnd} -> {}. A reader has it; the offering device takes it back. Pieces go when every reader has them, or
 *     after the days the operator set; then nobody but the offering device hears of it, by an offer made again.
 */
import { Type, type Static } from 'typebox';
import { UnitIdSchema, UuidSchema } from '../schema/record.ts';
import { WrapSchema } from './sync.ts';
import { toCbor } from './wire.ts';

/** Bytes of plaintext in every piece but the last. */
export const PIECE_BYTES = 64 * 1024;
/** What a seal adds to a piece: its tag. */
export const PIECE_SEAL_BYTES = 16;
/** Most bytes of one request. */
export const MAX_PART_BYTES = 64 * 1024;
/** Largest sealed content, in bytes (64 GiB). */
export const MAX_CONTENT_BYTES = 64 * 1024 ** 3;
/** Stands for `rev` in the additional data of a content's wraps; no record has it. */
export const CONTENT_REV = 'content';

const strict = { additionalProperties: false } as const;

export const ContentOfferSchema = Type.Object(
  {
    id: UuidSchema,
    /** The exhibit. */
    record: UuidSchema,
    /** Sealed. */
    sizeBytes: Type.Integer({ minimum: PIECE_SEAL_BYTES, maximum: MAX_CONTENT_BYTES }),
    wraps: Type.Array(WrapSchema, { minItems: 1, maxItems: 64 }),
    /** Devices it was agreed with. */
    readers: Type.Array(UuidSchema, { minItems: 1, maxItems: 50 }),
  },
  strict,
);
export type ContentOffer = Static<typeof ContentOfferSchema>;

export const ContentEndSchema = Type.Object({ id: UuidSchema, owner: UnitIdSchema }, strict);
export type ContentEnd = Static<typeof ContentEndSchema>;

/** What the hub has of a content. */
export const ContentStateSchema = Type.Object(
  {
    record: UuidSchema,
    sizeBytes: Type.Integer({ minimum: 0 }),
    /** From the start, without a gap. */
    received: Type.Integer({ minimum: 0 }),
    wraps: Type.Array(WrapSchema, { maxItems: 64 }),
    /** ISO 8601 instant. */
    expires: Type.String({ maxLength: 40 }),
  },
  strict,
);
export type ContentState = Static<typeof ContentStateSchema>;

/** What binds the pieces of a content together. */
export interface ContentFrame {
  readonly id: string;
  readonly exhibit: string;
  readonly owner: string;
  /** Of the file itself. */
  readonly sizeBytes: number;
}

/** Number of pieces of a file of that size. */
export function pieceCount(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / PIECE_BYTES));
}

/** Size of a sealed content. */
export function sealedContentBytes(sizeBytes: number): number {
  return sizeBytes + pieceCount(sizeBytes) * PIECE_SEAL_BYTES;
}

/** Plaintext bytes of piece `index`. */
export function pieceLength(sizeBytes: number, index: number): number {
  return Math.min(PIECE_BYTES, sizeBytes - index * PIECE_BYTES);
}

/** Additional data that binds a piece to its content, its place and the end. */
export function pieceAad({ id, exhibit, owner, sizeBytes }: ContentFrame, index: number): Uint8Array {
  return toCbor(['suar-piece-1', id, exhibit, owner, index, pieceCount(sizeBytes)]);
}
