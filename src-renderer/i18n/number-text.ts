import type { IntlTable } from './intl-table.ts';

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Digits grouped from the right by `sizes`, the last size repeating. */
function group(digits: string, { group: separator, sizes, minimum }: IntlTable['number']): string {
  const first = sizes[0] ?? 3;
  if (digits.length < first + minimum) return digits;
  const groups = [digits.slice(-first)];
  let rest = digits.slice(0, -first);
  for (let i = 1; rest.length > 0; i++) {
    const size = sizes[Math.min(i, sizes.length - 1)] ?? first;
    groups.unshift(rest.slice(-size));
    rest = rest.slice(0, -size);
  }
  return groups.join(separator);
}

/**
 * A decimal text (`-1234.50`) with the separators of a language. Every digit is kept as written, whatever its length:
 * nothing passes through a float. Text that is no decimal is returned unchanged.
 */
export function groupDecimal(text: string, numbers: IntlTable['number']): string {
  const match = DECIMAL.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', fraction] = match;
  return `${sign}${group(whole, numbers)}${fraction === undefined ? '' : numbers.decimal + fraction}`;
}

/** `n` as decimal text with at most `maxFraction` fraction digits and no trailing zeros. */
export function numberToText(n: number, maxFraction: number): string {
  if (!Number.isFinite(n)) return String(n);
  if (Math.abs(n) >= 1e21) return BigInt(n).toString();
  const fixed = n.toFixed(maxFraction);
  const text = fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
  return text === '-0' ? '0' : text;
}

/** Latin digits of `text` replaced by `native`, ten digits from zero up; unchanged when `native` is empty. */
export function toNativeDigits(text: string, native: string): string {
  const digits = [...native];
  return digits.length === 10 ? text.replace(/[0-9]/g, (digit) => digits[Number(digit)] ?? digit) : text;
}

/** Zero of every digit system an officer of a member state may type. */
const ZEROS = [0x0030, 0x0be6, 0x0e50, 0x0ed0, 0x1040, 0x1090, 0x17e0, 0xff10];

/** Digits of any script in `text` as Latin digits; all else unchanged. */
export function toLatinDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const point = digit.codePointAt(0) ?? 0;
    const zero = ZEROS.find((start) => point >= start && point < start + 10);
    return zero === undefined ? digit : String(point - zero);
  });
}
