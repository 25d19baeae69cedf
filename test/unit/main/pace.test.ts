import { describe, expect, it } from 'vitest';
import { createFramePace } from '../../../src-hub/routes/frame-pace.ts';
import { createLineGauge, SMALL_WINDOW_BYTES } from '../../../src-main/link/line-gauge.ts';
import { createPushPace } from '../../../src-main/link/push-pace.ts';
import { nextPushRows, PUSH_ROWS } from '../../../src-renderer/sync/push.ts';

describe('how much goes on the line at once', () => {
  /** The window after `seconds` at a rate, in pieces as they arrive. */
  function windowAt(bytesPerSecond: number, seconds: number, pieceBytes = 1400): number {
    let [now, window] = [1, SMALL_WINDOW_BYTES];
    const gauge = createLineGauge(
      () => now,
      (bytes) => (window = bytes),
    );
    for (let sent = 0; sent < bytesPerSecond * seconds; sent += pieceBytes) {
      gauge.arrived(pieceBytes);
      now += (pieceBytes * 1000) / bytesPerSecond;
    }
    return window;
  }

  it('is a small window on a slow line, also where what a lost packet held back arrives at once', () => {
    expect(windowAt(8000, 60)).toBe(SMALL_WINDOW_BYTES);
    expect(windowAt(8000, 60, 12_000)).toBe(SMALL_WINDOW_BYTES);
  });

  it('is a large window on a fast line', () => {
    expect(windowAt(1_000_000, 5)).toBe(1024 * 1024);
  });

  it('is more while a lost packet comes again: what the line carries until a grant has come through', () => {
    let now = 1;
    const windows: number[] = [];
    const gauge = createLineGauge(
      () => now,
      (bytes) => windows.push(bytes),
    );
    const arrive = (bytes: number, ms: number) => {
      for (let waited = 0; waited < ms; waited += 100) {
        now += 100;
        gauge.waited();
      }
      gauge.arrived(bytes);
    };
    for (let n = 0; n < 20; n++) arrive(4096, 500);
    expect(windows).toEqual([]);
    arrive(24_000, 3000);
    expect(windows).toEqual([16, 24, 32, 0].map((extra) => SMALL_WINDOW_BYTES + extra * 1024));
    gauge.begin();
    now += 60_000;
    gauge.waited();
    expect(windows).toHaveLength(4);
  });

  it('is more in a silence right after the answer began, and a silence is asked about a few times', () => {
    let now = 1;
    const windows: number[] = [];
    const gauge = createLineGauge(
      () => now,
      (bytes) => windows.push(bytes),
    );
    const silence = (ms: number): number => {
      let probes = 0;
      for (let waited = 0; waited < ms; waited += 100) {
        now += 100;
        if (gauge.waited()) probes++;
      }
      return probes;
    };
    gauge.begin();
    // until the answer begins nothing can have been lost of it
    expect([silence(5000), windows]).toEqual([0, []]);
    gauge.answered();
    expect([silence(600), windows]).toEqual([0, []]);
    expect([silence(600), windows]).toEqual([5, [SMALL_WINDOW_BYTES + 16 * 1024]]);
    expect(silence(60_000)).toBe(0);
    expect(Math.max(...windows)).toBe(SMALL_WINDOW_BYTES + 32 * 1024);
    gauge.arrived(10);
    expect([windows.at(-1), silence(700)]).toEqual([SMALL_WINDOW_BYTES, 1]);
  });

  it('is a small frame until the line has carried more than buffers hold, and follows the line then', () => {
    let now = 0;
    const pace = createFramePace(() => now);
    const sizes = Array.from({ length: 40 }, () => {
      const { bytes } = pace.next();
      pace.sent(bytes, 20);
      now += bytes / 8;
      return bytes;
    });
    expect(sizes[0]).toBe(8192);
    expect(Math.max(...sizes)).toBeLessThan(25_000);
    expect(sizes.at(-1)).toBeGreaterThan(16_000);
    // the stream that goes on with it begins where it was
    const before = { rows: 200, bytes: 20 * 1024 };
    const again = createFramePace(() => now, before);
    expect(again.next().bytes).toBe(before.bytes);
    again.sent(40 * 1024, 300);
    now += 60_000;
    expect(again.next().bytes).toBe(8192);
    now = 0;
    const fast = createFramePace(() => now);
    for (let n = 0; n < 20; n++) {
      fast.sent(fast.next().bytes, 20);
      now += 1;
    }
    expect(fast.next()).toMatchObject({ bytes: 256 * 1024 });
    expect(fast.next().rows).toBeLessThanOrEqual(500);
  });

  it('is a push of less than a second, three of them at once', () => {
    const pace = createPushPace();
    const least = pace.nextBytes();
    expect(least).toBeLessThanOrEqual(6 * 1024);
    for (let n = 0; n < 20; n++) pace.answered(pace.nextBytes(), 600 + pace.nextBytes() / 8);
    expect(pace.nextBytes()).toBeLessThan(8 * 1024);
    pace.answered(10, 600);
    expect(pace.nextBytes()).toBeGreaterThanOrEqual(least);
    for (let n = 0; n < 12; n++) pace.answered(pace.nextBytes(), 10);
    expect(pace.nextBytes()).toBe(8 * 1024 * 1024);
  });

  it('takes two answers in one packet for no fast line, and comes back from one that became slow', () => {
    const pace = createPushPace();
    for (let n = 0; n < 6; n++) pace.answered(pace.nextBytes(), 800);
    const before = pace.nextBytes();
    pace.answered(before, 1);
    expect(pace.nextBytes()).toBe(2 * before);
    for (let n = 0; n < 12; n++) pace.answered(pace.nextBytes(), 10);
    // what is left to push is less than the pace would allow, and takes long
    for (let n = 0; n < 3; n++) pace.answered(200_000, 25_000);
    expect(pace.nextBytes()).toBeLessThan(8 * 1024);
  });

  it('begins small again after a push that was cut off', () => {
    const pace = createPushPace();
    const least = pace.nextBytes();
    for (let n = 0; n < 12; n++) pace.answered(pace.nextBytes(), 10);
    expect(pace.nextBytes()).toBeGreaterThan(100 * least);
    pace.failed();
    expect(pace.nextBytes()).toBe(least);
  });

  it('is a batch that grows while answers come quickly and shrinks where they do not', () => {
    let rows: number = PUSH_ROWS.least;
    for (let n = 0; n < 10; n++) rows = nextPushRows(rows, rows, 100);
    expect(rows).toBe(PUSH_ROWS.most);
    expect(nextPushRows(rows, 3, 100)).toBe(rows);
    for (let n = 0; n < 10; n++) rows = nextPushRows(rows, rows, 15_000);
    expect(rows).toBe(PUSH_ROWS.least);
  });
});
