const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
const DAY_MINUTES = 24 * HOUR_MINUTES;

/** When and how much the line may be used; shapes and units as in contract/line.ts. */
export interface LinePlan {
  hourBytes: number;
  dayBytes: number;
  windows: { from: number; until: number }[];
  metered: boolean;
}

/** Why the line is not used now. */
export type LineReason = 'window' | 'metered' | 'day' | 'hour';

/** Whether the line may be used, else why not and from when on (epoch milliseconds; null: when the officer says so). */
export type LineVerdict = { readonly open: true } | { readonly open: false; readonly reason: LineReason; readonly until: number | null };

/** The moment as the laptop's clock on the wall shows it. */
export interface WallClock {
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Minutes from local midnight, 0 to 1439. */
  readonly minute: number;
}

/** Bytes that went over the line, both ways together. */
export interface LineUse {
  readonly hourBytes: number;
  readonly dayBytes: number;
}

/** Whether a window of the day is open at `minute`. */
function isWithin({ from, until }: LinePlan['windows'][number], minute: number): boolean {
  return from < until ? minute >= from && minute < until : minute >= from || minute < until;
}

/** Whether the plan lets the line be used now; where it does not, the first reason and when it ends. Days of 24 hours: around a change of clocks `until` is off by an hour. */
export function judgeLine(plan: LinePlan, use: LineUse, { nowMs, minute }: WallClock): LineVerdict {
  const minuteStart = nowMs - (nowMs % MINUTE_MS);
  const after = (minutes: number): number => minuteStart + minutes * MINUTE_MS;
  if (plan.windows.length > 0 && !plan.windows.some((window) => isWithin(window, minute))) {
    return { open: false, reason: 'window', until: after(Math.min(...plan.windows.map(({ from }) => (from - minute + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES))) };
  }
  if (plan.metered) return { open: false, reason: 'metered', until: null };
  if (plan.dayBytes > 0 && use.dayBytes >= plan.dayBytes) return { open: false, reason: 'day', until: after(DAY_MINUTES - minute) };
  if (plan.hourBytes > 0 && use.hourBytes >= plan.hourBytes) return { open: false, reason: 'hour', until: after(HOUR_MINUTES - (minute % HOUR_MINUTES)) };
  return { open: true };
}

/** What `bytes` that wait cost on the line: bytes on the wire and, where the line was measured, seconds. */
export function estimateCost(
  bytes: number,
  { wirePerByte, bytesPerSecond }: { readonly wirePerByte: number | null; readonly bytesPerSecond: number | null },
): { readonly wireBytes: number; readonly seconds: number | null } {
  const wireBytes = Math.ceil(bytes * (wirePerByte ?? UNMEASURED_WIRE_PER_BYTE));
  return { wireBytes, seconds: bytesPerSecond ? Math.max(1, Math.ceil(wireBytes / bytesPerSecond)) : null };
}

/** Until something was sent: records of about 1 KB, sealed, as `bench:sync` measures them. */
const UNMEASURED_WIRE_PER_BYTE = 0.6;
