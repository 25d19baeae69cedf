/** Sheets of a recovery kit: any k of n give the key back, fewer never do, and what is wrong is told by word or by sheet. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { combineSheets, createKit } from '../../../src-renderer/features/recovery/kit.ts';
import { SHEET_WORDS, sheetToWords, wordsToSheet, type Sheet } from '../../../src-renderer/features/recovery/sheet-code.ts';

const sheetArb = fc.record({
  kit: fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16).toUpperCase().padStart(4, '0')),
  threshold: fc.integer({ min: 1, max: 15 }),
  index: fc.integer({ min: 1, max: 15 }),
  share: fc.uint8Array({ minLength: 33, maxLength: 33 }),
}) satisfies fc.Arbitrary<Sheet>;
const read = async (text: string) => {
  const sheet = await wordsToSheet(text);
  return sheet.ok ? 'read' : sheet.error;
};
/** One sheet, the same in every run. */
const FIXED: Sheet = { kit: '4F2A', threshold: 2, index: 3, share: Uint8Array.from({ length: 33 }, (_byte, at) => at * 7) };

describe('the words of a sheet', () => {
  it('are 28 words of the list and read back, in any case, with numbers and signs between, and by the first letters', async () => {
    await fc.assert(
      fc.asyncProperty(sheetArb, async (sheet) => {
        const words = await sheetToWords(sheet);
        expect(words).toHaveLength(SHEET_WORDS);
        const typed = [
          words.join(' '),
          words.map((word) => word.slice(0, 4)).join('\n'),
          words.map((word, at) => `${at + 1}. ${word.toUpperCase()}`).join(' ,\t'),
          ` ${words.map((word) => word.slice(0, 5)).join(' - ')} `,
        ];
        for (const text of typed) expect(await wordsToSheet(text)).toEqual({ ok: true, value: { ...sheet, share: Uint8Array.from(sheet.share) } });
      }),
      { numRuns: 200 },
    );
  });

  it('stay what they are: sheets on paper must be read for years', async () => {
    expect((await sheetToWords(FIXED)).join(' ')).toMatchInlineSnapshot(
      `"execute extra scale asthma throw mix million economy deal when nation post renew cruise scrub used machine goose trade drive memory swap warfare offer spot someone charge cancel"`,
    );
  });

  it('tell which word is not in the list, how many are missing, and that a sheet does not fit', async () => {
    const words = await sheetToWords(FIXED);
    const without = (change: (copy: string[]) => void) => {
      const copy = [...words];
      change(copy);
      return read(copy.join(' '));
    };
    expect(await without((copy) => (copy[6] = 'zzzz'))).toEqual({ code: 'recovery-word-unknown', detail: { position: 7 } });
    expect(await without((copy) => (copy[27] = 'ab'))).toEqual({ code: 'recovery-word-unknown', detail: { position: 28 } });
    expect(await without((copy) => copy.pop())).toEqual({ code: 'recovery-word-count', detail: { count: 27, needed: 28 } });
    expect(await read('')).toEqual({ code: 'recovery-word-count', detail: { count: 0, needed: 28 } });
    expect(await without((copy) => copy.push('zoo'))).toEqual({ code: 'recovery-word-count', detail: { count: 29, needed: 28 } });
    expect(await without((copy) => copy.splice(3, 2, copy[4] ?? '', copy[3] ?? ''))).toEqual({ code: 'recovery-sheet-wrong' });
  });

  it('find every single wrong word', async () => {
    const words = await sheetToWords(FIXED);
    let missed = 0;
    for (let at = 0; at < SHEET_WORDS; at++)
      for (let step = 1; step <= 40; step++) {
        const other = wordlist[(wordlist.indexOf(words[at] ?? '') + step * 51) % wordlist.length] ?? '';
        if ((await read(words.with(at, other).join(' '))) === 'read') missed++;
      }
    expect(missed).toBe(0);
  });
});

describe('a kit', () => {
  it.each([
    [1, 1],
    [2, 3],
    [3, 5],
    [15, 15],
  ])('of which %i of %i sheets are needed gives its key back from any of them, in any order', async (threshold, sheets) => {
    const { key, kit, pages } = await createKit({ threshold, sheets });
    expect(pages.map(({ index }) => index)).toEqual(Array.from({ length: sheets }, (_page, at) => at + 1));
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...pages], { minLength: threshold, maxLength: threshold }), async (some) => {
        const typed = await Promise.all(some.map(async (page) => wordsToSheet((await sheetToWords(page)).join(' '))));
        const whole = await combineSheets(typed.flatMap((sheet) => (sheet.ok ? [sheet.value] : [])));
        expect(whole.ok && whole.value.kit === kit && Buffer.from(whole.value.key).equals(Buffer.from(key))).toBe(true);
      }),
      { numRuns: 20 },
    );
    if (threshold > 1) {
      const few = pages.slice(0, threshold - 1);
      const refused = { ok: false, error: { code: 'recovery-sheets-few', detail: { have: threshold - 1, need: threshold } } };
      expect(await combineSheets(few)).toEqual(refused);
      expect(await combineSheets([...few, ...few])).toEqual(refused);
      // Whoever forges a lower threshold on the sheets they have gets another key.
      const forged = await combineSheets(few.map((page) => ({ ...page, threshold: Math.max(2, threshold - 1) }))).catch(() => undefined);
      expect(forged?.ok === true && Buffer.from(forged.value.key).equals(Buffer.from(key))).toBe(false);
    }
  });

  it('tells sheets of another kit apart, and no sheet at all', async () => {
    const [one, other] = [await createKit({ threshold: 2, sheets: 3 }), await createKit({ threshold: 2, sheets: 3 })];
    const [a] = one.pages;
    const [, b] = other.pages;
    if (!a || !b) throw new Error('no pages');
    expect(await combineSheets([a, { ...b, kit: a.kit === b.kit ? '0000' : b.kit }])).toMatchObject({ error: { code: 'recovery-sheets-mixed' } });
    expect(await combineSheets([a, { ...a, share: b.share }])).toMatchObject({ error: { code: 'recovery-sheets-mixed' } });
    expect(await combineSheets([])).toMatchObject({ error: { code: 'recovery-sheets-few' } });
    expect(Buffer.from(one.key).equals(Buffer.from(other.key))).toBe(false);
  });
});
