import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorsAllowed, findWithErrors } from '#shared/domain/text/edit-distance.ts';
import { clustersOf } from '#shared/domain/text/scripts.ts';
import { mappedSearchKey, searchKey } from '#shared/domain/text/search-key.ts';
import { placesOf, snippet } from '#shared/domain/text/snippet.ts';
import { indexTokens, queryTerms } from '#shared/domain/text/tokens.ts';

describe('tokens', () => {
  it('gives words of spaced scripts and pairs of clusters of the others', () => {
    expect(indexTokens('Mule account ບັນຊີມ້າ 2026')).toEqual({
      run: ['mule', 'account', 'ບັນ', 'ນຊີ', 'ຊີມ້', 'ມ້າ', '2026'],
      clusters: ['ບັ', 'ນ', 'ຊີ', 'ມ້', 'າ'],
      tails: ['¬tnuocca'],
    });
  });

  it('keeps a Khmer or Burmese stack together', () => {
    expect(clustersOf('ស្ត្រី')).toEqual(['ស្ត្រី']);
    expect(clustersOf('တက္ကသိုလ်')).toEqual(['တ', 'က္က', 'သို', 'လ်']);
  });

  it('reads a query as terms of words, pairs and single clusters', () => {
    expect(queryTerms('LA-2026 "ha noi" ກ ບັນຊີ LA-2026')).toEqual([
      { key: 'la-2026', parts: [{ kind: 'words', tokens: ['la', '2026'] }] },
      { key: 'ha noi', parts: [{ kind: 'words', tokens: ['ha', 'noi'] }] },
      { key: 'ກ', parts: [{ kind: 'cluster', tokens: ['ກ'] }] },
      { key: 'ບັນຊີ', parts: [{ kind: 'pairs', tokens: ['ບັນ', 'ນຊີ'] }] },
    ]);
    expect(queryTerms(' - "" … ')).toEqual([]);
  });

  it('holds no character a tokeniser would break at', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { run, clusters, tails } = indexTokens(text);
        for (const token of [...run, ...clusters, ...tails]) expect(token).toMatch(/^(?:[a-z0-9]|[^\p{ASCII}])+$/u);
      }),
      { examples: [['\u1fbf'], ['a\u1fbfb']] }, // a mark on a space, once it is decomposed
    );
  });
});

describe('snippets', () => {
  const long = 'ຜູ້ເສຍຫາຍຖືກຫຼອກໃຫ້ໂອນເງິນ '.repeat(20);

  it.each([
    ['Lao', 'ທະນາຄານໜຶ່ງ', 'ຫນຶ່ງ'],
    ['Thai', 'น้ำท่วมสำนักงาน', 'สำ'],
    ['Khmer', 'ស្ត្រីម្នាក់', 'ស'],
    ['Burmese', 'တက္ကသိုလ်ကျောင်းသား', 'က'],
    ['Vietnamese', 'Công an Hà Nội', 'noi'],
  ])('marks whole graphemes in %s', (_name, text, query) => {
    const whole = `${long}${text}`;
    const { text: shown, marks } = snippet(whole, placesOf(mappedSearchKey(whole), [searchKey(query)]).slice(-3), 120);
    const bounds = new Set([...new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(shown)].flatMap(({ index, segment }) => [index, index + segment.length]));
    expect(marks.length).toBeGreaterThan(0);
    for (const [start, end] of marks) {
      expect(bounds.has(start) && bounds.has(end)).toBe(true);
      expect(searchKey(shown.slice(start, end))).toContain(searchKey(query));
    }
  });

  it('never cuts a grapheme and stays near the asked length', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('ស្ត្រី', 'ကျွန်ုပ်', 'น้ำ', 'ໜ້າ', 'ab ', '👩‍👩‍👧', 'é'), { minLength: 1, maxLength: 80 }), fc.nat(60), (parts, pick) => {
        const text = parts.join('');
        const wanted = parts[pick % parts.length] ?? '';
        const { text: shown, marks } = snippet(text, placesOf(mappedSearchKey(text), [searchKey(wanted).trim()]), 60);
        const inner = shown.replace(/^…|…$/g, '');
        expect(text).toContain(inner);
        expect(shown.length).toBeLessThan(60 + 2 + 40);
        for (const [start, end] of marks) expect(start >= 0 && start < end && end <= shown.length).toBe(true);
      }),
    );
  });
});

describe('errors in a word', () => {
  it('finds a missing, an added, a changed and two exchanged clusters', () => {
    for (const [typed, errors] of [
      ['acount', 1],
      ['acccount', 1],
      ['accaunt', 1],
      ['accuont', 1],
      ['account', 0],
    ] as const)
      expect(findWithErrors('the mule account here', typed, 2)).toMatchObject({ errors });
    expect(findWithErrors('ບັນຊີມ້າຖືກເປີດ', 'ບັນຊິມ້າ', 1)).toEqual({ start: 0, end: 'ບັນຊີມ້າ'.length, errors: 1 });
    expect(findWithErrors('nothing like it', 'wallet', 2)).toBeUndefined();
  });

  it('tolerates none in short words and in numbers', () => {
    expect(['abc', 'abcd', 'abcdefgh', '8562055550001'].map(errorsAllowed)).toEqual([0, 1, 2, 0]);
  });
});
