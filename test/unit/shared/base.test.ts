import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToHex, createRev, createUuidV7, UUID_PATTERN } from '#shared/base/ids.ts';
import { createHybridClock, HLC_PATTERN, HLC_ZERO, hlcToMs, MAX_CLOCK_AHEAD_MS } from '#shared/base/time.ts';
import { createSeededBytes } from '../../factories/seeded.ts';

const NOW = 1_795_300_000_000;
const HLC = new RegExp(HLC_PATTERN);
const reading = (ms: number, counter: number) => `${String(ms).padStart(13, '0')}-${counter.toString(16).padStart(4, '0')}`;

describe('hybrid clock', () => {
  it('strictly increases whatever the wall clock does and whatever is observed', () => {
    const step = fc.oneof(fc.record({ wall: fc.integer({ min: 0, max: 2 * NOW }) }), fc.record({ remote: fc.tuple(fc.integer({ min: 0, max: 2 * NOW }), fc.integer({ min: 0, max: 0xffff })) }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let wall = NOW;
        const clock = createHybridClock(() => wall);
        let last = HLC_ZERO;
        for (const change of steps) {
          if ('wall' in change) wall = change.wall;
          else clock.observe(reading(...change.remote));
          const next = clock.now();
          expect(next > last).toBe(true);
          expect(next).toMatch(HLC);
          last = next;
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('goes on from the last reading when the clock was set back ten years', () => {
    const last = reading(NOW, 7);
    const clock = createHybridClock(() => NOW - 315_360_000_000, last);
    expect([clock.now(), clock.now()]).toEqual([reading(NOW, 8), reading(NOW, 9)]);
  });

  it('carries a full counter into the next millisecond', () => {
    expect(createHybridClock(() => NOW, reading(NOW, 0xffff)).now()).toBe(reading(NOW + 1, 0));
  });

  it('sorts after what it observed, and ignores a remote clock more than a day ahead', () => {
    const clock = createHybridClock(() => NOW);
    clock.observe(reading(NOW + MAX_CLOCK_AHEAD_MS, 3));
    expect(clock.now()).toBe(reading(NOW + MAX_CLOCK_AHEAD_MS, 4));
    const careful = createHybridClock(() => NOW);
    careful.observe(reading(NOW + MAX_CLOCK_AHEAD_MS + 1, 0));
    expect(hlcToMs(careful.now())).toBe(NOW);
  });
});

describe('ids', () => {
  it('are UUIDs of version 7 that sort by the millisecond they were made in', () => {
    const random = createSeededBytes(5);
    const ids = Array.from({ length: 200 }, (_, i) => createUuidV7(() => NOW + i, random));
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(200);
    for (const [i, id] of ids.entries()) {
      expect(id).toMatch(new RegExp(UUID_PATTERN));
      expect(id).toMatch(/^.{14}7.{4}[89ab]/);
      expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(NOW + i);
    }
  });

  it('leave the bytes they are made of alone', () => {
    const bytes = new Uint8Array(16).fill(255);
    createUuidV7(
      () => NOW,
      () => bytes,
    );
    expect(bytes).toEqual(new Uint8Array(16).fill(255));
  });

  it('revision tokens are 24 hexadecimal digits', () => {
    expect(createRev(createSeededBytes(1))).toMatch(/^[0-9a-f]{24}$/);
    expect(bytesToHex(Uint8Array.of(0, 1, 15, 16, 255))).toBe('00010f10ff');
  });
});
