import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STATEMENT_KINDS, STATEMENT_SLOTS, type Statement, type StatementKind } from '#shared/schema/statement.ts';
import { createFmt } from '../../../src-renderer/i18n/fmt.ts';
import { toLatinDigits } from '../../../src-renderer/i18n/number-text.ts';
import { catalogFor, STATEMENT_LOCALES } from '../../../src-renderer/i18n/statement-catalog.ts';
import { createStatementRenderer, createTermNames } from '../../../src-renderer/i18n/statements.ts';
import type { TermList } from '../../../src-renderer/i18n/terms.ts';
import { UI_LANGUAGES } from '../../../src-renderer/i18n/locales.ts';
import members from '../../../resources/region/members.json' with { type: 'json' };
import agency from '../../../resources/codelists/agency.json' with { type: 'json' };
import item from '../../../resources/codelists/item.json' with { type: 'json' };
import legalBasis from '../../../resources/codelists/legal-basis.json' with { type: 'json' };
import mode from '../../../resources/codelists/mode.json' with { type: 'json' };
import offence from '../../../resources/codelists/offence.json' with { type: 'json' };
import outcome from '../../../resources/codelists/outcome.json' with { type: 'json' };
import purpose from '../../../resources/codelists/purpose.json' with { type: 'json' };
import role from '../../../resources/codelists/role.json' with { type: 'json' };

const SAMPLES: { readonly [K in StatementKind]: Extract<Statement, { kind: K }>['slots'] } = {
  transfer: { date: '2026-11-05', amount: { value: '250000.00', currency: 'THB' }, account: '012-3-45678-9', country: 'TH' },
  arrest: { agency: 'cybercrime-unit', country: 'LA', count: 3, offence: 'online-fraud', date: '2026-11-05' },
  seizure: { date: '2026-11-05', count: 14, item: 'phone', country: 'KH' },
  preservation: { from: 'PH', to: 'KH', identifier: 'mule-wallet.example', until: '2026-12-31' },
  deadline: { agency: 'ncb', country: 'TH', hours: 48 },
  'victim-loss': { count: 12, amount: { value: '99000000.5', currency: 'LAK' }, offence: 'investment-fraud', country: 'LA' },
  infrastructure: { identifier: 'evil.example', role: 'phishing-site', country: 'ID', seen: '2026-11-01' },
  takedown: { identifier: 'evil.example', outcome: 'suspended', date: '2026-11-02' },
  warning: { offence: 'romance-scam', country: 'PH', identifier: 'https://x.example/?a=1&b={2}' },
  rfi: { from: 'TH', to: 'MH', identifier: 'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq', until: '2026-12-01' },
  meeting: { date: '2026-12-03', time: '14:00', country: 'LA', mode: 'video-call' },
  paragraph: { text: 'ບົດລາຍງານ {$x} 100%', lang: 'lo' },
};

function sample(kind: StatementKind): Statement {
  return { id: '1', kind, slots: SAMPLES[kind] } as Statement;
}

const CODES: readonly (readonly [TermList, readonly string[]])[] = [
  ['agency', agency.codes],
  ['item', item.codes],
  ['legal-basis', legalBasis.codes],
  ['mode', mode.codes],
  ['offence', offence.codes],
  ['outcome', outcome.codes],
  ['purpose', purpose.codes],
  ['role', role.codes],
  ['country', members.map((member) => member.country)],
];

const everyKindInEveryLanguage = STATEMENT_LOCALES.flatMap((locale) => STATEMENT_KINDS.map((kind) => [locale, kind] as const));

