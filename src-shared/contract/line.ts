import { Type } from 'typebox';
import type { LinePlan, LineVerdict } from '../domain/line/plan.ts';

const strict = { additionalProperties: false } as const;

/** Most bytes a plan can name: 1 TiB. */
const MAX_BYTES = 2 ** 40;

export type { LinePlan, LineVerdict };

/** When and how much the line may be used, set by the officer. What is urgent (lanes of entities.ts) is let through all but a closed window. */
export const LinePlanSchema = Type.Object(
  {
    /** Bytes in a clock hour and in a day of the laptop's time zone, both ways together; 0: no limit. */
    hourBytes: Type.Integer({ minimum: 0, maximum: MAX_BYTES }),
    dayBytes: Type.Integer({ minimum: 0, maximum: MAX_BYTES }),
    /** Times of day at which the line may be used, in minutes from midnight; none: always. One whose end is not after its beginning goes over midnight. */
    windows: Type.Array(Type.Object({ from: Type.Integer({ minimum: 0, maximum: 1439 }), until: Type.Integer({ minimum: 0, maximum: 1439 }) }, strict), { maxItems: 6 }),
    /** The line is paid for by the byte: only what is urgent goes by itself. */
    metered: Type.Boolean(),
  },
  strict,
);

/** A line without limits. */
export const FREE_LINE: LinePlan = { hourBytes: 0, dayBytes: 0, windows: [], metered: false };

/** The line as the officer sees it. */
export interface LineState {
  readonly plan: LinePlan;
  readonly verdict: LineVerdict;
  /** Bytes on the wire in this hour and today, both ways together. */
  readonly hourBytes: number;
  readonly dayBytes: number;
  /** Bytes a second it last carried upwards; null before the first measure. */
  readonly bytesPerSecond: number | null;
  /** Bytes on the wire for each byte that waits, as measured with what was sent; null before the first. */
  readonly wirePerByte: number | null;
  /** Until when the officer opened it in spite of the plan (epoch milliseconds), or null. */
  readonly openedUntil: number | null;
}
