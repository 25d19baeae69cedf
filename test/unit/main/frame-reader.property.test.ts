import { hash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { frameHead, readRest, REST_PATTERN, startDigest, toPageLimits } from '#shared/contract/frame.ts';
import { packRows } from '#shared/contract/packed-rows.ts';
import type { FrameParcel } from '#shared/contract/parcel.ts';
import { MAX_FRAME_BYTES, type PullAnswer, type PulledRow, type WireRecord } from '#shared/contract/sync.ts';
import { toCbor } from '#shared/contract/wire.ts';
import type { ByteStream } from '../../../src-main/link/byte-stream.ts';
import { createFrameReader, type FrameSource, type ParcelReader } from '../../../src-main/link/frame-reader.ts';

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
  return Buffer.concat([frameHead(content.length, LIMITS), content]);
}
const LIMITS = toPageLimits(6, 8192);
/** A stream over given pieces. */
function streamOf(pieces: readonly Uint8Array[], cut = false): ByteStream {
  const left = [...pieces];
  return { read: () => Promise.resolve(left.length > 0 || !cut ? ok(left.shift()) : err({ code: 'hub-unreachable' })), isRest: () => false, close: () => undefined };
}

/** A body that does not compress. */
const sealed = (n: number) => ({ body: new Uint8Array(hash('sha512', String(n), 'buffer')) });
/** Every third record is in the urgent lanes. */
const isUrgent = (n: number) => n % 3 === 0;

interface Opening {
  readonly cursor: string;
  readonly frameRows: number;
  readonly ahead: number;
  readonly cutAfter: number;
  readonly rest?: string | undefined;
}

/** A hub with a compacted feed: each record once, at its latest change. Versions grow over all records, so that an older one is seen. */
class FeedHub {
  readonly rows = new Map<number, { version: number; pos: number }>();
  pos = 0;
  opened = 0;
  sent = 0;
  private readonly more: (n: number) => Partial<WireRecord>;
  /** `more`: what its records have besides. */
  constructor(more: (n: number) => Partial<WireRecord> = () => ({})) {
    this.more = more;
  }
  write(n: number): number {
    this.rows.set(n, { version: ++this.pos, pos: this.pos });
    return this.pos;
  }
  page(cursor: string, limit: number, isIn: (n: number) => boolean = () => true): PullAnswer {
    const from = Number(cursor.split(':')[2] ?? 0);
    const waiting = [...this.rows].filter(([n, { pos }]) => pos > from && isIn(n)).sort(([, a], [, b]) => a.pos - b.pos);
    const page = waiting.slice(0, limit);
    return { rows: page.map(([n, { version }]) => ({ ...record(n, version), ...this.more(n) })), cursor: `e:1:${page.at(-1)?.[1].pos ?? from}`, done: page.length === waiting.length };
  }
  /** A page of the urgent records, made at once and answered `delay` turns later. */
  async urgent(cursor: string, delay: number): Promise<Result<PullAnswer, AppError>> {
    const page = this.page(cursor, 2, isUrgent);
    for (let turn = 0; turn < delay; turn++) await new Promise((resolve) => setImmediate(resolve));
    return ok(page);
  }
  /** Makes each frame when it is read, `ahead` of the reader, and cuts the stream after `cutAfter` bytes. Of the first frame it sends the rest, where `rest` names its start. */
  open({ cursor, frameRows, ahead, cutAfter, rest }: Opening): ByteStream {
    this.opened++;
    const made: Uint8Array[] = [];
    const start = rest === undefined ? undefined : readRest(rest);
    const at = { cursor, done: false };
    let left = cutAfter;
    let isRest: boolean | undefined;
    const make = (): Uint8Array => {
      const page = this.page(at.cursor, frameRows);
      const bytes = frame(page.rows, page.cursor, page.done);
      isRest ??= start !== undefined && start.length < bytes.length && startDigest(hash('sha256', bytes.subarray(0, start.length))) === start.digest;
      const isFirst = at.cursor === cursor && made.length === 0;
      Object.assign(at, page);
      return isFirst && isRest ? bytes.subarray(start?.length) : bytes;
    };
    return {
      close: () => undefined,
      isRest: () => isRest === true,
      read: async () => {
        await Promise.resolve();
        while (!at.done && made.length <= ahead) made.push(make());
        const next = made.shift();
        if (!next) return ok(undefined);
        if (left <= 0) return err({ code: 'hub-unreachable' });
        const piece = next.subarray(0, left);
        if (piece.length < next.length) made.length = 0;
        left -= next.length;
        this.sent += piece.length;
        return ok(piece);
      },
    };
  }
}

interface Plan {
  readonly records: number;
  /** Whether records have bodies that do not compress: frames are large then, and are gone on with. */
  readonly isLarge: boolean;
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
  isLarge: fc.boolean(),
  frameRows: fc.integer({ min: 1, max: 6 }),
  ahead: fc.integer({ min: 0, max: 3 }),
  cuts: fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 6 }),
  delays: fc.array(fc.nat({ max: 8 }), { minLength: 1, maxLength: 6 }),
  acts: fc.array(fc.record({ kind: fc.constantFrom('none' as const, 'other' as const, 'push' as const, 'restart' as const, 'resume' as const), n: fc.nat({ max: 29 }) }), { maxLength: 25 }),
});

