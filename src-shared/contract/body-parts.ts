/**
 * How the body of a long record goes up: in parts, so that a line which breaks before all of it is there costs a part. Part of the protocol of sync.ts, version 1.
 *
 * A device pushes the row alone, without its body, and says `held`: [SHA-256 of the body, its bytes]. Where the hub has the body whole it takes the row as if it had come with
 * it, and answers as to any push; so it does where it has this version of the record already. Else it stores nothing and answers {@link HeldAnswer}: so many parts from the beginning
 * are there. The device sends what is missing, {@link BodyPart}s in any order, each of {@link BODY_PART_BYTES} but the last, and pushes the row again.
 *   POST /v1/push/part {@link BodyPart} -> {}
 * Parts belong to the device that sent them: no other one can name them, hear of them or use them. The hub keeps {@link HELD_BYTES} of them for a device, whatever came last,
 * until their row is taken, for two days at most; they are in no backup. The signature of the row covers the SHA-256, so a body put together wrongly is never stored.
 */
import { Type, type Static } from 'typebox';
import { MAX_BODY_BYTES } from './sync.ts';

/** Bytes of every part but the last: half a second of 64 kbit/s. */
export const BODY_PART_BYTES = 4096;
/** Shorter bodies go with their row. */
export const HELD_FROM_BYTES = 16 * 1024;
/** Most bytes of parts the hub keeps for a device. */
export const HELD_BYTES = 2 * MAX_BODY_BYTES;

const Bytes = Type.Unsafe<Uint8Array>(Type.Any());

export const BodyPartSchema = Type.Object(
  {
    /** SHA-256 of the whole body, 32 bytes. */ body: Bytes,
    /** Which part, from 0. */ part: Type.Integer({ minimum: 0, maximum: MAX_BODY_BYTES / BODY_PART_BYTES - 1 }),
    bytes: Bytes,
  },
  { additionalProperties: false },
);
export type BodyPart = Static<typeof BodyPartSchema>;

/** A body that is at the hub, or on its way there. */
export type HeldBody = readonly [sha: Uint8Array, bytes: number];

/** Answer to a push whose body is not there: nothing was stored. */
export interface HeldAnswer {
  /** Parts the hub has, from the first one without a gap. */
  readonly parts: number;
}

/** How many parts a body of `bytes` has. */
export function bodyPartCount(bytes: number): number {
  return Math.ceil(bytes / BODY_PART_BYTES);
}

/** Reads `held` of a push from outside; undefined where it is none. */
export function readHeldBody(value: unknown): HeldBody | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [sha, bytes] = value as readonly unknown[];
  return sha instanceof Uint8Array && sha.length === 32 && Number.isInteger(bytes) && Number(bytes) > 0 && Number(bytes) <= MAX_BODY_BYTES ? [sha, Number(bytes)] : undefined;
}
