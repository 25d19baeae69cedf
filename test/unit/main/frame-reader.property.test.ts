import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { packRows } from '#shared/contract/packed-rows.ts';
import type { FrameParcel } from '#shared/contract/parcel.ts';
import { MAX_FRAME_BYTES, type PullAnswer, type PulledRow, type WireRecord } from '#shared/contract/sync.ts';
import { toCbor } from '#shared/contract/wire.ts';
import type { ByteStream } from '../../../src-main/link/byte-stream.ts';
import { createFrameReader, type ParcelReader } from '../../../src-main/link/frame-reader.ts';

const id = (n: number) => `0190a0b0-0000-7000-8000-${String(n).padStart(12, '0')}`;
const revOf = (version: number) => version.toString(16).padStart(24, '0');
const versionOf = (row: PulledRow) => ('gone' in row ? Number.NaN : Number.parseInt(row.rev, 16));
function record(n: number, version: number): WireRecord {
  return {
    id: id(n),
    entity: 'case',
    owner: 'la',
    audience: ['u:la'],
    tlp: 'AMBER',
    rev: revOf(version),
    deleted: false,
    author: id(999),
    ref: '',
    body: Uint8Array.of(1),
    wraps: [],
    sig: Uint8Array.of(2),
  };
}
function frame(rows: readonly PulledRow[], cursor: string, done: boolean, parcels?: readonly FrameParcel[]): Buffer {
  const content = deflateRawSync(toCbor({ rows: packRows(rows), cursor, done, ...(parcels ? { parcels } : {}) }));
  const head = Buffer.alloc(4);
  head.writeUInt32BE(content.length);
  return Buffer.concat([head, content]);
}
/** A stream over given pieces. */
function streamOf(pieces: readonly Uint8Array[], cut = false): ByteStream {
  const left = [...pieces];
  return { read: () => Promise.resolve(left.length > 0 || !cut ? ok(left.shift()) : err({ code: 'hub-unreachable' })), close: () => undefined };
}

/** Every third record is in the urgent lanes. */
const isUrgent = (n: number) => n % 3 === 0;

/** A hub with a compacted feed: each record once, at its latest change. Versions grow over all records, so that an older one is seen. */
class FeedHub {
  readonly rows = new Map<number, { version: number; pos: number }>();
  pos = 0;
  opened = 0;
  write(n: number): number {
    this.rows.set(n, { version: ++this.pos, pos: this.pos });
    return this.pos;
  }
  page(cursor: string, limit: number, isIn: (n: number) => boolean = () => true): PullAnswer {
    const from = Number(cursor.split(':')[2] ?? 0);
    const waiting = [...this.rows].filter(([n, { pos }]) => pos > from && isIn(n)).sort(([, a], [, b]) => a.pos - b.pos);
    const page = waiting.slice(0, limit);
    return { rows: page.map(([n, { version }]) => record(n, version)), cursor: `e:1:${page.at(-1)?.[1].pos ?? from}`, done: page.length === waiting.length };
  }
  /** A page of the urgent records, made at once and answered `delay` turns later. */
  async urgent(cursor: string, delay: number): Promise<Result<PullAnswer, AppError>> {
    const page = this.page(cursor, 2, isUrgent);
    for (let turn = 0; turn < delay; turn++) await new Promise((resolve) => setImmediate(resolve));
    return ok(page);
  }
  /** Makes each frame when it is read, `ahead` of the reader, and cuts the stream after `cutAfter` bytes. */
  open(cursor: string, frameRows: number, ahead: number, cutAfter: number): ByteStream {
    this.opened++;
    const made: Uint8Array[] = [];
    let [from, done, left] = [cursor, false, cutAfter];
    return {
      close: () => undefined,
      read: async () => {
        await Promise.resolve();
        while (!done && made.length <= ahead) {
          const page = this.page(from, frameRows);
          made.push(frame(page.rows, page.cursor, page.done));
          [from, done] = [page.cursor, page.done];
        }
        const next = made.shift();
        if (!next) return ok(undefined);
        if (left <= 0) return err({ code: 'hub-unreachable' });
        const piece = next.subarray(0, left);
        if (piece.length < next.length) made.length = 0;
        left -= next.length;
        return ok(piece);
      },
    };
  }
}