const FLAWS = ['deaf to wakes', 'blind to pushes', 'late with what is urgent'] as const;
type Flaw = (typeof FLAWS)[number];

/** Plays a plan as the worker would: one take after another, from the checkpoint it has. Lists what went wrong. */
async function play({ records, isLarge, frameRows, ahead, cuts, delays, acts }: Plan, flaw: Flaw | 'none' = 'none'): Promise<string[]> {
  const hub = new FeedHub(isLarge ? sealed : undefined);
  for (let n = 0; n < records; n++) hub.write(n);
  const cutsLeft = [...cuts];
  let urgentPages = 0;
  const make = () =>
    createFrameReader({
      open: (cursor, _inParcels, rest) => hub.open({ cursor, frameRows, ahead, cutAfter: cutsLeft.shift() ?? Number.POSITIVE_INFINITY, rest }),
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
const readerOf = (open: FrameSource['open']) => createFrameReader({ open, parcels: NO_PARCELS, urgent: () => Promise.resolve(err({ code: 'hub-unreachable' })) });

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

  it('gets to the end although the line breaks several times in every frame, and sends for hardly a byte twice', async () => {
    const hub = new FeedHub(sealed);
    for (let n = 0; n < 60; n++) hub.write(n);
    const whole = hub.page('', 60);
    const uncut = Array.from({ length: 3 }, (_, n) => frame(whole.rows.slice(n * 20, n * 20 + 20), 'e:1:20', false).length).reduce((sum, bytes) => sum + bytes);
    const reader = readerOf((cursor, _inParcels, rest) => hub.open({ cursor, frameRows: 20, ahead: 1, cutAfter: 300, rest }));
    const seen = new Map<string, number>();
    let [cursor, done] = ['', false];
    for (let round = 0; round < 40 && !done; round++) {
      const answer = await reader.take(cursor, 500);
      if (!answer.ok) continue;
      for (const row of answer.value.rows) seen.set(row.id, versionOf(row));
      ({ cursor, done } = answer.value);
    }
    expect([done, seen.size]).toEqual([true, 60]);
    expect(hub.opened).toBeGreaterThan(6);
    // of a frame less than what is worth naming
    expect(hub.sent).toBeLessThan(uncut + 3 * 256);
  });

  it('takes the whole of a frame that changed since it was begun, and nothing of what was there before', async () => {
    const hub = new FeedHub(sealed);
    for (let n = 0; n < 20; n++) hub.write(n);
    const rests: (string | undefined)[] = [];
    const reader = readerOf((cursor, _inParcels, rest) => {
      rests.push(rest);
      return hub.open({ cursor, frameRows: 20, ahead: 0, cutAfter: rests.length === 1 ? 400 : Number.POSITIVE_INFINITY, rest });
    });
    expect(await reader.take('', 500)).toEqual({ ok: false, error: { code: 'hub-unreachable' } });
    hub.write(3);
    const answer = await reader.take('', 500);
    expect(rests).toEqual([undefined, expect.stringMatching(new RegExp(REST_PATTERN))]);
    expect(answer.ok && answer.value.rows.map(versionOf)).toEqual([1, 2, 3, ...Array.from({ length: 16 }, (_, n) => n + 5), 21]);
  });

  it('goes on in the same stream, and reads no further ahead than a little', async () => {
    const pieces = Array.from({ length: 400 }, (_, n) => frame([{ ...record(n, n + 1), body: crypto.getRandomValues(new Uint8Array(4000)) }], String(n + 1), n === 399));
    let [read, opened] = [0, 0];
    const reader = readerOf(() => {
      opened++;
      return { read: () => Promise.resolve(ok(pieces[read++])), isRest: () => false, close: () => undefined };
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
    const reader = createFrameReader({ open: () => ({ read, isRest: () => false, close: () => undefined }), parcels: NO_PARCELS, urgent });
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
          return streamOf([!inParcels && isPlainRight ? frame([record(1, 1)], 'b', true) : Buffer.from(frameHead(0xffffffff, LIMITS))]);
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
    ['of no length', Buffer.from(frameHead(0, LIMITS))],
    ['of too great a length', Buffer.from(frameHead(0xffffffff, LIMITS))],
    ['of no limits', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0, 1, 2])],
    ['of garbage', Buffer.concat([frameHead(2, LIMITS), Buffer.of(1, 2)])],
    [
      'that unfolds to too much',
      (() => {
        const content = deflateRawSync(Buffer.alloc(MAX_FRAME_BYTES + 1));
        return Buffer.concat([frameHead(content.length, LIMITS), content]);
      })(),
    ],
    [
      'without a cursor',
      (() => {
        const content = deflateRawSync(toCbor({ rows: packRows([]), done: true }));
        return Buffer.concat([frameHead(content.length, LIMITS), content]);
      })(),
    ],
  ])('takes nothing of a frame %s', async (_name, bytes) => {
    expect(await readerOf(() => streamOf([bytes])).take('', 1)).toEqual({ ok: false, error: { code: 'hub-garbage' } });
  });
});
