/**
 * Writes resources/intl/<locale>.json from the full ICU of Node (Unicode CLDR), because Chromium carries no data for
 * Khmer, Lao and Burmese and would silently answer in English. Run: `node scripts/gen-intl.ts [--check]`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLURAL_RULE_IDS, selectPlural, pluralCategories, type PluralRuleId } from '../src-renderer/i18n/plural-rules.ts';
import type { CountedText, IntlTable, ListPattern, SizeUnit, TimeUnit } from '../src-renderer/i18n/intl-table.ts';
import languages from '../resources/region/languages.json' with { type: 'json' };

const OUT = join(import.meta.dirname, '../resources/intl');
const LOCALES = languages.filter((language) => language.tier <= 2).map((language) => language.tag);
/** Languages of the region's neighbours and partners, shown beside the tags of languages.json. */
const MORE_LANGUAGES = 'ms-Arab zh zh-Hant pt pt-BR ja ko hi bn ne ur ar fa he ru uk es de it nl pl tr ceb ilo jv su hmn shn kar mnw mi si ml te pa'.split(' ');
/** Scripts whose own digits are in everyday use; Chinese numerals are not positional, so they stay out. */
const NATIVE_DIGITS: Readonly<Record<string, string>> = { th: 'thai', lo: 'laoo', km: 'khmr', my: 'mymr', ta: 'tamldec' };
const PROBE = new Date(Date.UTC(2026, 10, 5, 14, 7));
const TIME_UNITS = ['second', 'minute', 'hour', 'day', 'month', 'year'] as const satisfies readonly TimeUnit[];
const DURATION_UNITS = ['second', 'minute', 'hour', 'day'] as const;
const SIZE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const satisfies readonly SizeUnit[];

/** The rule family that agrees with ICU on whole numbers, fractions and millions; none agreeing stops the run. */
function pluralRuleOf(locale: string): PluralRuleId {
  const icu = new Intl.PluralRules(locale);
  const samples = [...Array.from({ length: 1200 }, (_, n) => n), 0.5, 1.5, 2.4, 3.9, 10.6, 1e5, 1e6, 2e6, 1_000_001];
  const found = PLURAL_RULE_IDS.find((id) => samples.every((n) => selectPlural(id, n) === icu.select(n)));
  if (found === undefined) throw new Error(`no plural rule family for ${locale}`);
  return found;
}

const latin = (locale: string): string => `${locale}-u-ca-gregory-nu-latn`;

function dateParts(locale: string, options: Intl.DateTimeFormatOptions, date = PROBE): Intl.DateTimeFormatPart[] {
  return new Intl.DateTimeFormat(latin(locale), { ...options, timeZone: 'UTC' }).formatToParts(date);
}

const SLOT_BY_PART: Readonly<Record<string, string>> = { day: '{d}', month: '{month}', year: '{y}', weekday: '{weekday}', minute: '{m}', dayPeriod: '{p}' };

function datePattern(locale: string, options: Intl.DateTimeFormatOptions, hourSlot = '{H}'): string {
  return dateParts(locale, options)
    .map((part) => (part.type === 'hour' ? hourSlot : (SLOT_BY_PART[part.type] ?? part.value.replace(/\u202f/g, '\u00a0'))))
    .join('');
}

function names(locale: string, type: 'month' | 'weekday', options: Intl.DateTimeFormatOptions): string[] {
  return Array.from({ length: type === 'month' ? 12 : 7 }, (_, i) => {
    // 1 November 2026 is a Sunday.
    const date = type === 'month' ? new Date(Date.UTC(2026, i, 15)) : new Date(Date.UTC(2026, 10, 1 + i));
    return dateParts(locale, options, date).find((part) => part.type === type)?.value ?? '';
  });
}

function alone(locale: string): string[] {
  return Array.from({ length: 12 }, (_, i) => new Intl.DateTimeFormat(latin(locale), { month: 'long', timeZone: 'UTC' }).format(new Date(Date.UTC(2026, i, 15))));
}

/** One text per category, each taken from a number of that category. */
function counted(rule: PluralRuleId, format: (n: number) => string): CountedText {
  const sampleOf = { one: 1, many: 1_000_000, other: 4, zero: 0, two: 2, few: 3 };
  const texts = pluralCategories(rule).map((category) => {
    const n = sampleOf[category];
    const shown = format(n);
    // The number is the only run of digits and separators in these texts.
    return [category, shown.replace(/\d[\d.,\u00a0\u202f]*\d|\d/, '{n}').replace(/\u202f/g, '\u00a0')] as const;
  });
  const byCategory = Object.fromEntries(texts) as Record<string, string>;
  const { other = '' } = byCategory;
  // Categories that read the same are dropped; `other` stands in.
  return { ...Object.fromEntries(texts.filter(([category, text]) => category !== 'other' && text !== other)), other };
}