describe('typed statements', () => {
  test('are written in every language the interface has', () => {
    expect(STATEMENT_LOCALES.toSorted()).toEqual([...UI_LANGUAGES].toSorted());
  });

  test.each(everyKindInEveryLanguage)('%s %s shows every slot and leaves no hole', (locale, kind) => {
    const { text, parts, lang } = createStatementRenderer(locale)(sample(kind));
    const fmt = createFmt(locale);
    expect(lang).toBe(locale);
    expect(parts.map((part) => part.value).join('')).toBe(text);
    const prose = parts
      .filter((part) => part.type !== 'ident' && part.type !== 'free')
      .map((part) => part.value)
      .join('');
    expect(prose).not.toMatch(/\{|undefined|null|NaN|\[object/);
    const slots = SAMPLES[kind] as Readonly<Record<string, unknown>>;
    for (const [slot, type] of Object.entries(STATEMENT_SLOTS[kind])) {
      const value = slots[slot];
      if (type === 'ident') expect(text).toContain(`\u2068${String(value)}\u2069`);
      if (type === 'day') expect(text).toContain(fmt.day(String(value)));
      if (type === 'time') expect(text).toContain(fmt.time(String(value)));
      if (type === 'money') expect(text).toContain(fmt.money(value as { value: string; currency: string }));
      if (type === 'count' || type === 'hours') expect(toLatinDigits(text)).toContain(String(value));
      if (type !== 'lang' && slot !== 'item')
        expect(
          parts.some((part) => part.slot === slot),
          slot,
        ).toBe(true);
    }
  });

  test.each(STATEMENT_LOCALES)('%s names every code and member state, each differently', (locale) => {
    const names = createTermNames(locale);
    for (const [list, codes] of CODES) {
      const labels = codes.map((code) => names.label(list, code));
      expect(new Set(labels).size, list).toBe(codes.length);
      for (const code of codes) expect(catalogFor(locale).terms[list]?.[code], `${list} ${code}`).toBeDefined();
    }
    for (const code of item.codes) expect(names.counted('item', code, 3)).toMatch(/3/);
  });

  test('a free paragraph keeps its words and its language in every language', () => {
    for (const locale of STATEMENT_LOCALES) {
      expect(createStatementRenderer(locale)(sample('paragraph')).parts).toEqual([{ type: 'free', value: SAMPLES.paragraph.text, slot: 'text', lang: 'lo' }]);
    }
  });

  test('falls back to English whole, and says so', () => {
    expect(createStatementRenderer('vi')(sample('deadline'))).toMatchObject({ lang: 'en', text: 'A reply to the INTERPOL National Central Bureau of Thailand is due within 48 hours.' });
  });

  test('shows a code it has no name for, and a state outside the region by its name', () => {
    const render = createStatementRenderer('th');
    const text = render({ id: '1', kind: 'arrest', slots: { ...SAMPLES.arrest, offence: 'deepfake-fraud', country: 'JP' } }).text;
    expect(text).toContain('deepfake-fraud');
    expect(text).toContain('ประเทศญี่ปุ่น');
  });
});

/** Checked against grammars and official usage of each language, written before the first run. */
const SENTENCES: readonly (readonly [string, Statement, string])[] = [
  ['en', sample('transfer'), 'On November 5, 2026, the victim transferred THB\u00a0250,000.00 to account \u2068012-3-45678-9\u2069 in Thailand.'],
  ['en', { id: '1', kind: 'arrest', slots: { ...SAMPLES.arrest, count: 1, country: 'PH' } }, 'The Cybercrime Unit of the Philippines arrested 1 suspect for online fraud on November 5, 2026.'],
  ['en', sample('preservation'), 'The Philippines requests that Cambodia preserve data on \u2068mule-wallet.example\u2069 until December 31, 2026.'],
  ['th', sample('arrest'), 'หน่วยปราบปรามอาชญากรรมไซเบอร์ของประเทศลาวจับกุมผู้ต้องหา 3 คน ในข้อหาฉ้อโกงออนไลน์ เมื่อวันที่ 5 พฤศจิกายน พ.ศ.\u00a02569'],
  ['th', sample('seizure'), 'เมื่อวันที่ 5 พฤศจิกายน พ.ศ.\u00a02569 เจ้าหน้าที่ในประเทศกัมพูชายึดโทรศัพท์ 14 เครื่อง'],
  ['lo', sample('seizure'), 'ໃນວັນທີ 5 ພະຈິກ 2026 ເຈົ້າໜ້າທີ່ຢູ່ປະເທດກຳປູເຈຍໄດ້ຍຶດໂທລະສັບ 14 ເຄື່ອງ.'],
  ['lo', sample('victim-loss'), 'ຜູ້ຖືກເຄາະຮ້າຍ 12 ຄົນຢູ່ປະເທດລາວໄດ້ສູນເສຍເງິນ LAK\u00a099.000.000,5 ຍ້ອນການສໍ້ໂກງດ້ານການລົງທຶນ.'],
  ['km', sample('preservation'), 'ប្រទេសហ្វីលីពីនស្នើសុំឱ្យប្រទេសកម្ពុជារក្សាទុកទិន្នន័យអំពី \u2068mule-wallet.example\u2069 រហូតដល់ថ្ងៃទី 31 ធ្នូ 2026។'],
  ['km', sample('seizure'), 'នៅថ្ងៃទី 5 វិច្ឆិកា 2026 មន្ត្រីនៅប្រទេសកម្ពុជាបានរឹបអូសទូរសព្ទ 14 គ្រឿង។'],
  ['fil', sample('preservation'), 'Hinihiling ng Pilipinas sa Cambodia na panatilihin ang data tungkol sa \u2068mule-wallet.example\u2069 hanggang Disyembre 31, 2026.'],
  ['fil', sample('seizure'), 'Noong Nobyembre 5, 2026, kinumpiska ng mga awtoridad sa Cambodia ang 14 na telepono.'],
  ['fil', sample('takedown'), 'Noong Nobyembre 2, 2026, sinuspinde ang \u2068evil.example\u2069.'],
  ['id', sample('meeting'), 'Rapat berlangsung pada 3 Desember 2026 pukul 14.00 (waktu setempat di Laos), melalui panggilan video.'],
  ['id', sample('arrest'), 'Unit Kejahatan Siber Laos menangkap 3 tersangka atas dugaan penipuan daring pada 5 November 2026.'],
];

describe('golden sentences', () => {
  test.each(SENTENCES)('%s %#', (locale, statement, sentence) => {
    expect(createStatementRenderer(locale)(statement).text).toBe(sentence);
  });
});

describe('what must survive every language', () => {
  const ident = fc.oneof(fc.string({ minLength: 1, maxLength: 80 }), fc.constantFrom('{$date}', '$&', '$1 {n}', 'ไทย-ລາວ', '‮evil'));
  const value = fc.stringMatching(/^(0|[1-9][0-9]{0,14})([.][0-9]{1,8})?$/);
  const renderers = STATEMENT_LOCALES.flatMap((locale) => [createStatementRenderer(locale), createStatementRenderer(locale, { digits: 'native' })]);

  test('identifiers and the digits of money', () => {
    fc.assert(
      fc.property(ident, value, (account, amount) => {
        const statement: Statement = { id: '1', kind: 'transfer', slots: { ...SAMPLES.transfer, account, amount: { value: amount, currency: 'IDR' } } };
        for (const render of renderers) {
          const { text, parts } = render(statement);
          expect(text).toContain(account);
          expect(parts.find((part) => part.type === 'ident')?.value).toBe(account);
          const money = parts.find((part) => part.type === 'money')?.value ?? '';
          expect(toLatinDigits(money).replace(/\D/g, '')).toBe(amount.replace(/\D/g, ''));
          expect(money).toContain('IDR');
        }
      }),
      { numRuns: 150 },
    );
  });
});
