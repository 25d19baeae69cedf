import type { IntlTable } from './intl-table.ts';

/** A calendar date, Gregorian: month and day count from one. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** A moment on the wall clock of one zone. */
export interface ZonedMoment extends CalendarDay {
  readonly hour: number;
  readonly minute: number;
  /** Minutes east of UTC at that moment. */
  readonly offsetMinutes: number;
}

/** Years the Thai solar calendar runs ahead of the Gregorian one. */
const BUDDHIST_OFFSET_YEARS = 543;

/** Reads `YYYY-MM-DD`; null when it is not a day of the calendar. */
export function parseDay(text: string): CalendarDay | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return null;
  const date = new Date(`${text}T00:00:00Z`);
  // Date rolls 30 February over into March; the round trip finds it.
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text) return null;
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** Sunday is 0. */
function weekdayOf({ year, month, day }: CalendarDay): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

/**
 * The wall clock of `timeZone` (IANA) at an ISO 8601 instant; null when either is not valid.
 * Only numbers are read from Intl, in English, which every build carries; no name ever comes from it.
 */
export function zonedMoment(isoInstant: string, timeZone: string): ZonedMoment | null {
  const ms = Date.parse(isoInstant);
  if (Number.isNaN(ms)) return null;
  try {
    const parts = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    }).formatToParts(ms);
    const read = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((part) => part.type === type)?.value);
    const wall = { year: read('year'), month: read('month'), day: read('day'), hour: read('hour'), minute: read('minute') };
    const asUtc = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute);
    return { ...wall, offsetMinutes: Math.round((asUtc - Math.floor(ms / 60_000) * 60_000) / 60_000) };
  } catch {
    return null;
  }
}

/** `UTC+7`, `UTC−3:30`, `UTC`: the offset is named because officers of six zones read the same line. */
export function offsetLabel(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'UTC';
  const absolute = Math.abs(offsetMinutes);
  const minutes = absolute % 60 === 0 ? '' : `:${String(absolute % 60).padStart(2, '0')}`;
  return `UTC${offsetMinutes < 0 ? '−' : '+'}${Math.floor(absolute / 60)}${minutes}`;
}

/** Fills `{slot}`s; an unknown slot stays visible, so a broken table is seen and not silently shortened. */
export function fill(pattern: string, values: Readonly<Record<string, string | number>>): string {
  return pattern.replace(/\{(\w+)\}/g, (slot, name: string) => String(values[name] ?? slot));
}

/** A date in one of the table's patterns; `era` chooses the calendar where the language has two. */
export function dayText(date: CalendarDay, table: IntlTable, pattern: keyof IntlTable['patterns'], era: 'buddhist' | 'common'): string {
  const { long, short } = table.months;
  const month = (pattern === 'dayShort' ? short : long)[date.month - 1] ?? '';
  const buddhist = table.eras !== undefined && era === 'buddhist';
  return fill(table.patterns[pattern], {
    d: date.day,
    month,
    y: buddhist ? date.year + BUDDHIST_OFFSET_YEARS : date.year,
    weekday: table.weekdays.long[weekdayOf(date)] ?? '',
    era: table.eras?.[era] ?? '',
  });
}

/** A time of day from hours (0–23) and minutes, on the 24-hour clock unless `clock` says otherwise. */
export function clockText(hour: number, minute: number, table: IntlTable, clock: 'h23' | 'h12'): string {
  const m = String(minute).padStart(2, '0');
  if (clock === 'h23') return fill(table.patterns.time, { H: String(hour).padStart(2, '0'), m });
  return fill(table.patterns.time12, { h: hour % 12 === 0 ? 12 : hour % 12, m, p: table.dayPeriods[hour < 12 ? 0 : 1] ?? '' });
}
