import { MAX_FRAME_BYTES, MAX_PULL_ROWS } from './sync.ts';

/**
 * FRAMES ON THE WIRE (contract/sync.ts FRAMES). A frame = length of the content (4 bytes, big-endian) ‖ most rows (2) ‖ most KiB of bodies (2) ‖ content. The two limits
 * are those the page was read with: whoever reads behind the same cursor with the same limits, parcels or none as before, gets the same bytes while nothing of it has changed.
 *
 * RESUME. A device that has the first bytes of a frame when its line breaks asks for the frames behind the same cursor with `rest={@link restText}`. The hub, which
 * kept nothing, makes the frame as things are now; where it begins with those bytes, it answers with status 206 and the bytes after them, else with 200 and
 * all of it. So nothing of a frame travels twice, and none is put together of two.
 */
export const FRAME_HEAD_BYTES = 8;
/** Largest limit of bodies a frame's head can name, in bytes; limits are whole KiB. */
export const MAX_LIMIT_BYTES = 1024 * 1024;
/** Bytes of the SHA-256 that says which ones a device has. */
const DIGEST_BYTES = 12;
/** Fewer bytes than this are not worth a longer request. */
const WORTH_BYTES = 256;

/** What a page may hold. */
export interface PageLimits {
  /** Most rows, 1 to MAX_PULL_ROWS. */
  readonly rows: number;
  /** Bytes of bodies from which on no row is added; whole KiB, at most {@link MAX_LIMIT_BYTES}. */
  readonly bytes: number;
}

/** Limits as a frame can name them: whole KiB, in their ranges. */
export function toPageLimits(rows: number, bytes: number): PageLimits {
  return { rows: clamp(Math.round(rows), MAX_PULL_ROWS), bytes: clamp(Math.round(bytes / 1024), MAX_LIMIT_BYTES / 1024) * 1024 };
}

/** The head of a frame with `contentBytes` bytes of content. */
export function frameHead(contentBytes: number, { rows, bytes }: PageLimits): Uint8Array {
  const head = new DataView(new ArrayBuffer(FRAME_HEAD_BYTES));
  head.setUint32(0, contentBytes);
  head.setUint16(4, rows);
  head.setUint16(6, bytes / 1024);
  return new Uint8Array(head.buffer);
}

/** Reads the head of a frame; undefined where it is of no frame. */
export function readFrameHead(head: Uint8Array): { readonly contentBytes: number; readonly limits: PageLimits } | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const contentBytes = view.getUint32(0);
  const limits = readLimits(view.getUint16(4), view.getUint16(6));
  return limits && contentBytes > 0 && contentBytes <= MAX_FRAME_BYTES ? { contentBytes, limits } : undefined;
}

/** The first bytes of a frame, as a device names them. */
export interface FrameStart {
  readonly length: number;
  readonly limits: PageLimits;
  /** Hexadecimal, the first {@link DIGEST_BYTES} bytes of SHA-256 over those bytes. */
  readonly digest: string;
}

/** Digest of a frame's first bytes, from their SHA-256 in hexadecimal. */
export function startDigest(sha256Hex: string): string {
  return sha256Hex.slice(0, DIGEST_BYTES * 2);
}

/** What `rest` says of the first bytes of a frame; undefined where they are too few to be worth it. */
export function restText(start: Uint8Array, sha256Hex: (bytes: Uint8Array) => string): string | undefined {
  const head = start.length < WORTH_BYTES ? undefined : readFrameHead(start);
  return head && [start.length, head.limits.rows, head.limits.bytes / 1024, startDigest(sha256Hex(start))].join('.');
}

/** Shape of {@link restText}. */
export const REST_PATTERN = `^[1-9][0-9]{0,6}\\.[1-9][0-9]{0,4}\\.[1-9][0-9]{0,4}\\.[0-9a-f]{${DIGEST_BYTES * 2}}$`;

/** Reads a text of {@link REST_PATTERN}; undefined where its numbers are of no frame. */
export function readRest(text: string): FrameStart | undefined {
  const [length, rows, kib, digest = ''] = text.split('.');
  const limits = readLimits(Number(rows), Number(kib));
  return limits && { length: Number(length), limits, digest };
}

function readLimits(rows: number, kib: number): PageLimits | undefined {
  const limits = toPageLimits(rows, kib * 1024);
  return limits.rows === rows && limits.bytes === kib * 1024 ? limits : undefined;
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(1, value));
}
