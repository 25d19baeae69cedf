import type { PluralCategory, PluralRuleId } from './plural-rules.ts';

/** One text per plural category; `{n}` stands for the number. */
export type CountedText = { readonly other: string } & { readonly [C in Exclude<PluralCategory, 'other'>]?: string };

/** Units of time, largest last. */
export type TimeUnit = 'second' | 'minute' | 'hour' | 'day' | 'month' | 'year';

/** Units of size in SI steps of 1000 bytes. */
export type SizeUnit = 'byte' | 'kilobyte' | 'megabyte' | 'gigabyte' | 'terabyte';

/** How three and more items join; `{0}` is what came before, `{1}` the next item. */
export interface ListPattern {
  readonly two: string;
  readonly start: string;
  readonly middle: string;
  readonly end: string;
}

/**
 * All locale data the facade needs for one language; made from CLDR by scripts/gen-intl.ts, never edited by hand.
 * Every number in it is in Latin digits and every date Gregorian.
 */
export interface IntlTable {
  readonly locale: string;
  readonly plural: PluralRuleId;
  /** The ten digits of the language's own script, or the empty string where none is in everyday use. */
  readonly nativeDigits: string;
  readonly number: {
    readonly decimal: string;
    readonly group: string;
    /** Size of the group next to the decimal sign, then of the others (Tamil 3, 2). */
    readonly sizes: readonly number[];
    /** Fewest digits before the first separator: 2 means 1234 stays whole. */
    readonly minimum: number;
    /** `{n}` */
    readonly percent: string;
  };
  /** `{code}` is ISO 4217, `{n}` the amount. */
  readonly money: string;
  /** Twelve names each, January first; `alone` is the form outside a date. */
  readonly months: { readonly long: readonly string[]; readonly short: readonly string[]; readonly alone: readonly string[] };
  /** Seven names each, Sunday first. */
  readonly weekdays: { readonly long: readonly string[]; readonly short: readonly string[] };
  /** Morning, then afternoon. */
  readonly dayPeriods: readonly string[];
  /** Slots: `{d}` `{month}` `{y}` `{weekday}` `{H}` `{h}` `{m}` `{p}` `{date}` `{time}`, `{era}` only where `eras` is set. */
  readonly patterns: {
    readonly day: string;
    readonly dayShort: string;
    readonly weekdayDay: string;
    readonly monthYear: string;
    readonly time: string;
    readonly time12: string;
    readonly dateTime: string;
  };
  /** Labels of the two calendars where both are in use (Thai); the label is always shown. */
  readonly eras?: { readonly buddhist: string; readonly common: string };
  readonly list: ListPattern;
  readonly unitList: ListPattern;
  readonly now: string;
  readonly past: Readonly<Record<TimeUnit, CountedText>>;
  readonly future: Readonly<Record<TimeUnit, CountedText>>;
  readonly durations: Readonly<Record<Exclude<TimeUnit, 'month' | 'year'>, CountedText>>;
  readonly sizes: Readonly<Record<SizeUnit, CountedText>>;
  /** Name by BCP 47 tag. */
  readonly languages: Readonly<Record<string, string>>;
  /** Name by ISO 3166-1 alpha-2 code. */
  readonly regions: Readonly<Record<string, string>>;
}
