import languages from '../../resources/region/languages.json' with { type: 'json' };
import { clockText, dayText, fill, offsetLabel, parseDay, zonedMoment } from './date-text.ts';
import type { CountedText, IntlTable, ListPattern, SizeUnit, TimeUnit } from './intl-table.ts';
import { tableFor } from './intl-tables.ts';
import { groupDecimal, numberToText, toNativeDigits } from './number-text.ts';
import { selectPlural, type PluralCategory } from './plural-rules.ts';

/** Choices an officer makes apart from the language. */
export interface FmtOptions {
  /** Digits of the language's own script where one is in everyday use; Latin by default. */
  readonly digits?: 'latin' | 'native';
  /** Calendar of Thai dates; the year is labelled either way. */
  readonly era?: 'buddhist' | 'common';
  /** 24-hour clock by default: reports and custody records use it in every member state. */
  readonly clock?: 'h23' | 'h12';
}

/**
 * Every text made of numbers, dates and names of one language. Pure; the same on Node and in Electron, because no name,
 * pattern or separator comes from the built-in Intl (LANGUAGES.md, trap 1). Input that is not valid is returned unchanged.
 */
export interface Fmt {
  /** Tag of the table in use: the nearest one to what was asked for. */
  readonly locale: string;
  /** `YYYY-MM-DD` with the month's full name; Thai with its era. */
  readonly day: (isoDate: string) => string;
  /** `YYYY-MM-DD` with the month's short name. */
  readonly dayShort: (isoDate: string) => string;
  /** `YYYY-MM-DD` with the day of the week. */
  readonly weekdayDay: (isoDate: string) => string;
  /** Month and year of `YYYY-MM-DD`. */
  readonly monthYear: (isoDate: string) => string;
  /** ISO 8601 instant on the clock of an IANA zone, its offset from UTC named. */
  readonly dateTime: (isoInstant: string, timeZone: string) => string;
  /** As `dateTime`, short month and no offset: for lists that say once which zone they are in. */
  readonly dateTimeShort: (isoInstant: string, timeZone: string) => string;
  /** `HH:MM`, 24-hour. */
  readonly time: (hhmm: string) => string;
  /** At most `maxFraction` (2) fraction digits. */
  readonly number: (n: number, maxFraction?: number) => string;
  /** Decimal text, every digit kept. */
  readonly decimal: (text: string) => string;
  /** A share from 0 to 1 as a whole percentage. */
  readonly percent: (share: number) => string;
  /** Decimal text and ISO 4217 code; the code is shown, never a symbol that several countries share. */
  readonly money: (money: { readonly value: string; readonly currency: string }) => string;
  /** SI steps of 1000 bytes. */
  readonly bytes: (n: number) => string;
  /** The two largest units of a length of time in seconds. */
  readonly duration: (seconds: number) => string;
  /** A time `msAgo` in the past, or in the future when negative; "now" under 45 seconds. */
  readonly relative: (msAgo: number) => string;
  readonly list: (items: readonly string[]) => string;
  /** CLDR category of a count. */
  readonly plural: (n: number) => PluralCategory;
  /** Name of a BCP 47 tag; its own name, then the tag, where CLDR has none. */
  readonly language: (tag: string) => string;
  /** Name of an ISO 3166-1 alpha-2 code; the code where there is none. */
  readonly country: (code: string) => string;
  /** Order of two texts, for `Array.sort`; numbers in them by value. */
  readonly compare: (a: string, b: string) => number;
  /** Names for pickers: months outside a date (January first), weekdays (Sunday first), long and short. */
  readonly names: { readonly months: readonly string[]; readonly weekdays: readonly string[]; readonly weekdaysShort: readonly string[] };
}

const SECONDS: Readonly<Record<TimeUnit, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400, month: 2_592_000, year: 31_536_000 };
const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const satisfies readonly SizeUnit[];
/** Chromium has no order of its own for these, so all builds use the root order (Unicode UCA), which has their letters in sequence. */
const ROOT_ORDER = new Set(['km', 'lo', 'my']);
const SELF_NAMES = new Map(languages.map((language) => [language.tag, language.selfName]));

function joinList(items: readonly string[], pattern: ListPattern): string {
  const [first = '', second, ...more] = items;
  if (second === undefined) return first;
  const join = (text: string, a: string, b: string): string => text.replace(/\{([01])\}/g, (_, slot) => (slot === '0' ? a : b));
  if (more.length === 0) return join(pattern.two, first, second);
  let joined = join(pattern.start, first, second);
  more.forEach((item, i) => (joined = join(i === more.length - 1 ? pattern.end : pattern.middle, joined, item)));
  return joined;
}

/** The largest unit that fits; a month counts 30 days and a year 365, which is near enough for "2 months ago". */
function relativeUnit(seconds: number): TimeUnit {
  const units = ['year', 'month', 'day', 'hour', 'minute'] as const;
  return units.find((unit) => seconds >= SECONDS[unit]) ?? 'minute';
}