interface Plan {
  readonly records: number;
  readonly frameRows: number;
  readonly ahead: number;
  readonly cuts: readonly number[];
  /** Turns an urgent page takes, one page after another. */
  readonly delays: readonly number[];
  /** Before each take: nothing, another device writes, this device pushes, the hub wakes it, it starts again, or a line is made. */
  readonly acts: readonly { readonly kind: 'none' | 'other' | 'push' | 'restart' | 'resume'; readonly n: number }[];
}
const plan: fc.Arbitrary<Plan> = fc.record({
  records: fc.integer({ min: 1, max: 30 }),
  frameRows: fc.integer({ min: 1, max: 6 }),
  ahead: fc.integer({ min: 0, max: 3 }),
  cuts: fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 6 }),
  delays: fc.array(fc.nat({ max: 8 }), { minLength: 1, maxLength: 6 }),
  acts: fc.array(fc.record({ kind: fc.constantFrom('none' as const, 'other' as const, 'push' as const, 'restart' as const, 'resume' as const), n: fc.nat({ max: 29 }) }), { maxLength: 25 }),
});

const FLAWS = ['deaf to wakes', 'blind to pushes', 'late with what is urgent'] as const;
type Flaw = (typeof FLAWS)[number];

/** Plays a plan as the worker would: one take after another, from the checkpoint it has. Lists what went wrong. */
async function play({ records, frameRows, ahead, cuts, delays, acts }: Plan, flaw: Flaw | 'none' = 'none'): Promise<string[]> {
  const hub = new FeedHub();
  for (let n = 0; n < records; n++) hub.write(n);
  const cutsLeft = [...cuts];
  let urgentPages = 0;
  const make = () =>
    createFrameReader({
      open: (cursor) => hub.open(cursor, frameRows, ahead, cutsLeft.shift() ?? Number.POSITIVE_INFINITY),
      parcels: NO_PARCELS,
      urgent: async (cursor) => {
        const answer = await hub.urgent(cursor, delays[urgentPages++ % delays.length] ?? 0);
        // a cursor far ahead hides that the stream has passed
        if (answer.ok && flaw === 'late with what is urgent') return ok({ ...answer.value, cursor: 'e:9:9', done: true });
        return answer;
      },
    });
  let reader = make();
  const store = new Map<string, number>();
  const wrong: string[] = [];
  let [checkpoint, done] = ['', false];
  const todo = [...acts];
  for (let round = 0; round < 400 && (!done || todo.length > 0); round++) {
    const act = todo.shift();
    if (act?.kind === 'restart') {
      reader.close();
      reader = make();
    } else if (act?.kind === 'resume') {
      reader.resume();
      await new Promise((resolve) => setImmediate(resolve));
    } else if (act && act.kind !== 'none') {
      const n = act.n % records;
      if (act.kind === 'push') {
        // the version this device writes is what it has from now on
        const version = hub.write(n);
        if (flaw !== 'blind to pushes') reader.pushing(id(n), revOf(version));
        store.set(id(n), version);
      } else hub.write(n);
      if (flaw !== 'deaf to wakes') reader.woken(isUrgent(n));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const answer = await reader.take(checkpoint, 500);
    done = answer.ok && answer.value.done;
    if (!answer.ok) continue;
    for (const row of answer.value.rows) {
      if (versionOf(row) < (store.get(row.id) ?? 0)) wrong.push(`${row.id} went back to ${versionOf(row)} from ${store.get(row.id)}`);
      store.set(row.id, versionOf(row));
    }
    checkpoint = answer.value.cursor;
  }
  if (!done) wrong.push('never done');
  for (const [n, { version }] of hub.rows) if (store.get(id(n)) !== version) wrong.push(`${id(n)} is at ${store.get(id(n))}, not ${version}`);
  return wrong;
}

/** A hub that sends none. */
const NO_PARCELS: ParcelReader = { restore: () => true, areSigned: () => Promise.resolve(true) };
/** A reader without urgent lanes. */
const readerOf = (open: (cursor: string) => ByteStream) => createFrameReader({ open, parcels: NO_PARCELS, urgent: () => Promise.resolve(err({ code: 'hub-unreachable' })) });

describe('the reader of frames', () => {
  it('skips nothing and never goes back, whatever cuts, restarts, pushes and news there are', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (each) => {
        expect(await play(each)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it.each(FLAWS)('is not what is tested where it is %s', async (flaw) => {
    let caught = false;
    for (const each of fc.sample(plan, { numRuns: 300, seed: 3 })) caught ||= (await play(each, flaw)).length > 0;
    expect(caught).toBe(true);
  });

  it('goes on in the same stream, and reads no further ahead than a little', async () => {
    const pieces = Array.from({ length: 400 }, (_, n) => frame([{ ...record(n, n + 1), body: crypto.getRandomValues(new Uint8Array(4000)) }], String(n + 1), n === 399));
    let [read, opened] = [0, 0];
    const reader = readerOf(() => {
      opened++;
      return { read: () => Promise.resolve(ok(pieces[read++])), close: () => undefined };
    });
    await reader.take('', 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(read).toBeLessThan(40);
    for (let cursor = '1'; cursor !== '400';) {
      const answer = await reader.take(cursor, 10);
      if (!answer.ok) throw new Error(answer.error.code);
      expect(answer.value.rows.length).toBeLessThanOrEqual(10);
      cursor = answer.value.cursor;
    }
    expect(opened).toBe(1);
  });

  it('hands over what is urgent before a frame that is under way, without moving the cursor, and no older version after it', async () => {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    // the second frame was made before record 2 was written again, at 5
    const pieces = [frame([record(1, 1)], 'e:1:1', false), frame([record(2, 2), record(3, 3)], 'e:1:3', false), frame([record(2, 5)], 'e:1:5', true)];
    const read = async () => {
      if (pieces.length < 3) await held;
      return ok(pieces.shift());
    };
    const urgent = async (): Promise<Result<PullAnswer, AppError>> => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return ok({ rows: [record(2, 5)], cursor: 'e:1:5', done: true });
    };
    const reader = createFrameReader({ open: () => ({ read, close: () => undefined }), parcels: NO_PARCELS, urgent });
    const seen = [await reader.take('', 1), await reader.take('e:1:1', 1)];
    letGo();
    seen.push(await reader.take('e:1:1', 1), await reader.take('e:1:3', 1));
    expect(seen.map((answer) => answer.ok && [answer.value.rows.map(versionOf), answer.value.cursor, answer.value.done])).toEqual([
      [[1], 'e:1:1', false],
      [[5], 'e:1:1', false],
      [[3], 'e:1:3', false],
      [[5], 'e:1:5', true],
    ]);
  });

  it('answers from what it has after a cut, then tells of the cut, then asks from where it stands', async () => {
    const asked: string[] = [];
    const reader = readerOf((cursor) => {
      asked.push(cursor);
      return cursor === '' ? streamOf([frame([record(1, 1)], 'a', false), frame([record(2, 2)], 'b', false).subarray(0, 9)], true) : streamOf([frame([record(2, 2)], 'b', true)]);
    });
    expect(await reader.take('', 1)).toMatchObject({ ok: true, value: { cursor: 'a', done: false } });
    expect([reader.has('a'), await reader.take('a', 1)]).toEqual([false, { ok: false, error: { code: 'hub-unreachable' } }]);
    expect(await reader.take('a', 1)).toMatchObject({ ok: true, value: { cursor: 'b', done: true } });
    expect(asked).toEqual(['', 'a']);
  });

  it('goes on with a cut stream when a line is made, before it is asked for', async () => {
    const asked: string[] = [];
    const reader = readerOf((cursor) => {
      asked.push(cursor);
      return cursor === '' ? streamOf([frame([record(1, 1)], 'a', false)], true) : streamOf([frame([record(2, 2)], 'b', true)]);
    });
    reader.resume();
    expect(asked).toEqual([]);
    await reader.take('', 1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    reader.resume();
    reader.resume();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect([asked, reader.has('a')]).toEqual([['', 'a'], true]);
    expect(await reader.take('a', 1)).toMatchObject({ ok: true, value: { cursor: 'b', done: true } });
    reader.resume();
    expect(asked).toEqual(['', 'a']);
  });

  it('asks again without parcels where one does not open or brings other bodies, and loses nothing', async () => {
    const rows = [record(1, 1), record(2, 2), record(3, 3)];
    for (const parcels of [
      { ...NO_PARCELS, restore: () => false },
      { ...NO_PARCELS, areSigned: () => Promise.resolve(false) },
    ]) {
      const asked: [string, boolean][] = [];
      const reader = createFrameReader({
        open: (cursor, inParcels) => {
          asked.push([cursor, inParcels]);
          return streamOf([frame([record(0, 1)], 'b', false), frame(rows, 'c', true, inParcels ? [[0, 3, new Uint8Array(9)]] : undefined)].slice(cursor === 'b' ? 1 : 0));
        },
        parcels,
        urgent: () => Promise.resolve(err({ code: 'hub-unreachable' })),
      });
      expect(await reader.take('a', 1)).toMatchObject({ ok: true, value: { rows: [{ id: id(0) }], cursor: 'b', done: false } });
      expect(await reader.take('b', 5)).toMatchObject({ ok: true, value: { rows: rows.map((row) => ({ id: row.id })), cursor: 'c', done: true } });
      expect(asked).toEqual([
        ['a', true],
        ['b', false],
      ]);
    }
  });

  it('asks again without parcels where a frame with parcels cannot be read, once', async () => {
    for (const isPlainRight of [true, false]) {
      const asked: boolean[] = [];
      const reader = createFrameReader({
        open: (_cursor, inParcels) => {
          asked.push(inParcels);
          return streamOf([!inParcels && isPlainRight ? frame([record(1, 1)], 'b', true) : Buffer.from([0xff, 0xff, 0xff, 0xff])]);
        },
        parcels: NO_PARCELS,
        urgent: () => Promise.resolve(err({ code: 'hub-unreachable' })),
      });
      const answer = await reader.take('a', 1);
      expect(answer).toMatchObject(isPlainRight ? { ok: true, value: { cursor: 'b' } } : { ok: false, error: { code: 'hub-garbage' } });
      expect(asked).toEqual([true, false]);
    }
  });

  it.each<[string, Buffer]>([
    ['of no length', Buffer.alloc(4)],
    ['of too great a length', Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['of garbage', Buffer.from([0, 0, 0, 2, 1, 2])],
    [
      'that unfolds to too much',
      (() => {
        const content = deflateRawSync(Buffer.alloc(MAX_FRAME_BYTES + 1));
        return Buffer.concat([Buffer.from([0, 0, content.length >> 8, content.length & 255]), content]);
      })(),
    ],
    [
      'without a cursor',
      (() => {
        const content = deflateRawSync(toCbor({ rows: packRows([]), done: true }));
        return Buffer.concat([Buffer.from([0, 0, 0, content.length]), content]);
      })(),
    ],
  ])('takes nothing of a frame %s', async (_name, bytes) => {
    expect(await readerOf(() => streamOf([bytes])).take('', 1)).toEqual({ ok: false, error: { code: 'hub-garbage' } });
  });
});