function unitText(locale: string, rule: PluralRuleId, unit: string, unitDisplay: 'long' | 'short'): CountedText {
  const format = new Intl.NumberFormat(`${locale}-u-nu-latn`, { style: 'unit', unit, unitDisplay });
  // CLDR keeps the number and its unit on one line in some French units and not in others; French typography asks for all.
  return counted(rule, (n) => (locale === 'fr' ? format.format(n).replace(' ', '\u00a0') : format.format(n)));
}

function listPattern(locale: string, type: 'conjunction' | 'unit'): ListPattern {
  const parts = new Intl.ListFormat(locale, { type, style: 'long' }).formatToParts(['A', 'B', 'C', 'D']);
  const literal = (i: number): string => parts.filter((part) => part.type === 'literal')[i]?.value ?? '';
  return {
    two: new Intl.ListFormat(locale, { type, style: 'long' }).format(['{0}', '{1}']),
    start: `{0}${literal(0)}{1}`,
    middle: `{0}${literal(1)}{1}`,
    end: `{0}${literal(2)}{1}`,
  };
}

function relativeTexts(locale: string, rule: PluralRuleId, sign: 1 | -1): Record<TimeUnit, CountedText> {
  const format = new Intl.RelativeTimeFormat(`${locale}-u-nu-latn`, { numeric: 'always' });
  const entries = TIME_UNITS.map((unit) => [unit, counted(rule, (n) => format.format(sign * n, unit))] as const);
  return Object.fromEntries(entries) as Record<TimeUnit, CountedText>;
}

function numberPatterns(locale: string): IntlTable['number'] {
  const parts = (n: number): Intl.NumberFormatPart[] => new Intl.NumberFormat(`${locale}-u-nu-latn`).formatToParts(n);
  const integers = parts(123_456_789)
    .filter((part) => part.type === 'integer')
    .map((part) => part.value.length);
  return {
    decimal: parts(1.5).find((part) => part.type === 'decimal')?.value ?? '.',
    group: (parts(12_345).find((part) => part.type === 'group')?.value ?? ',').replace('\u202f', '\u00a0'),
    sizes: integers.at(-2) === 2 ? [3, 2] : [3],
    minimum: parts(1234).some((part) => part.type === 'group') ? 1 : 2,
    percent: new Intl.NumberFormat(`${locale}-u-nu-latn`, { style: 'percent' }).format(0.4).replace('40', '{n}').replace('\u202f', '\u00a0'),
  };
}

function moneyPattern(locale: string): string {
  const options = { style: 'currency', currency: 'USD', currencyDisplay: 'code', maximumFractionDigits: 0 } as const;
  // One bare digit keeps separators out; the blank never breaks a line.
  return new Intl.NumberFormat(`${locale}-u-nu-latn`, options).format(4).replace('USD', '{code}').replace('4', '{n}').replace(/\s/g, '\u00a0');
}

/** Lao has one letter for each of these pairs; some CLDR names still spell the pair out. */
function tidy(locale: string, name: string): string {
  const text = name.normalize('NFC');
  return locale === 'lo' ? text.replaceAll('ຫມ', 'ໝ').replaceAll('ຫນ', 'ໜ') : text;
}

function languageNames(locale: string): Record<string, string> {
  const display = new Intl.DisplayNames(locale, { type: 'language', fallback: 'none', languageDisplay: 'standard' });
  const tags = [...languages.map((language) => language.tag), ...MORE_LANGUAGES];
  return Object.fromEntries(
    tags.flatMap((tag) => {
      const name = display.of(tag) ?? display.of(tag.split('-')[0] ?? tag);
      return name === undefined ? [] : [[tag, tidy(locale, name)]];
    }),
  );
}

