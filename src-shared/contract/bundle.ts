/**
 * A bundle: what a device and its hub would say to each other over a line, carried as one file. Version 1.
 *
 * FILE. 'SUARBNDL' ‖ u32 length ‖ clear head ‖ frames, each u32 length ‖ sealed frame; big-endian. The clear head is CBOR
 *   {v: 1, to: first 8 bytes of SHA-256 of the recipient's X25519 public key, eph: HPKE's encapsulated key}: it says for whom the file is, and nothing more.
 *   Key = what HPKE (contract/hpke.ts, info 'suar-bundle-1') exports as 'suar-bundle-1'. A sealed frame is
 *   nonce(12) ‖ AES-256-GCM(key, deflate-raw(CBOR frame)) ‖ tag(16), additional data CBOR ['suar-bundle-1', SHA-256(clear head), index, isLast]:
 *   nothing can be left out, put in another order or cut off unnoticed.
 * SIGNATURE. The last frame holds `sig`: Ed25519 of the sender over CBOR ['suar-bundle-1', digest], where digest is SHA-256 over the
 *   digest so far ‖ SHA-256(CBOR frame), begun with 32 zero bytes. A reader uses nothing before it has seen the whole file and this signature.
 *
 * REQUEST (device to hub). {@link BundleHead} with the device's cursor, then frames of {@link PushRow}: everything the hub is not known to have. A
 *   device counts its requests (`seq`). The hub takes the rows as if the device had pushed them, so rows that came over the wire too count once.
 *   A request that was read before gets the same answer made anew; one older than the newest read is refused: the newer holds all of it.
 * ANSWER (hub to device). The directory, the keys, a receipt (what became of every row), then pages of the pull from the request's cursor; each says
 *   where it begins and ends. A device takes the pages that go on from where it is, and refuses an answer to an older request than one it has read.
 * DELIVERY (hub to a unit, unasked). Sealed to the unit's newest key, so each of its devices reads it: the directory, keys of buckets, and every page from the beginning.
 *   A device takes the pages behind where it is, and the directory where it has not heard of a newer one. Its next request says how far it came: that is the receipt.
 * A bundle ends after its `expires`. Its hub is named by the pin of the CA: a bundle for another hub, or another device, is refused.
 */
import { Type, type Static } from 'typebox';
import { UnitIdSchema, UuidSchema } from '../schema/record.ts';
import type { ErrorCode } from './errors.ts';
import type { Directory, KeyAnswer, PulledRow, PushRow } from './sync.ts';

const strict = { additionalProperties: false } as const;
const time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** How long a bundle is good for, in milliseconds: a courier may need a boat. */
export const BUNDLE_LIFE_MS = 60 * 86_400_000;
/** How far the clock of the maker may be ahead, in milliseconds. */
export const BUNDLE_SKEW_MS = 2 * 86_400_000;
/** Rows in one frame at most, and about the most bytes of their bodies. */
export const BUNDLE_FRAME_ROWS = 250;
export const BUNDLE_FRAME_BYTES = 1024 * 1024;

/** Stands for no device. */
export const NO_DEVICE = '00000000-0000-0000-0000-000000000000';

/** What a bundle is, in its first frame. */
export const BundleHeadSchema = Type.Object(
  {
    t: Type.Literal('head'),
    kind: Type.Union([Type.Literal('request'), Type.Literal('answer'), Type.Literal('delivery')]),
    id: UuidSchema,
    /** The device that makes the request, or that the answer is for; {@link NO_DEVICE} in a delivery. */
    device: UuidSchema,
    /** The unit a delivery is for. */
    unit: Type.Optional(UnitIdSchema),
    /** Counts the device's requests, from 1; an answer has that of its request, a delivery 1. */
    seq: Type.Integer({ minimum: 1 }),
    /** First 10 bytes of SHA-256 of the hub's CA certificate, hexadecimal. */
    hub: Type.String({ pattern: '^[0-9a-f]{20}$' }),
    /** Milliseconds since 1970. */
    made: time,
    expires: time,
    /**
     * The hub's epoch the bases of a request's rows are of, or empty before the first pull; an answer has that of its request. A hub in another one takes no
     * row and answers from the beginning; a device that has come to another epoch by itself meanwhile refuses the answer.
     */
    epoch: Type.String({ maxLength: 40 }),
    /** Where the device is in the hub's order, or empty. */
    cursor: Type.String({ maxLength: 300 }),
  },
  strict,
);
export type BundleHead = Static<typeof BundleHeadSchema>;

/** What became of the rows of a request, by id and version. */
export interface BundleReceipt {
  readonly accepted: readonly (readonly [id: string, rev: string])[];
  readonly rejected: readonly { readonly id: string; readonly rev: string; readonly reason: string }[];
  /** The hub's versions that were in the way, with the version that met them. */
  readonly conflicts: readonly { readonly rev: string; readonly row: PulledRow }[];
}

/** A frame behind the head. */
export type BundleFrame =
  | { readonly t: 'rows'; readonly rows: readonly PushRow[] }
  | ({ readonly t: 'receipt' } & BundleReceipt)
  | { readonly t: 'directory'; readonly directory: Directory; readonly keys: KeyAnswer }
  | { readonly t: 'page'; readonly from: string; readonly cursor: string; readonly rows: readonly PulledRow[]; readonly done: boolean };

/** Rows of a request that are waiting, and those that could not be sealed. */
export interface CourierMade {
  readonly name: string;
  readonly sizeBytes: number;
  readonly rows: number;
  readonly refused: number;
}

/** An answer whose rows the device may now take. */
export interface CourierAnswer {
  /** Edits the hub received, and those it did not take or had another version of. */
  readonly received: number;
  readonly refused: number;
  readonly conflicts: number;
  /** Records in it. */
  readonly rows: number;
}

/** What the device remembers of its bundles; times are ISO 8601 instants. */
export interface CourierState {
  readonly made: { readonly name: string; readonly at: string; readonly rows: number; readonly sizeBytes: number } | null;
  /** Whether the answer to the newest request was read. */
  readonly isAnswered: boolean;
  readonly readAt: string | null;
}

/** File name extension of a bundle. */
export const BUNDLE_EXTENSION = 'suarbundle';

/** Why a bundle is refused; the officer reads the same error. */
export type BundleProblem = Exclude<Extract<ErrorCode, `bundle-${string}`>, 'bundle-not-saved' | 'bundle-unreadable' | 'bundle-hub-unknown'>;
