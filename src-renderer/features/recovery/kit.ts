import { combine, split } from 'shamir-secret-sharing';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { kitNumber, SHARE_BYTES, type Sheet } from './sheet-code.ts';

const KEY_BYTES = 32;

/** How a kit is made: one sheet, or `threshold` of `sheets`. */
export interface KitPlan {
  readonly threshold: number;
  /** 1 to 15. */
  readonly sheets: number;
}

/** A new kit: the key that wraps the data key, and the sheets it can be put together from. */
export interface Kit extends KitPlan {
  /** 32 random bytes. */
  readonly key: Uint8Array<ArrayBuffer>;
  readonly kit: string;
  readonly pages: readonly Sheet[];
}

/** Makes a kit. Fewer sheets than `threshold` tell nothing of the key (Shamir's scheme over GF(2^8)). */
export async function createKit({ threshold, sheets }: KitPlan): Promise<Kit> {
  const key = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint8Array(2));
  const kit = kitNumber(high, low);
  const whole = new Uint8Array(SHARE_BYTES);
  whole.set(key);
  const shares = sheets === 1 ? [whole] : await split(key, sheets, threshold);
  return { key, kit, threshold, sheets, pages: shares.map((share, at) => ({ kit, threshold, index: at + 1, share })) };
}

/** The key of a kit from its sheets; a sheet given twice counts once. Errors: `recovery-sheets-mixed`, `recovery-sheets-few`. */
export async function combineSheets(sheets: readonly Sheet[]): Promise<Result<{ readonly key: Uint8Array; readonly kit: string }, AppError>> {
  const byIndex = new Map(sheets.map((sheet) => [sheet.index, sheet]));
  const [first] = sheets;
  if (!first) return err({ code: 'recovery-sheets-few', detail: { have: 0, need: 1 } });
  const { kit, threshold } = first;
  const same = (sheet: Sheet) => {
    const held = byIndex.get(sheet.index)?.share;
    return sheet.kit === kit && sheet.threshold === threshold && held !== undefined && sheet.share.every((byte, at) => byte === held[at]);
  };
  if (!sheets.every(same)) return err({ code: 'recovery-sheets-mixed' });
  if (byIndex.size < threshold) return err({ code: 'recovery-sheets-few', detail: { have: byIndex.size, need: threshold } });
  const shares = [...byIndex.values()].slice(0, threshold).map(({ share }) => share);
  return ok({ kit, key: threshold === 1 ? first.share.slice(0, KEY_BYTES) : await combine(shares) });
}
