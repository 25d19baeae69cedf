import { describe, expect, test } from 'vitest';
import { checkEnglishShare, checkNamespace, flatten, RULES, type NamespacePair, type Rule, type Syntax } from '../../../scripts/locale-rules.ts';

interface Defect {
  readonly name: string;
  readonly rule: Rule;
  readonly source: unknown;
  readonly target: unknown;
  readonly locale?: string;
  readonly script?: string;
  readonly syntax?: Syntax;
  readonly categories?: readonly string[];
}

function pairOf(defect: Omit<Defect, 'name' | 'rule'>): NamespacePair {
  return { namespace: 'cases', locale: 'lo', script: 'Laoo', syntax: 'i18next', categories: ['other'], ...defect };
}

const LATIN = { locale: 'fil', script: 'Latn', categories: ['one', 'other'] } as const;

/** One planted fault a line; each is caught by its rule and by no other. */
const DEFECTS: readonly Defect[] = [
  { name: 'a key left out', rule: 'missing', source: { list: { empty: 'No cases' } }, target: { list: {} } },
  { name: 'a key left blank', rule: 'missing', source: { empty: 'No cases' }, target: { empty: ' ' } },
  { name: 'a whole namespace left out', rule: 'missing', source: { empty: 'No cases' }, target: null },
  { name: 'a key English no longer has', rule: 'orphan', source: {}, target: { old: 'ຄະດີເກົ່າ' } },
  {
    name: 'a plural category the language lacks',
    rule: 'plural-category',
    source: { n_one: '{{count}} case', n_other: '{{count}} cases' },
    target: { n_one: '{{count}} ຄະດີ', n_other: '{{count}} ຄະດີ' },
  },
  { name: 'a plural category the language needs', rule: 'missing', ...LATIN, source: { n_one: '{{count}} case', n_other: '{{count}} cases' }, target: { n_other: '{{count}} na kaso' } },
  { name: 'a slot lost', rule: 'placeholder', source: { due: 'Due by {{day}}' }, target: { due: 'ກຳນົດສົ່ງ' } },
  { name: 'a slot renamed', rule: 'placeholder', source: { due: 'Due by {{day}}' }, target: { due: 'ກຳນົດສົ່ງ {{wan}}' } },
  { name: 'markup lost', rule: 'placeholder', ...LATIN, source: { help: 'Read <bold>all</bold>' }, target: { help: 'Basahin lahat' } },
  { name: 'a statement slot lost', rule: 'placeholder', syntax: 'mf2', source: { warning: '{$identifier :ident} in {$country :term}' }, target: { warning: '{$identifier :ident} ຢູ່' } },
  { name: 'a statement slot read by another function', rule: 'placeholder', syntax: 'mf2', source: { a: 'Until {$until :day}' }, target: { a: 'ຈົນຮອດ {$until :time}' } },
  {
    name: 'a count lost from a term',
    rule: 'placeholder',
    syntax: 'terms',
    source: { item: { phone: { one: '{n} phone', other: '{n} phones' } } },
    target: { item: { phone: { other: 'ໂທລະສັບ ເຄື່ອງ' } } },
  },
  { name: 'a number changed', rule: 'number', source: { keep: 'Kept for 90 days' }, target: { keep: 'ເກັບໄວ້ 60 ວັນ' } },
  { name: 'a number changed in native digits', rule: 'number', source: { keep: 'Kept for 90 days' }, target: { keep: 'ເກັບໄວ້ ໖໐ ວັນ' } },
  { name: 'a text left in Latin letters', rule: 'script-ratio', source: { open: 'Open the case' }, target: { open: 'Open case ຄະດີ' } },
  { name: 'a word in the neighbour’s script', rule: 'foreign-script', source: { open: 'Open the case now' }, target: { open: 'ເປີດຄະດີດຽວນີ້ ครับ' } },
  { name: 'a letter stored in pieces', rule: 'nfc', ...LATIN, source: { a: 'Open' }, target: { a: 'Buksa\u0301n' } },
  { name: 'Lao sara am in two characters', rule: 'sara-am', source: { a: 'Water' }, target: { a: 'ນ\u0ecd\u0ec9\u0eb2' } },
  { name: 'Thai sara am in two characters', rule: 'sara-am', locale: 'th', script: 'Thai', source: { a: 'Do' }, target: { a: 'ท\u0e4d\u0e32' } },
  { name: 'Thai ae typed as two e', rule: 'sara-am', locale: 'th', script: 'Thai', source: { a: 'And' }, target: { a: '\u0e40\u0e40ละ' } },
  { name: 'Khmer coeng ro before another coeng', rule: 'coeng-ro', locale: 'km', script: 'Khmr', source: { a: 'Lady' }, target: { a: 'ស\u17d2\u179a\u17d2តី' } },
  { name: 'a question turned into a statement', rule: 'end-punctuation', ...LATIN, source: { a: 'Delete it?' }, target: { a: 'Burahin ito.' } },
  { name: 'a full stop lost in Khmer', rule: 'end-punctuation', locale: 'km', script: 'Khmr', source: { a: 'It was saved.' }, target: { a: 'បានរក្សាទុក' } },
  { name: 'a soft hyphen', rule: 'invisible', ...LATIN, source: { a: 'Settings' }, target: { a: 'Mga set\u00adting' } },
  { name: 'a button twice as long', rule: 'length', ...LATIN, source: { a: 'Save' }, target: { a: 'Itago ang mga pagbabago' } },
  { name: 'the older spelling of a Lao letter', rule: 'lao-digraph', source: { a: 'Unit' }, target: { a: 'ຫນ່ວຍງານ' } },
];