function regionNames(locale: string): Record<string, string> {
  const display = new Intl.DisplayNames(locale, { type: 'region', fallback: 'none' });
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const notCountries = new Set(['EU', 'EZ', 'UN', 'QO', 'ZZ', 'XA', 'XB']);
  const codes = letters
    .flatMap((a) => letters.map((b) => a + b))
    // Withdrawn codes are answered with their successor's name, which would list a country twice.
    .filter((code) => !notCountries.has(code) && new Intl.Locale(`und-${code}`).region === code);
  return Object.fromEntries(
    codes.flatMap((code) => {
      const name = display.of(code);
      if (name === undefined) return [];
      // The former name in brackets is not how a state is addressed in an official paper.
      return [[code, tidy(locale, code === 'MM' ? name.replace(/\s*[(（].*$/, '') : name)]];
    }),
  );
}

function patternsOf(locale: string): IntlTable['patterns'] {
  const day = datePattern(locale, { day: 'numeric', month: 'long', year: 'numeric' });
  const short = dateParts(locale, { day: 'numeric', month: 'short', year: 'numeric' });
  const hasName = short.some((part) => part.type === 'literal' && /\p{L}/u.test(part.value)) || short.some((part) => part.type === 'month' && /\p{L}/u.test(part.value));
  const style = (options: Intl.DateTimeFormatOptions): string =>
    dateParts(locale, options)
      .map((part) => part.value)
      .join('');
  const date = style({ dateStyle: 'medium' });
  const time = style({ timeStyle: 'short', hourCycle: 'h23' });
  const patterns = {
    day,
    // European Portuguese shortens to digits only; a date always names its month here.
    dayShort: hasName ? datePattern(locale, { day: 'numeric', month: 'short', year: 'numeric' }) : day,
    weekdayDay: datePattern(locale, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
    monthYear: datePattern(locale, { month: 'long', year: 'numeric' }),
    time: datePattern(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    time12: datePattern(locale, { hour: 'numeric', minute: '2-digit', hourCycle: 'h12' }, '{h}'),
    dateTime: style({ dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' }).replace(date, '{date}').replace(time, '{time}'),
  };
  if (locale !== 'th') return patterns;
  // Two calendars are in use, 543 years apart: the year never stands without its era.
  const eraPattern = (pattern: string): string => pattern.replace('{y}', '{era}\u00a0{y}');
  return { ...patterns, day: eraPattern(day), dayShort: eraPattern(patterns.dayShort), weekdayDay: eraPattern(patterns.weekdayDay), monthYear: eraPattern(patterns.monthYear) };
}

function tableOf(locale: string): IntlTable {
  const plural = pluralRuleOf(locale);
  const full = { day: 'numeric', year: 'numeric' } as const;
  const digits = NATIVE_DIGITS[locale];
  const period = (hour: number): string => dateParts(locale, { hour: 'numeric', hourCycle: 'h12' }, new Date(Date.UTC(2026, 0, 1, hour))).find((part) => part.type === 'dayPeriod')?.value ?? '';
  return {
    locale,
    plural,
    nativeDigits: digits === undefined ? '' : Array.from({ length: 10 }, (_, n) => new Intl.NumberFormat(`en-u-nu-${digits}`).format(n)).join(''),
    number: numberPatterns(locale),
    money: moneyPattern(locale),
    months: {
      long: names(locale, 'month', { ...full, month: 'long' }),
      short: names(locale, 'month', { ...full, month: 'short' }).map((name, i) => (locale === 'pt-PT' ? (names(locale, 'month', { month: 'short' })[i] ?? name) : name)),
      alone: alone(locale),
    },
    weekdays: { long: names(locale, 'weekday', { weekday: 'long' }), short: names(locale, 'weekday', { weekday: 'short' }) },
    dayPeriods: [period(9), period(15)],
    patterns: patternsOf(locale),
    ...(locale === 'th' ? { eras: { buddhist: 'พ.ศ.', common: 'ค.ศ.' } } : {}),
    list: listPattern(locale, 'conjunction'),
    unitList: listPattern(locale, 'unit'),
    now: new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(0, 'second'),
    past: relativeTexts(locale, plural, -1),
    future: relativeTexts(locale, plural, 1),
    durations: Object.fromEntries(DURATION_UNITS.map((unit) => [unit, unitText(locale, plural, unit, 'long')])) as IntlTable['durations'],
    sizes: Object.fromEntries(SIZE_UNITS.map((unit) => [unit, unitText(locale, plural, unit, unit === 'byte' ? 'long' : 'short')])) as IntlTable['sizes'],
    languages: languageNames(locale),
    regions: regionNames(locale),
  };
}

const check = process.argv.includes('--check');
mkdirSync(OUT, { recursive: true });
let stale = 0;
for (const locale of LOCALES) {
  const path = join(OUT, `${locale}.json`);
  const text = `${JSON.stringify(tableOf(locale))}\n`;
  if (!check) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) stale += 1;
}
console.log(check ? `${stale} of ${LOCALES.length} tables differ from ICU ${process.versions.icu}` : `${LOCALES.length} tables written from CLDR ${process.versions['cldr'] ?? '?'}`);
process.exitCode = stale > 0 ? 1 : 0;
