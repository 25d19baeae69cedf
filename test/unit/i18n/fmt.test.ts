import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFmt } from '../../../src-renderer/i18n/fmt.ts';
import { FMT_LOCALES } from '../../../src-renderer/i18n/intl-tables.ts';
import { toLatinDigits } from '../../../src-renderer/i18n/number-text.ts';
import members from '../../../resources/region/members.json' with { type: 'json' };

const NBSP = '\u00a0';
const ZWSP = '\u200b';

interface Golden {
  /** 5 November 2026: a day that reads as 11 May where the month is a number. */
  readonly day: string;
  readonly dayShort: string;
  /** 1234567.5 */
  readonly number: string;
  /** 1234.50 baht */
  readonly money: string;
  /** Two hours ago. */
  readonly ago: string;
  /** 2 h 5 min */
  readonly duration: string;
  readonly list: string;
  /** Name of Cambodia. */
  readonly cambodia: string;
}

/**
 * Written by hand from the national conventions, not copied from output: comma groups in English-influenced and Thai,
 * Khmer, Burmese and Chinese use; dot groups in Indonesian, Vietnamese and Lao; blanks in French and Portuguese, which
 * writes four digits together; lakh grouping in Tamil; the year 2026 is B.E. 2569.
 */
const GOLDEN: Readonly<Record<string, Golden>> = {
  en: {
    day: 'November 5, 2026',
    dayShort: 'Nov 5, 2026',
    number: '1,234,567.5',
    money: `THB${NBSP}1,234.50`,
    ago: '2 hours ago',
    duration: '2 hours, 5 minutes',
    list: 'A, B, and C',
    cambodia: 'Cambodia',
  },
  id: {
    day: '5 November 2026',
    dayShort: '5 Nov 2026',
    number: '1.234.567,5',
    money: `THB${NBSP}1.234,50`,
    ago: '2 jam yang lalu',
    duration: '2 jam, 5 menit',
    list: 'A, B, dan C',
    cambodia: 'Kamboja',
  },
  ms: { day: '5 November 2026', dayShort: '5 Nov 2026', number: '1,234,567.5', money: `THB${NBSP}1,234.50`, ago: '2 jam lalu', duration: '2 jam, 5 minit', list: 'A, B dan C', cambodia: 'Kemboja' },
  vi: {
    day: '5 tháng 11, 2026',
    dayShort: '5 thg 11, 2026',
    number: '1.234.567,5',
    money: `1.234,50${NBSP}THB`,
    ago: '2 giờ trước',
    duration: '2 giờ, 5 phút',
    list: 'A, B và C',
    cambodia: 'Campuchia',
  },
  th: {
    day: `5 พฤศจิกายน พ.ศ.${NBSP}2569`,
    dayShort: `5 พ.ย. พ.ศ.${NBSP}2569`,
    number: '1,234,567.5',
    money: `THB${NBSP}1,234.50`,
    ago: '2 ชั่วโมงที่ผ่านมา',
    duration: '2 ชั่วโมง และ 5 นาที',
    list: 'A B และC',
    cambodia: 'กัมพูชา',
  },
  fil: {
    day: 'Nobyembre 5, 2026',
    dayShort: 'Nob 5, 2026',
    number: '1,234,567.5',
    money: `THB${NBSP}1,234.50`,
    ago: '2 oras ang nakalipas',
    duration: '2 oras, 5 minuto',
    list: 'A, B, at C',
    cambodia: 'Cambodia',
  },
  'pt-PT': {
    day: '5 de novembro de 2026',
    dayShort: '5 de nov. de 2026',
    number: `1${NBSP}234${NBSP}567,5`,
    money: `1234,50${NBSP}THB`,
    ago: 'há 2 horas',
    duration: '2 horas e 5 minutos',
    list: 'A, B e C',
    cambodia: 'Camboja',
  },
  'zh-Hans': { day: '2026年11月5日', dayShort: '2026年11月5日', number: '1,234,567.5', money: `THB${NBSP}1,234.50`, ago: '2小时前', duration: '2小时5分钟', list: 'A、B和C', cambodia: '柬埔寨' },
  km: { day: '5 វិច្ឆិកា 2026', dayShort: '5 វិច្ឆិកា 2026', number: '1,234,567.5', money: `1,234.50${NBSP}THB`, ago: `2 ម៉ោង${ZWSP}មុន`, duration: '2 ម៉ោង 5 នាទី', list: 'A, B និង C', cambodia: 'កម្ពុជា' },
  lo: { day: '5 ພະຈິກ 2026', dayShort: '5 ພ.ຈ. 2026', number: '1.234.567,5', money: `THB${NBSP}1.234,50`, ago: '2 ຊົ່ວໂມງກ່ອນ', duration: '2 ຊົ່ວໂມງ, 5 ນາທີ', list: 'A, B, C', cambodia: 'ກຳປູເຈຍ' },
  my: { day: '2026 နိုဝင်ဘာ 5', dayShort: '2026 နို 5', number: '1,234,567.5', money: `1,234.50${NBSP}THB`, ago: 'ပြီးခဲ့သည့် 2 နာရီ', duration: '2 နာရီနှင့် 5 မိနစ်', list: 'A - Bနှင့် C', cambodia: 'ကမ္ဘောဒီးယား' },
  ta: {
    day: '5 நவம்பர், 2026',
    dayShort: '5 நவ., 2026',
    number: '12,34,567.5',
    money: `THB${NBSP}1,234.50`,
    ago: '2 மணிநேரம் முன்',
    duration: '2 ம., 5 நிமிடங்கள்',
    list: 'A, B மற்றும் C',
    cambodia: 'கம்போடியா',
  },
  fr: {
    day: '5 novembre 2026',
    dayShort: '5 nov. 2026',
    number: `1${NBSP}234${NBSP}567,5`,
    money: `1${NBSP}234,50${NBSP}THB`,
    ago: 'il y a 2 heures',
    duration: `2${NBSP}heures et 5${NBSP}minutes`,
    list: 'A, B et C',
    cambodia: 'Cambodge',
  },
};

