/**
 * One sealed file:
 *
 *   'SUARBKUP' (8) ‖ version (2, big endian) ‖ length of the header (4) ‖ header (JSON) ‖ SHA-256 of all before (32) ‖ frames
 *
 * The frames (journal/frames.ts) are sealed under HKDF(data key, SHA-256 of all before them), so no byte before them can be changed either,
 * each is bound to the one before it, and the last one says what must have been there.
 */
import { createHash } from 'node:crypto';
import { decode, encode } from 'cborg';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { SetDigest } from '#shared/base/set-digest.ts';
import type { Journaled, JournalRow } from '#shared/contract/journal.ts';
import { KdfSchema } from '../keys/keyring.ts';
import { RecoverySchema } from '../keys/recovery.ts';
import { deriveKey } from '../keys/sealed-box.ts';

const MAGIC = Buffer.from('SUARBKUP');
const VERSION = 1;
const FIXED_BYTES = MAGIC.length + 2 + 4;
const HASH_BYTES = 32;
const HEADER_MAX = 64 * 1024;
/** Enough of a file to read everything before its frames. */
export const PREFIX_MAX = FIXED_BYTES + HEADER_MAX + HASH_BYTES;

/** In clear in front of the frames: what is needed to open them, and what tells the officer which backup this is. */
export const HeaderSchema = Type.Object(
  {
    /** ISO 8601 instant. */
    madeAt: Type.String({ maxLength: 40 }),
    /** What the start screen showed, in clear there as well. */
    label: Type.String({ maxLength: 40 }),
    kdf: KdfSchema,
    /** The data key under the passphrase, base64. */
    wrapped: Type.String({ maxLength: 200 }),
    /** The data key under the recovery kit of that day, as it lies in the profile. */
    kit: Type.Union([RecoverySchema, Type.Null()]),
  },
  { additionalProperties: false },
);
export type BackupHeader = Static<typeof HeaderSchema>;

/** One frame. */
export type BackupEntry =
  /** Sealed rows. `s`: the hub has these versions. `again`: they take the place of ones before. */
  | { readonly t: 'rows'; readonly c: Journaled; readonly s: boolean; readonly again: boolean; readonly r: readonly JournalRow[] }
  /** A piece of a file of the profile folder, from the first to the last: `path` with `/`, `at` from 0, `size` of the whole file. */
  | { readonly t: 'file'; readonly path: string; readonly size: number; readonly at: number; readonly b: Uint8Array }
  /** Nothing follows. */
  | { readonly t: 'end'; readonly sequence: number; readonly digests: Readonly<Record<Journaled, SetDigest>>; readonly files: number };

/** An entry as bytes (CBOR, RFC 8949). */
export function entryToBytes(entry: BackupEntry): Uint8Array {
  return encode(entry);
}

/** The entry in a frame that opened under the data key, so it is one we wrote. */
export function bytesToEntry(plain: Uint8Array): BackupEntry {
  return decode(plain) as BackupEntry;
}

/** Everything before the frames. */
export function headerToPrefix(header: BackupHeader): Uint8Array {
  const text = Buffer.from(JSON.stringify(header));
  const fixed = Buffer.alloc(FIXED_BYTES);
  MAGIC.copy(fixed);
  fixed.writeUInt16BE(VERSION, MAGIC.length);
  fixed.writeUInt32BE(text.length, MAGIC.length + 2);
  const before = Buffer.concat([fixed, text]);
  return Buffer.concat([before, createHash('sha256').update(before).digest()]);
}

/** The header at the start of a file, of which `bytes` are the first {@link PREFIX_MAX}; `prefix` is everything before the frames. */
export function readPrefix(bytes: Uint8Array): Result<{ readonly header: BackupHeader; readonly prefix: Uint8Array }, 'backup-unknown' | 'backup-newer' | 'backup-incomplete' | 'backup-altered'> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < MAGIC.length || !file.subarray(0, MAGIC.length).equals(MAGIC)) return err('backup-unknown');
  if (file.length < FIXED_BYTES) return err('backup-incomplete');
  if (file.readUInt16BE(MAGIC.length) > VERSION) return err('backup-newer');
  const end = FIXED_BYTES + file.readUInt32BE(MAGIC.length + 2);
  if (end > FIXED_BYTES + HEADER_MAX) return err('backup-altered');
  if (file.length < end + HASH_BYTES) return err('backup-incomplete');
  const isWhole = createHash('sha256')
    .update(file.subarray(0, end))
    .digest()
    .equals(file.subarray(end, end + HASH_BYTES));
  const header: unknown = isWhole ? JSON.parse(file.toString('utf8', FIXED_BYTES, end)) : undefined;
  return Value.Check(HeaderSchema, header) ? ok({ header, prefix: file.subarray(0, end + HASH_BYTES) }) : err('backup-altered');
}

/** The key of the frames behind `prefix`. */
export function framesKey(dataKey: Uint8Array, prefix: Uint8Array): Uint8Array {
  return deriveKey(dataKey, createHash('sha256').update(prefix).digest(), 'suar-backup-1');
}

/** Whether a backup may name this file: below the folder, no way out of it. */
export function isInside(name: string): boolean {
  return name.length <= 300 && name.split('/').every((part) => /^[\w-][\w.-]*$/.test(part));
}
