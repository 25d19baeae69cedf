import { parseDay } from './date-text.ts';

const two = (n: number): string => String(n).padStart(2, '0');

/** The calendar day (ISO 8601, Gregorian) of a moment in milliseconds since 1970, on this laptop's clock. */
export function localDay(ms: number): string {
  const at = new Date(ms);
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** Today's calendar day (ISO 8601, Gregorian) on this laptop's clock. */
export function localToday(): string {
  return localDay(Date.now());
}

/** First and last millisecond since 1970 of a calendar day (ISO 8601) on this laptop's clock; undefined for a text that is no day. */
export function localDayBounds(isoDay: string): { readonly first: number; readonly last: number } | undefined {
  const date = parseDay(isoDay);
  if (date === null) return undefined;
  const { year, month, day } = date;
  return { first: new Date(year, month - 1, day).getTime(), last: new Date(year, month - 1, day + 1).getTime() - 1 };
}