describe('formatting facade', () => {
  test('has a table for each of the thirteen languages and a golden row for each', () => {
    expect(FMT_LOCALES.toSorted()).toEqual(Object.keys(GOLDEN).toSorted());
  });

  test.each(Object.entries(GOLDEN))('writes %s as its readers do', (locale, golden) => {
    const fmt = createFmt(locale);
    expect({
      day: fmt.day('2026-11-05'),
      dayShort: fmt.dayShort('2026-11-05'),
      number: fmt.number(1234567.5),
      money: fmt.money({ value: '1234.50', currency: 'THB' }),
      ago: fmt.relative(7_200_000),
      duration: fmt.duration(7500),
      list: fmt.list(['A', 'B', 'C']),
      cambodia: fmt.country('KH'),
    }).toEqual(golden);
  });

  test.each(FMT_LOCALES)('%s names each month differently and every member state', (locale) => {
    const fmt = createFmt(locale);
    const days = Array.from({ length: 12 }, (_, i) => fmt.day(`2026-${String(i + 1).padStart(2, '0')}-28`));
    expect(new Set(days).size).toBe(12);
    expect(new Set(fmt.names.months).size).toBe(12);
    expect(new Set(fmt.names.weekdays).size).toBe(7);
    for (const { country } of members) expect(fmt.country(country)).not.toBe(country);
  });

  test('labels both Thai calendars and keeps other languages to one', () => {
    expect(createFmt('th', { era: 'common' }).day('2026-11-05')).toBe(`5 พฤศจิกายน ค.ศ.${NBSP}2026`);
    expect(createFmt('th').monthYear('2026-11-05')).toBe(`พฤศจิกายน พ.ศ.${NBSP}2569`);
    expect(createFmt('lo', { era: 'buddhist' }).day('2026-11-05')).toBe('5 ພະຈິກ 2026');
  });

  test('shows an instant on the clock of the zone asked for, offset named', () => {
    const instant = '2026-11-05T19:35:00Z';
    expect(createFmt('en').dateTime(instant, 'Asia/Yangon')).toBe(`November 6, 2026, 02:05${NBSP}(UTC+6:30)`);
    expect(createFmt('km').dateTime(instant, 'Asia/Phnom_Penh')).toBe(`6 វិច្ឆិកា 2026, 02:35${NBSP}(UTC+7)`);
    expect(createFmt('id').dateTime(instant, 'Pacific/Kiritimati')).toBe(`6 November 2026, 09.35${NBSP}(UTC+14)`);
    expect(createFmt('lo').dateTimeShort(instant, 'Asia/Vientiane')).toBe('6 ພ.ຈ. 2026, 02:35');
  });

  test('keeps the 24-hour clock unless asked, midnight as 12 in the other', () => {
    expect(createFmt('en').time('00:05')).toBe('00:05');
    expect(createFmt('id').time('14:05')).toBe('14.05');
    expect(createFmt('en', { clock: 'h12' }).time('00:05')).toBe(`12:05${NBSP}AM`);
    expect(createFmt('lo', { clock: 'h12' }).time('14:05')).toBe('2:05 ຫຼັງທ່ຽງ');
  });

  test('writes native digits on request in the scripts that use them', () => {
    expect(createFmt('th', { digits: 'native' }).day('2026-11-05')).toBe(`๕ พฤศจิกายน พ.ศ.${NBSP}๒๕๖๙`);
    expect(createFmt('my', { digits: 'native' }).money({ value: '250000', currency: 'MMK' })).toBe(`၂၅၀,၀၀၀${NBSP}MMK`);
    expect(createFmt('km', { digits: 'native' }).time('14:05')).toBe('១៤:០៥');
    expect(createFmt('vi', { digits: 'native' }).number(12)).toBe('12');
  });

  test('sizes step at 1000 and never read 1000 kB', () => {
    const { bytes } = createFmt('en');
    expect([0, 1, 999, 1000, 120_000, 999_950, 1_250_000_000].map(bytes)).toEqual(['0 bytes', '1 byte', '999 bytes', '1 kB', '120 kB', '1 MB', '1.3 GB']);
    expect(createFmt('fr').bytes(1_500_000)).toBe(`1,5${NBSP}Mo`);
  });

  test('tells past, now and future apart', () => {
    const { relative } = createFmt('th');
    expect([relative(10_000), relative(60_000), relative(-3 * 86_400_000)]).toEqual(['ขณะนี้', '1 นาทีที่ผ่านมา', 'ในอีก 3 วัน']);
  });

  test('follows the plural rules that Chromium lacks or gets from another language', () => {
    expect([1, 2, 3, 4, 5, 6, 9, 10].map(createFmt('fil').plural)).toEqual(['one', 'one', 'one', 'other', 'one', 'other', 'other', 'one']);
    expect([0, 1, 2].map(createFmt('pt-PT').plural)).toEqual(['other', 'one', 'other']);
    expect([0, 1, 2, 1_000_000].map(createFmt('fr').plural)).toEqual(['one', 'one', 'other', 'many']);
    expect([0, 1, 2].map(createFmt('lo').plural)).toEqual(['other', 'other', 'other']);
  });

  test('returns what it cannot read unchanged, so a reader sees it', () => {
    const fmt = createFmt('km');
    expect([fmt.day('2026-02-30'), fmt.day('5/11/2026'), fmt.time('25:00'), fmt.decimal('1e5'), fmt.country('QQ')]).toEqual(['2026-02-30', '5/11/2026', '25:00', '1e5', 'QQ']);
    expect(fmt.dateTime('2026-11-05T00:00:00Z', 'Nowhere/City')).toBe('2026-11-05T00:00:00Z');
  });

  test('falls back to the nearest language, and to English where no data exists', () => {
    expect(createFmt('pt').locale).toBe('pt-PT');
    expect(createFmt('zh-Hans-SG').locale).toBe('zh-Hans');
    expect(createFmt('tl').locale).toBe('fil');
    expect(createFmt('tpi').locale).toBe('en');
    expect(createFmt('lo').language('ho')).toBe('ຮິຣິໂມຕູ');
    expect(createFmt('km').language('hif-Latn')).toBe('Fiji Hindi');
  });

  test('sorts numbers in text by value and Lao by its alphabet', () => {
    expect(['E-10', 'E-9'].toSorted(createFmt('lo').compare)).toEqual(['E-9', 'E-10']);
    expect(['ຂ', 'ກ', 'ເກ', 'ຄ'].toSorted(createFmt('lo').compare)).toEqual(['ກ', 'ເກ', 'ຂ', 'ຄ']);
  });
});

describe('exact decimals', () => {
  const decimal = fc.stringMatching(/^-?(0|[1-9][0-9]{0,40})([.][0-9]{1,12})?$/);

  test.each(FMT_LOCALES)('%s keeps every digit of a decimal text, in both digit systems', (locale) => {
    fc.assert(
      fc.property(decimal, fc.constantFrom('latin' as const, 'native' as const), (text, digits) => {
        const shown = toLatinDigits(createFmt(locale, { digits }).decimal(text));
        expect(shown.replace(/\D/g, '')).toBe(text.replace(/\D/g, ''));
        expect(shown.startsWith('-')).toBe(text.startsWith('-'));
        const fraction = text.split('.')[1];
        if (fraction !== undefined) expect(shown.endsWith(fraction)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