describe('locale rules', () => {
  test.each(DEFECTS)('find $name', ({ rule, ...defect }) => {
    const rules = checkNamespace(pairOf(defect)).findings.map((finding) => finding.rule);
    expect([...new Set(rules)]).toEqual([rule]);
  });

  test('find a language that is mostly English, but allow product names', () => {
    const words = Object.fromEntries(['Open', 'Close', 'Settings', 'Search', 'Filter', 'Export'].map((word) => [word, word]));
    const report = checkNamespace(pairOf({ ...LATIN, source: words, target: words }));
    expect(report).toMatchObject({ compared: 6, same: 6, findings: [] });
    expect(checkEnglishShare('fil', [report])).toMatchObject([{ rule: 'equals-english' }]);
    const names = { a: 'Suar', b: 'TLP', c: 'PDF', d: '{{name}}', e: 'SHA-256' };
    expect(checkEnglishShare('fil', [checkNamespace(pairOf({ ...LATIN, source: names, target: names }))])).toEqual([]);
  });

  test('each has a planted defect', () => {
    const planted = new Set([...DEFECTS.map((defect) => defect.rule), 'equals-english']);
    expect(RULES.filter((rule) => !planted.has(rule))).toEqual([]);
  });

  test('let a good translation pass', () => {
    const good: readonly (readonly [Partial<NamespacePair>, unknown, unknown])[] = [
      [{}, { n_one: '{{count}} case', n_other: '{{count}} cases' }, { n_other: '{{count}} ຄະດີ' }],
      [LATIN, { n_one: 'one case of {{total}}', n_other: '{{count}} cases of {{total}}' }, { n_one: 'isang kaso sa {{total}}', n_other: '{{count}} na kaso sa {{total}}' }],
      [
        { locale: 'th', script: 'Thai' },
        { a: 'It was saved.', b: 'Sent 1,000 files' },
        { a: 'บันทึกแล้ว', b: 'ส่งแล้ว ๑,๐๐๐ ไฟล์' },
      ],
      [
        { locale: 'km', script: 'Khmr' },
        { a: 'Saved.', b: 'Warning:' },
        { a: 'បានរក្សាទុក។', b: 'ការព្រមាន៖' },
      ],
      [{ locale: 'id', script: 'Latn' }, { a: 'About 1,000 files' }, { a: 'Sekitar 1.000 berkas' }],
      [{}, { a: 'Check the SHA-256 of the PDF' }, { a: 'ກວດ SHA-256 ຂອງ PDF' }],
      [{ syntax: 'terms' }, { offence: { x: 'fraud' } }, { offence: { x: { nom: 'ການສໍ້ໂກງ', charge: 'ສໍ້ໂກງ' } } }],
    ];
    for (const [pair, source, target] of good) expect(checkNamespace({ ...pairOf({ source, target }), ...pair }).findings).toEqual([]);
  });

  test('flatten names nested messages by their path', () => {
    expect([...flatten({ a: { b: 'x', c: { d: 'y' } } })]).toEqual([
      ['a.b', 'x'],
      ['a.c.d', 'y'],
    ]);
  });
});
