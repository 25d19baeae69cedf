import { closeSync, ftruncateSync, fsyncSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { pieceCount, pieceLength, PIECE_BYTES, sealedContentBytes, type ContentFrame } from '#shared/contract/content.ts';
import type { OpenFile } from '../vault/disk.ts';
import { openPiece, pieceOfSealed, sealedPlace } from './pieces.ts';

/** Bytes between two flushes: more may have to come again after a power cut, nothing after a kill. */
const FLUSH_BYTES = 4 * 1024 * 1024;

/** A content on its way in, as it came: sealed bytes in a row. */
export interface PartFile {
  /** Bytes that are there: whole pieces that were checked, and the beginning of the next. */
  readonly size: () => number;
  readonly isWhole: () => boolean;
  /** Appends what arrived. False where a piece is not what was sealed: it is cut off again, and what followed is dropped. */
  readonly take: (bytes: Uint8Array) => boolean;
  readonly flush: () => void;
  readonly close: () => void;
}

/**
 * Opens the part file of a content, made where there is none. Every whole piece in it is checked; from the first that does not
 * open the file is cut off, so a torn end after a power cut costs what it tore.
 */
export async function openPart(file: string, frame: ContentFrame, key: Uint8Array): Promise<PartFile> {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const total = sealedContentBytes(frame.sizeBytes);
  const { size: kept, tail } = await checkedLength(file, frame, key);
  const handle = openSync(file, 'a+', 0o600);
  ftruncateSync(handle, kept);
  let size = kept;
  let unflushed = 0;
  /** The piece under way, from its beginning. */
  let pending = tail;
  let isOpen = true;
  const flush = (): void => {
    if (isOpen && unflushed > 0) fsyncSync(handle);
    unflushed = 0;
  };
  return {
    size: () => size,
    isWhole: () => size === total,
    take: (bytes) => {
      if (!isOpen) return true;
      for (let at = 0; at < bytes.length && size < total;) {
        const index = pieceOfSealed(frame, size);
        const { start, length } = sealedPlace(frame, index);
        const part = bytes.subarray(at, at + start + length - size);
        writeAll(handle, part);
        pending = Buffer.concat([pending, part]);
        size += part.length;
        at += part.length;
        unflushed += part.length;
        if (size < start + length) continue;
        const isGood = openPiece(key, frame, index, pending) !== undefined;
        pending = Buffer.alloc(0);
        if (!isGood) {
          ftruncateSync(handle, start);
          size = start;
          return false;
        }
      }
      if (unflushed >= FLUSH_BYTES) flush();
      return true;
    },
    flush,
    close: () => {
      if (isOpen) closeSync(handle);
      isOpen = false;
    },
  };
}

function writeAll(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
}

/** How much of the file is good, and the bytes of the piece it ends in. */
async function checkedLength(file: string, frame: ContentFrame, key: Uint8Array): Promise<{ readonly size: number; readonly tail: Buffer }> {
  const total = sealedContentBytes(frame.sizeBytes);
  const none = Buffer.alloc(0);
  const handle = await open(file, 'a+', 0o600);
  try {
    const size = Math.min(total, (await handle.stat()).size);
    const room = Buffer.alloc(PIECE_BYTES * 2);
    for (let index = 0; index < pieceCount(frame.sizeBytes); index++) {
      const { start, length } = sealedPlace(frame, index);
      const there = Math.min(length, size - start);
      if (there <= 0) return { size: start, tail: none };
      const { bytesRead } = await handle.read(room, 0, there, start);
      const piece = room.subarray(0, bytesRead);
      if (bytesRead < length) return { size: start + bytesRead, tail: Buffer.from(piece) };
      if (openPiece(key, frame, index, piece) === undefined) return { size: start, tail: none };
    }
    return { size: total, tail: none };
  } finally {
    await handle.close();
  }
}

/** A whole part file as the file that was sealed, opened piece by piece while it is read. A piece that does not open ends the reading there. */
export async function openSealedPart(file: string, frame: ContentFrame, key: Uint8Array): Promise<OpenFile> {
  const handle = await open(file, 'r');
  return {
    read: async (buffer, position) => {
      let filled = 0;
      while (filled < buffer.length && position + filled < frame.sizeBytes) {
        const at = position + filled;
        const index = Math.floor(at / PIECE_BYTES);
        const { start, length } = sealedPlace(frame, index);
        const sealed = Buffer.alloc(length);
        await handle.read(sealed, 0, length, start);
        const plain = openPiece(key, frame, index, sealed);
        if (!plain) break;
        const part = plain.subarray(at % PIECE_BYTES, Math.min(pieceLength(frame.sizeBytes, index), (at % PIECE_BYTES) + buffer.length - filled));
        buffer.set(part, filled);
        plain.fill(0);
        filled += part.length;
      }
      return filled;
    },
    stat: () => Promise.resolve({ sizeBytes: frame.sizeBytes, modifiedMs: 0 }),
    close: () => handle.close(),
  };
}

/** Bytes of a part file, as the officer is told before it is opened and checked; 0 where there is none. */
export function partBytes(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Removes a part file. */
export function removePart(file: string): Promise<void> {
  return rm(file, { force: true });
}
