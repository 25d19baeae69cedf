import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FREE_LINE, type LinePlan } from '#shared/contract/line.ts';
import { estimateCost, judgeLine } from '#shared/domain/line/plan.ts';

const DAY_MS = 86_400_000;
const minute = fc.integer({ min: 0, max: 1439 });
const plans: fc.Arbitrary<LinePlan> = fc.record({
  hourBytes: fc.integer({ min: 0, max: 5000 }),
  dayBytes: fc.integer({ min: 0, max: 20_000 }),
  windows: fc.array(fc.record({ from: minute, until: minute }), { maxLength: 3 }),
  metered: fc.boolean(),
});
const uses = fc.record({ hourBytes: fc.integer({ min: 0, max: 10_000 }), dayBytes: fc.integer({ min: 0, max: 40_000 }) });
/** A moment in a time zone without offset: the minute of the day follows from it. */
const moments = fc.integer({ min: 0, max: 3 * DAY_MS }).map((ms) => ({ nowMs: 1_790_000_000_000 - (1_790_000_000_000 % DAY_MS) + ms }));
const at = (nowMs: number) => ({ nowMs, minute: Math.floor((nowMs % DAY_MS) / 60_000) });

it('names a moment in the future, and the reason has passed then', () => {
  fc.assert(
    fc.property(plans, uses, moments, (plan, use, { nowMs }) => {
      const verdict = judgeLine(plan, use, at(nowMs));
      if (verdict.open || verdict.until === null) return;
      expect(verdict.until).toBeGreaterThan(nowMs);
      expect(verdict.until - nowMs).toBeLessThanOrEqual(DAY_MS);
      const fresh = { hourBytes: 0, dayBytes: verdict.reason === 'day' ? 0 : use.dayBytes };
      const later = judgeLine(plan, fresh, at(verdict.until));
      expect(later.open ? 'open' : later.reason).not.toBe(verdict.reason);
    }),
    { numRuns: 2000 },
  );
});

it('closes a window exactly outside its minutes, also over midnight', () => {
  fc.assert(
    fc.property(minute, minute, moments, (from, until, { nowMs }) => {
      const clock = at(nowMs);
      const length = (until - from + 1440) % 1440 || 1440;
      const isOpen = (clock.minute - from + 1440) % 1440 < length;
      expect(judgeLine({ ...FREE_LINE, windows: [{ from, until }] }, { hourBytes: 0, dayBytes: 0 }, clock).open).toBe(isOpen);
    }),
  );
});

it('never holds a free line, whatever went over it', () => {
  fc.assert(fc.property(uses, moments, (use, { nowMs }) => judgeLine(FREE_LINE, use, at(nowMs)).open));
});

it('opens with no byte more than the limit', () => {
  const plan = { ...FREE_LINE, hourBytes: 1000, dayBytes: 5000 };
  const noon = at(1_790_000_000_000 - (1_790_000_000_000 % DAY_MS) + DAY_MS / 2);
  expect(judgeLine(plan, { hourBytes: 999, dayBytes: 999 }, noon)).toEqual({ open: true });
  expect(judgeLine(plan, { hourBytes: 1000, dayBytes: 1000 }, noon)).toEqual({ open: false, reason: 'hour', until: noon.nowMs + 3_600_000 });
  expect(judgeLine(plan, { hourBytes: 0, dayBytes: 5000 }, noon)).toEqual({ open: false, reason: 'day', until: noon.nowMs + DAY_MS / 2 });
});

it('tells a cost without a time before the line was measured', () => {
  expect(estimateCost(400_000, { wirePerByte: null, bytesPerSecond: null })).toEqual({ wireBytes: 240_000, seconds: null });
  expect(estimateCost(400_000, { wirePerByte: 0.5, bytesPerSecond: 2500 })).toEqual({ wireBytes: 200_000, seconds: 80 });
});
