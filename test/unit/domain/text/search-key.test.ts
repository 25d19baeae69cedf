import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mappedSearchKey, searchKey } from '#shared/domain/text/search-key.ts';

/** Texts rich in the region's scripts, marks, invisible characters and spaces. */
const ranges = [
  [0x20, 0x7e],
  [0xa0, 0x24f],
  [0x2b0, 0x36f],
  [0x0e01, 0x0e5b],
  [0x0e81, 0x0edf],
  [0x1000, 0x109f],
  [0x1780, 0x17ff],
  [0x1e00, 0x1eff],
  [0x200b, 0x206f],
  [0x1100, 0x11ff],
  [0x3040, 0x30ff],
  [0x4e00, 0x4eff],
  [0xff00, 0xffef],
] as const;
const char = fc.oneof(...ranges.map(([from, to]) => fc.integer({ min: from, max: to }).map((code) => String.fromCodePoint(code))));
const regional = fc.array(char, { maxLength: 24 }).map((chars) => chars.join(''));
const anyText = fc.oneof(regional, fc.string({ unit: 'binary', maxLength: 24 }));

describe('search key', () => {
  it.each([
    ['Thai sara am in two pieces', 'น้ำ', 'น\u0e4d\u0e49\u0e32'],
    ['Thai sara am typed after the tone', 'น้ำ', 'น\u0e49\u0e4d\u0e32'],
    ['Thai AE typed as two E', 'แม่น้ำ', '\u0e40\u0e40ม่น้ำ'],
    ['Lao AM in two pieces', 'ຄຳ', 'ຄ\u0ecd\u0eb2'],
    ['Lao AE typed as two E', 'ແມ່', '\u0ec0\u0ec0ມ່'],
    ['Lao HO NO', 'ໜ້າ', 'ຫນ້າ'],
    ['Lao HO MO', 'ໝູ', 'ຫມູ'],
    ['Khmer coeng RO before another subscript', 'ស\u17d2ត\u17d2រី', 'ស\u17d2រ\u17d2តី'],
    ['Khmer vowel before a subscript', 'ខ\u17d2មែរ', 'ខ\u17c2\u17d2មរ'],
    ['Khmer OE in two pieces', 'ក\u17be', 'ក\u17c1\u17b8'],
    ['Burmese medials in another order', 'ကြွ', 'က\u103d\u103c'],
    ['Burmese vowel before the medial', 'မြေ', 'မ\u1031\u103c'],
    ['Burmese dot and asat', 'န့်', 'န\u103a\u1037'],
    ['Burmese WA typed as zero', 'ဝန်', '၀န်'],
    ['Burmese zero typed as WA', '၂၀၂၆', '၂ဝ၂၆'],
    ['Burmese digits', '၂၀၂၆', '2026'],
    ['Khmer digits', '២០២៦', '2026'],
    ['Lao digits', '໒໐໒໖', '2026'],
    ['full-width digits', '２０２６', '2026'],
    ['Vietnamese tone placement', 'hoà', 'hòa'],
    ['Vietnamese without diacritics', 'Hà Nội', 'ha noi'],
    ['Vietnamese D', 'Đà Nẵng', 'da nang'],
    ['ʻokina and an apostrophe', 'Nukuʻalofa', "Nuku'alofa"],
    ['ʻokina left out', 'Nukuʻalofa', 'nukualofa'],
    ['zero-width spaces', 'ធនាគារ\u200bជាតិ', 'ធនាគារជាតិ'],
    ['spaces between unspaced words', 'ທະນາຄານ ແຫ່ງ ຊາດ', 'ທະນາຄານແຫ່ງຊາດ'],
    ['soft hyphen and bidi controls', 'wal\u00adlet\u202a1\u202c', 'wallet1'],
    ['Portuguese', 'Díli', 'DILI'],
    ['full-width Latin', 'Ｓｕａｒ', 'suar'],
  ])('takes %s for the same', (_name, a, b) => {
    expect(searchKey(a)).toBe(searchKey(b));
  });

  it('keeps apart what readers tell apart', () => {
    for (const [a, b] of [
      ['ກາ', 'ກ່າ'],
      ['มา', 'ม้า'],
      ['ការ', 'កា'],
      ['ကား', 'ကာ'],
      ['ခ်', 'ခ'],
      ['a b', 'ab'],
    ] as const)
      expect(searchKey(a)).not.toBe(searchKey(b));
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const key = searchKey(text);
        expect(searchKey(key)).toBe(key);
      }),
      { numRuns: 3000 },
    );
  });

  it('maps every unit of the key back into the text, never backwards', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { key, starts, ends } = mappedSearchKey(text);
        expect(key).toBe(searchKey(text));
        expect([starts.length, ends.length]).toEqual([key.length, key.length]);
        for (let i = 0; i < key.length; i++) {
          const [start = -1, end = -1] = [starts[i], ends[i]];
          expect(start >= 0 && start < end && end <= text.length).toBe(true);
          if (i > 0) expect(start >= (starts[i - 1] ?? 0) && end >= (ends[i - 1] ?? 0)).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('maps a word found in the key to the word in the text', () => {
    const text = 'ບັນຊີ ຂອງ\u200b ທະນາຄານ ໜຶ່ງ';
    const { key, starts, ends } = mappedSearchKey(text);
    const wanted = searchKey('ຫນຶ່ງ');
    const at = key.indexOf(wanted);
    expect(text.slice(starts[at], ends[at + wanted.length - 1])).toBe('ໜຶ່ງ');
  });
});