function durationUnits(total: number): (readonly [Exclude<TimeUnit, 'month' | 'year'>, number])[] {
  const units = ['day', 'hour', 'minute', 'second'] as const;
  let rest = Math.round(Math.abs(total));
  const split = units.map((unit) => {
    const n = Math.floor(rest / SECONDS[unit]);
    rest -= n * SECONDS[unit];
    return [unit, n] as const;
  });
  const start = split.findIndex(([, n]) => n > 0);
  if (start < 0) return [['second', 0]];
  return split.slice(start, start + 2).filter(([, n]) => n > 0);
}

/** Value and unit of a size: one decimal under 100, none above, never "1000 kB". */
function sizeOf(bytes: number): readonly [number, SizeUnit] {
  let value = Math.max(0, Math.round(bytes));
  let step = 0;
  const rounded = (n: number): number => (step === 0 || n >= 100 ? Math.round(n) : Math.round(n * 10) / 10);
  while (rounded(value) >= 1000 && step < SIZES.length - 1) {
    value /= 1000;
    step += 1;
  }
  return [rounded(value), SIZES[step] ?? 'terabyte'];
}

function createCompare(locale: string): (a: string, b: string) => number {
  let collator: Intl.Collator | null = null;
  return (a, b) => (collator ??= new Intl.Collator(ROOT_ORDER.has(locale) ? 'en' : locale, { numeric: true })).compare(a, b);
}

/** The formatting facade of one language; every date, number and name on screen and on paper goes through it. */
export function createFmt(locale: string, options: FmtOptions = {}): Fmt {
  const table: IntlTable = tableFor(locale);
  const { era = 'buddhist', clock = 'h23' } = options;
  const native = options.digits === 'native' ? table.nativeDigits : '';
  const digits = (text: string): string => toNativeDigits(text, native);
  const plain = (n: number, maxFraction = 2): string => groupDecimal(numberToText(n, maxFraction), table.number);
  const counted = (texts: CountedText, n: number): string => fill(texts[selectPlural(table.plural, n)] ?? texts.other, { n: plain(n) });
  const inPattern =
    (pattern: 'day' | 'dayShort' | 'weekdayDay' | 'monthYear') =>
    (isoDate: string): string => {
      const date = parseDay(isoDate);
      return date === null ? isoDate : digits(dayText(date, table, pattern, era));
    };
  const moment = (isoInstant: string, timeZone: string, pattern: 'day' | 'dayShort', withOffset: boolean): string => {
    const at = zonedMoment(isoInstant, timeZone);
    if (at === null) return isoInstant;
    const time = clockText(at.hour, at.minute, table, clock) + (withOffset ? `\u00a0(${offsetLabel(at.offsetMinutes)})` : '');
    return digits(fill(table.patterns.dateTime, { date: dayText(at, table, pattern, era), time }));
  };
  return {
    locale: table.locale,
    day: inPattern('day'),
    dayShort: inPattern('dayShort'),
    weekdayDay: inPattern('weekdayDay'),
    monthYear: inPattern('monthYear'),
    dateTime: (isoInstant, timeZone) => moment(isoInstant, timeZone, 'day', true),
    dateTimeShort: (isoInstant, timeZone) => moment(isoInstant, timeZone, 'dayShort', false),
    time: (hhmm) => {
      const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(hhmm);
      return match === null ? hhmm : digits(clockText(Number(match[1]), Number(match[2]), table, clock));
    },
    number: (n, maxFraction) => digits(plain(n, maxFraction)),
    decimal: (text) => digits(groupDecimal(text, table.number)),
    percent: (share) => digits(fill(table.number.percent, { n: plain(Math.round(share * 100)) })),
    money: ({ value, currency }) => fill(table.money, { code: currency, n: digits(groupDecimal(value, table.number)) }),
    bytes: (n) => {
      const [value, unit] = sizeOf(n);
      return digits(counted(table.sizes[unit], value));
    },
    duration: (seconds) =>
      digits(
        joinList(
          durationUnits(seconds).map(([unit, n]) => counted(table.durations[unit], n)),
          table.unitList,
        ),
      ),
    relative: (msAgo) => {
      const seconds = Math.abs(msAgo) / 1000;
      if (seconds < 45) return table.now;
      const unit = relativeUnit(seconds);
      return digits(counted((msAgo > 0 ? table.past : table.future)[unit], Math.max(1, Math.floor(seconds / SECONDS[unit]))));
    },
    list: (items) => joinList(items, table.list),
    plural: (n) => selectPlural(table.plural, n),
    language: (tag) => table.languages[tag] ?? SELF_NAMES.get(tag) ?? table.languages[tag.split('-')[0] ?? tag] ?? tag,
    country: (code) => table.regions[code] ?? code,
    compare: createCompare(table.locale),
    names: { months: table.months.alone, weekdays: table.weekdays.long, weekdaysShort: table.weekdays.short },
  };
}
