import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Length (4, big endian) ‖ nonce (12) ‖ ciphertext ‖ tag (16). */
const LENGTH_BYTES = 4;
const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
const OVERHEAD = NONCE_BYTES + TAG_BYTES;
/** Longest frame; a length above it is damage. */
const FRAME_MAX = 64 * 1024 * 1024;

/** Where a chain of frames stands: each frame is bound to its file, its place in it and the tag of the one before. */
export interface ChainEnd {
  readonly file: number;
  readonly index: number;
  readonly tag: Uint8Array;
}

/** The beginning of the chain of a file. */
export function chainStart(file: number): ChainEnd {
  return { file, index: 0, tag: new Uint8Array(TAG_BYTES) };
}

function aadOf({ file, index, tag }: ChainEnd): Uint8Array {
  return Buffer.concat([Buffer.from(`suar-journal-1|${file}|${index}|`), tag]);
}

/** Seals `plain` as the next frame (AES-256-GCM, NIST SP 800-38D). */
export function sealFrame(key: Uint8Array, end: ChainEnd, plain: Uint8Array): { readonly bytes: Uint8Array; readonly end: ChainEnd } {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aadOf(end));
  const body = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(body.length);
  return { bytes: Buffer.concat([length, body]), end: { file: end.file, index: end.index + 1, tag: body.subarray(-TAG_BYTES) } };
}

/** A frame that opened, and where the chain and the file stand after it. */
export interface OpenedFrame {
  readonly plain: Uint8Array;
  readonly end: ChainEnd;
  readonly at: number;
}

/**
 * Opens the frame at `at`; undefined at the end of the file. `torn`: the file ends in it or right behind it, as a crash while
 * writing leaves it; `damaged`: it does not open and more follows. Whoever cuts a torn end off has to ask the store whether
 * anything there was acknowledged.
 */
export function openFrame(key: Uint8Array, end: ChainEnd, file: Uint8Array, at: number): OpenedFrame | 'torn' | 'damaged' | undefined {
  if (at === file.length) return undefined;
  if (at + LENGTH_BYTES > file.length) return 'torn';
  const length = Buffer.from(file.buffer, file.byteOffset, file.byteLength).readUInt32BE(at);
  if (length < OVERHEAD || length > FRAME_MAX) return 'damaged';
  const next = at + LENGTH_BYTES + length;
  if (next > file.length) return 'torn';
  const body = file.subarray(at + LENGTH_BYTES, next);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAAD(aadOf(end));
    const tag = body.subarray(-TAG_BYTES);
    decipher.setAuthTag(tag);
    const plain = Buffer.concat([decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return { plain, end: { file: end.file, index: end.index + 1, tag: Buffer.from(tag) }, at: next };
  } catch {
    return next === file.length ? 'torn' : 'damaged';
  }
}
