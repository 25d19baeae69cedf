import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PIECE_BYTES, pieceCount, pieceLength, sealedContentBytes, type ContentFrame } from '#shared/contract/content.ts';
import { openPart } from '../../../src-main/content/part-file.ts';
import { openPiece, pieceOfSealed, sealedPlace, sealPiece } from '../../../src-main/content/pieces.ts';
import { createPace } from '../../../src-main/content/pace.ts';
import { createTurns } from '../../../src-main/link/turns.ts';

const KEY = randomBytes(32);
const FRAME: ContentFrame = { id: '00000000-0000-4000-8000-000000000001', exhibit: '00000000-0000-4000-8000-000000000002', owner: 'la-cyber', sizeBytes: 150_000 };

function sealAll(plain: Uint8Array, frame: ContentFrame): Buffer {
  return Buffer.concat(Array.from({ length: pieceCount(frame.sizeBytes) }, (_, i) => sealPiece(KEY, frame, i, plain.subarray(i * PIECE_BYTES, i * PIECE_BYTES + pieceLength(frame.sizeBytes, i)))));
}

describe('pieces', () => {
  it('are the same every time, and open only in their place, of their content, at their length and under their key', () => {
    const plain = randomBytes(PIECE_BYTES);
    const sealed = sealPiece(KEY, FRAME, 1, plain);
    expect(Buffer.from(sealPiece(KEY, FRAME, 1, plain)).equals(sealed)).toBe(true);
    expect(Buffer.from(openPiece(KEY, FRAME, 1, sealed) ?? []).equals(plain)).toBe(true);
    expect(openPiece(KEY, FRAME, 0, sealed)).toBeUndefined();
    expect(openPiece(randomBytes(32), FRAME, 1, sealed)).toBeUndefined();
    for (const other of [
      { ...FRAME, id: FRAME.exhibit },
      { ...FRAME, exhibit: FRAME.id },
      { ...FRAME, owner: 'ph-acg' },
      { ...FRAME, sizeBytes: 400_000 },
    ])
      expect(openPiece(KEY, other, 1, sealed)).toBeUndefined();
    const bent = Uint8Array.from(sealed, (byte, i) => (i === 70 ? byte ^ 1 : byte));
    expect(openPiece(KEY, FRAME, 1, bent)).toBeUndefined();
    expect(openPiece(KEY, FRAME, 1, sealed.subarray(0, -1))).toBeUndefined();
  });

  it('lie one after the other without a gap', () => {
    for (const sizeBytes of [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 150_000]) {
      const frame = { ...FRAME, sizeBytes };
      let end = 0;
      for (let i = 0; i < pieceCount(sizeBytes); i++) {
        const { start, length } = sealedPlace(frame, i);
        expect(start).toBe(end);
        end = start + length;
        expect([pieceOfSealed(frame, start), pieceOfSealed(frame, end - 1)]).toEqual([i, i]);
      }
      expect(end).toBe(sealedContentBytes(sizeBytes));
    }
  });
});

describe('a part file', () => {
  const fresh = () => path.join(mkdtempSync(path.join(tmpdir(), 'suar-part-')), 'x.part');
  const plain = randomBytes(150_000);
  const sealed = sealAll(plain, FRAME);

  it('goes on at the byte after any end, and cuts off what a power cut tore', async () => {
    const file = fresh();
    const first = await openPart(file, FRAME, KEY);
    first.take(sealed.subarray(0, 100_001));
    first.close();
    const second = await openPart(file, FRAME, KEY);
    expect(second.size()).toBe(100_001);
    second.take(sealed.subarray(100_001, 140_000));
    second.close();
    // zeros where the system had not written yet: the second piece is torn, the first is whole
    const torn = readFileSync(file);
    torn.fill(0, 90_000, 95_000);
    writeFileSync(file, torn);
    const third = await openPart(file, FRAME, KEY);
    expect(third.size()).toBe(PIECE_BYTES + 16);
    expect(third.take(sealed.subarray(third.size()))).toBe(true);
    expect(third.isWhole()).toBe(true);
    third.close();
    appendFileSync(file, 'more than there is');
    const fourth = await openPart(file, FRAME, KEY);
    expect([fourth.size(), fourth.isWhole()]).toEqual([sealed.length, true]);
    fourth.close();
    truncateSync(file, 0);
    const fifth = await openPart(file, FRAME, KEY);
    expect(fifth.size()).toBe(0);
    fifth.close();
  });

  it('keeps no piece that does not open', async () => {
    const part = await openPart(fresh(), FRAME, KEY);
    const bent = Buffer.from(sealed);
    bent[PIECE_BYTES + 500] = (bent[PIECE_BYTES + 500] ?? 0) ^ 1;
    expect(part.take(bent)).toBe(false);
    expect(part.size()).toBe(PIECE_BYTES + 16);
    expect(part.take(sealed.subarray(part.size()))).toBe(true);
    expect(part.isWhole()).toBe(true);
    part.close();
  });
});

describe('the lane of content', () => {
  it('lets records go first and sends one request at a time', async () => {
    const turns = createTurns();
    const order: string[] = [];
    let release = (): void => undefined;
    const push = turns.record(() => new Promise<void>((resolve) => (release = resolve)).then(() => order.push('push')));
    const media = [1, 2].map((n) =>
      turns.media(async () => {
        order.push(`begin ${n}`);
        await Promise.resolve();
        order.push(`end ${n}`);
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(order).toEqual([]);
    release();
    await Promise.all([push, ...media]);
    expect(order).toEqual(['push', 'begin 1', 'end 1', 'begin 2', 'end 2']);
    await expect(turns.media(() => Promise.reject(new Error('cut')))).rejects.toThrow('cut');
    expect(await turns.media(() => Promise.resolve(3))).toBe(3);
  });

  it('asks for little on a slow line and for no more than the most on a fast one', () => {
    const slow = createPace();
    expect(slow.length()).toBe(16 * 1024);
    for (let i = 0; i < 20; i++) slow.told(8000, 1600);
    expect(slow.length()).toBe(8 * 1024);
    const fast = createPace();
    for (let i = 0; i < 20; i++) fast.told(64 * 1024, 10);
    expect([fast.length(), fast.gapMs()]).toEqual([64 * 1024, 30]);
  });
});
