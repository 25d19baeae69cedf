import { describe, expect, it, vi } from 'vitest';
import { searchKey } from '#shared/domain/text/search-key.ts';
import { queryTerms } from '#shared/domain/text/tokens.ts';
import type { CaseBody } from '#shared/schema/case.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import { createHealingIndex } from '../../../src-renderer/db/index/healing-index.ts';
import { keepIndex, type IndexState } from '../../../src-renderer/db/index/index-keeper.ts';
import { toIndexed } from '../../../src-renderer/db/index/indexed-record.ts';
import { createMemoryIndex } from '../../../src-renderer/db/index/memory-index.ts';
import type { RecordIndex } from '../../../src-renderer/db/index/search-index.ts';
import { createRepository } from '../../../src-renderer/db/repository.ts';
import { answerSearch } from '../../../src-renderer/db/search/answer-search.ts';
import type { SearchQuery } from '../../../src-renderer/db/search/search-query.ts';
import { exhibitBody } from '../../factories/exhibits.ts';
import { INDEX_KINDS, openTestSqliteIndex } from '../../factories/record-indexes.ts';
import { caseBody, recordEnvelope } from '../../factories/records.ts';
import { createWriteDeps } from '../../factories/seeded.ts';
import { openSealedStore } from '../../factories/stores.ts';

/** A sentence and what an officer would type of it. */
const LANGUAGES = [
  ['en', 'The mule account was opened at the branch', 'mule account'],
  ['th', 'บัญชีม้าถูกเปิดที่สาขาและผู้เสียหายโอนน้ำใจ', 'ผู้เสียหาย'],
  ['lo', 'ບັນຊີມ້າຖືກເປີດຢູ່ສາຂາ ໜຶ່ງໃນນະຄອນຫຼວງ', 'ຫນຶ່ງໃນນະຄອນ'],
  ['km', 'គណនីសេះត្រូវបានបើកនៅសាខា ស្ត្រីម្នាក់បានផ្ទេរប្រាក់', 'ស្រ្តី'],
  ['my', 'လူလိမ်အကောင့်ကို မြို့တော်ရှိ ဘဏ်ခွဲတွင် ဖွင့်ခဲ့သည်', 'ဘဏ်ခွဲ'],
  ['vi', 'Tài khoản rửa tiền được mở tại Hà Nội', 'ha noi'],
  ['zh', '骗子账户在首都的分行开设', '首都的分行'],
  ['id', 'Rekening penampung dibuka di cabang ibu kota', 'rekening penampung'],
  ['fil', 'Binuksan ang account ng mule sa sangay ng bangko', 'sangay ng bangko'],
] as const;

function record(n: number, body: Partial<CaseBody>, over: Partial<SuarRecord> = {}): SuarRecord {
  return { ...recordEnvelope(n), entity: 'case', owner: 'la-ccu', tlp: 'AMBER', status: 'new', updatedAt: `${1_795_300_000_000 + n}-0000`, body: caseBody(body), ...over };
}

/** An index that holds records, and the question as the worker asks it. */
async function indexOf(make: () => Promise<RecordIndex>, records: readonly SuarRecord[]) {
  const index = await make();
  const byId = new Map(records.map((each) => [each.id, each]));
  await index.apply(
    records.map((each) => toIndexed({ ...each, _deleted: false })),
    { id: 'x', lwt: 1 },
  );
  const ask = (query: Partial<SearchQuery> & { readonly text: string }) => answerSearch(index, async (ids) => ids.flatMap((id) => byId.get(id) ?? []), { limit: 20, ...query });
  const titles = async (query: Partial<SearchQuery> & { readonly text: string }) => (await ask(query)).hits.map(({ title }) => title.text);
  return { index, ask, titles };
}

describe.each(INDEX_KINDS)('search %s', (_kind, make) => {
  it.each(LANGUAGES)('finds a phrase and every beginning of it in %s, with marks on it', async (lang, sentence, phrase) => {
    const others = LANGUAGES.filter(([other]) => other !== lang).map(([other, text], n) => record(n, { title: other, summary: text }));
    const { ask } = await indexOf(make, [...others, record(50, { title: 'wanted', summary: `${'Preamble. '.repeat(40)}${sentence}. ${'End. '.repeat(40)}` })]);
    const parts = [...new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(phrase)].map(({ segment }) => segment);
    for (let n = 2; n <= parts.length; n++) {
      const typed = parts.slice(0, n).join('');
      const { hits } = await ask({ text: typed });
      expect(
        hits.map(({ title }) => title.text),
        typed,
      ).toContain('wanted');
    }
    const [hit] = (await ask({ text: `"${phrase}"` })).hits;
    const { text, marks } = hit?.snippet ?? { text: '', marks: [] };
    expect(marks.map(([start, end]) => searchKey(text.slice(start, end)).replaceAll(' ', ''))).toContain(searchKey(phrase).replaceAll(' ', ''));
  });

  it('finds one cluster of a script without spaces', async () => {
    const { titles } = await indexOf(
      make,
      LANGUAGES.map(([lang, text], n) => record(n, { title: lang, summary: text })),
    );
    expect(await titles({ text: '骗' })).toEqual(['zh']);
    expect(await titles({ text: 'ຫ' })).toEqual(['lo']);
    expect(await titles({ text: 'ស' })).toEqual(['km']);
  });

  it('asks for all terms, ranks the title first and the newer of equals before', async () => {
    const { ask, titles } = await indexOf(make, [
      record(1, { title: 'Old', summary: 'wallet and phone' }),
      record(2, { title: 'Wallet seized', summary: 'phone' }),
      record(3, { title: 'New', summary: 'wallet and phone' }),
      record(4, { title: 'Neither', summary: 'wallet' }),
    ]);
    expect(await titles({ text: 'phone wallet' })).toEqual(['Wallet seized', 'New', 'Old']);
    expect((await ask({ text: 'wallet' })).total).toBe(4);
    expect(await titles({ text: '"wallet and phone"' })).toEqual(['New', 'Old']);
    expect(await ask({ text: '  … ' })).toEqual({ hits: [], total: 0, isTotalBound: false, approximate: [] });
  });

  it('finds numbers and identifiers by beginning, by end and in any digits', async () => {
    const observables = [{ kind: 'bank-account' as const, value: '012-3-45678-9', key: '0123456789' }];
    const { titles } = await indexOf(make, [record(1, { title: 'wanted', number: 'LA-2026-0042', observables }), record(2, { title: 'other', number: 'LA-2026-0043', summary: 'evil.example.com' })]);
    for (const text of ['LA-2026-0042', 'la-2026-004', '0123456789', '012-3-45678', '56789', '໒໐໒໖-໐໐໔໒']) expect(await titles({ text }), text).toContain('wanted');
    expect(await titles({ text: 'evil.example' })).toEqual(['other']);
    expect(await titles({ text: 'example.com' })).toEqual(['other']);
  });

  it('finds an exhibit by its name, number, words and digests, and says which case it belongs to', async () => {
    const body = exhibitBody({ number: 'E-17', fileName: 'ໂທລະສັບ handset.zip', description: 'ภาพโทรศัพท์สมมุติ', place: 'Pier of Nowhere', sha256: `0123456789${'a'.repeat(44)}feedbeef01` });
    const { ask, titles } = await indexOf(make, [record(1, { title: 'handset thefts' }), record(2, {}, { entity: 'exhibit', ref: 'its-case', status: 'held', body })]);
    for (const text of ['ໂທລະສັບ', 'E-17', 'โทรศัพท์', 'pier of nowhere', '0123456789aa', 'feedbeef01']) expect(await titles({ text }), text).toEqual(['ໂທລະສັບ handset.zip']);
    expect(await titles({ text: 'handset', entities: ['exhibit'], statuses: ['held'] })).toEqual(['ໂທລະສັບ handset.zip']);
    expect((await ask({ text: 'handset' })).hits.map(({ entity, ref }) => `${entity} ${ref}`).sort()).toContain('exhibit its-case');
  });

  it('holds to every condition', async () => {
    const { titles } = await indexOf(make, [
      record(1, { title: 'word one' }),
      record(2, { title: 'word two' }, { owner: 'fj-ccu', audience: ['u:fj-ccu', 't:mule-accounts'] }),
      record(3, { title: 'word three' }, { tlp: 'AMBER+STRICT', status: 'closed' }),
      record(4, {}, { entity: 'contact', body: { fullName: 'word four', romanised: '', unit: 'la-ccu', device: '', role: '', phone: '', langs: [] } }),
    ]);
    const of = async (query: Partial<SearchQuery>) => (await titles({ text: 'word', ...query })).map((title) => title.slice(5)).sort((a, b) => a.localeCompare(b));
    expect(await of({ entities: ['contact'] })).toEqual(['four']);
    expect(await of({ places: ['u:fj-ccu'] })).toEqual(['two']);
    expect(await of({ places: ['c:VN', 't:mule-accounts'] })).toEqual(['two']);
    expect(await of({ tlps: ['AMBER+STRICT'] })).toEqual(['three']);
    expect(await of({ tlps: ['AMBER'], entities: ['case'] })).toEqual(['one', 'two']);
    expect(await of({ statuses: ['closed'] })).toEqual(['three']);
    expect(await of({ from: 1_795_300_000_003 })).toEqual(['four', 'three']);
    expect(await of({ to: 1_795_300_000_001 })).toEqual(['one']);
    expect(await of({ tlps: [] })).toEqual([]);
  });

  it('holds to conditions that nearly every record meets, and to those that hardly one does, after changes too', async () => {
    const rare = (n: number) => ({ status: n % 40 === 0 ? 'closed' : n % 9 === 0 ? 'active' : 'new', tlp: (n % 33 === 0 ? 'RED' : 'AMBER') as SuarRecord['tlp'] });
    const first = Array.from({ length: 120 }, (_, n) => record(n, { title: `word ${n}` }, rare(n + 1)));
    const { index } = await indexOf(make, first);
    const now = new Map(first.map((each, n) => [each.id, { ...each, ...(n < 60 ? rare(n) : {}), _deleted: n % 10 === 3 }]));
    await index.apply([...now.values()].map(toIndexed), { id: 'y', lwt: 2 });
    for (const statuses of [undefined, ['new'], ['closed'], ['closed', 'active'], ['new', 'closed'], ['gone']]) {
      for (const tlps of [undefined, ['AMBER'], ['RED'], ['AMBER', 'RED']]) {
        const wanted = [...now.values()].filter((each) => !each._deleted && (statuses?.includes(each.status) ?? true) && (tlps?.includes(each.tlp) ?? true));
        const { found, total } = await index.search(queryTerms('word'), { ...(statuses ? { statuses } : {}), ...(tlps ? { tlps } : {}) }, 200);
        expect(found.map(({ id }) => id).sort(), JSON.stringify([statuses, tlps])).toEqual(wanted.map(({ id }) => id).sort());
        expect(total).toBe(wanted.length);
      }
    }
  });

  it('follows a change and forgets what is deleted', async () => {
    const before = record(1, { title: 'alphabet' });
    const { index, titles } = await indexOf(make, [before]);
    await index.apply([toIndexed({ ...before, body: caseBody({ title: 'betamax' }), _deleted: false })], { id: 'y', lwt: 2 });
    expect((await index.search([{ key: 'alphabet', parts: [{ kind: 'words', tokens: ['alphabet'] }] }], {}, 5)).total).toBe(0);
    expect(await titles({ text: 'betamax' })).toEqual(['alphabet']);
    await index.apply([toIndexed({ ...before, body: {}, _deleted: true })], { id: 'z', lwt: 3 });
    expect((await index.search([{ key: 'betamax', parts: [{ kind: 'words', tokens: ['betamax'] }] }], {}, 5)).total).toBe(0);
    expect((await index.searchLoosely([{ key: 'betamox', parts: [{ kind: 'words', tokens: ['betamox'] }] }], {}, 5)).length).toBe(0);
  });

  it.each([
    ['acount', 'mule account'],
    ['accuont', 'mule account'],
    ['xccount', 'mule account'],
    ['investigaton', 'investigation'],
    ['ບັນຊິມ້າ', 'ບັນຊີມ້າ'],
    ['ธนาคาม', 'ธนาคาร'],
    ['ធនាគាដ', 'ធនាគារ'],
    ['စုံစမ်းစစ်ဆေးမှာ', 'စုံစမ်းစစ်ဆေးမှု'],
  ])('offers %s as approximate for %s', async (typed, meant) => {
    const { ask } = await indexOf(make, [record(1, { title: 'wanted', summary: `before ${meant} after` }), record(2, { title: 'unlike', summary: 'nothing of the kind' })]);
    const answer = await ask({ text: typed });
    expect([answer.hits, answer.approximate.map(({ title }) => title.text)]).toEqual([[], ['wanted']]);
    const [hit] = answer.approximate;
    expect(hit?.snippet.marks.length).toBeGreaterThan(0);
  });

  it('offers words with errors for what is rarely written, not for what the conditions hide', async () => {
    const { ask } = await indexOf(make, [...[1, 2, 3].map((n) => record(n, { title: `account ${n}` })), record(4, { title: 'acount' }, { status: 'active' })]);
    const like = async (query: Partial<SearchQuery> & { readonly text: string }) => (await ask(query)).approximate.map(({ title }) => title.text);
    expect(await like({ text: 'account', statuses: ['active'] })).toEqual([]);
    expect(await like({ text: 'account 1', statuses: ['active'] })).toEqual([]);
    expect(await like({ text: 'acccount', statuses: ['active'] })).toEqual(['acount']);
    expect(await like({ text: 'acount', statuses: ['new'] })).toEqual(['account 3', 'account 2', 'account 1']);
  });

  it('never takes one number for another', async () => {
    const { ask } = await indexOf(make, [record(1, { title: 'one', number: '8562055550001' })]);
    expect(await ask({ text: '8562055550002' })).toMatchObject({ hits: [], approximate: [] });
  });
});

describe('a damaged index', () => {
  const damage = Object.assign(new Error('database disk image is malformed'), { resultCode: 11 });

  it('is thrown away while at work, filled again from the store, and says how far it is', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { db } = await openSealedStore();
    const cases = createRepository<CaseBody>(db, 'case', createWriteDeps(3));
    await cases.bulkInsert(Array.from({ length: 120 }, (_, n) => ({ body: caseBody({ title: `planted ${n}` }), status: 'new', tlp: 'AMBER' as const })));
    let isDamaged = false;
    let discarded = 0;
    const open = async (): Promise<RecordIndex> => {
      const inner = await openTestSqliteIndex();
      return { ...inner, search: (...asked) => (isDamaged ? Promise.reject(damage) : inner.search(...asked)) };
    };
    const index = await createHealingIndex(
      open,
      async () => {
        isDamaged = false;
        discarded++;
      },
      createMemoryIndex,
    );
    const keeper = keepIndex(db, index, () => undefined);
    await keeper.caughtUp();
    const terms = [{ key: 'planted', parts: [{ kind: 'words' as const, tokens: ['planted'] }] }];
    expect((await index.search(terms, {}, 5)).total).toBe(120);
    const states: IndexState[] = [];
    keeper.state$.subscribe((state) => states.push(state));
    isDamaged = true;
    expect((await index.search(terms, {}, 5)).total).toBe(0); // answered from the new, empty file
    await keeper.caughtUp();
    expect([discarded, (await index.search(terms, {}, 5)).total]).toEqual([1, 120]);
    expect(states[0]).toEqual({ kind: 'ready' });
    expect(states).toContainEqual({ kind: 'building', done: 0, total: 120 });
    expect(states.at(-1)).toEqual({ kind: 'ready' });
    keeper.stop();
    await db.close();
  });

  it('says how far it is when it is far behind, and lets questions through meanwhile', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { db } = await openSealedStore();
    const cases = createRepository<CaseBody>(db, 'case', createWriteDeps(5));
    const insert = (count: number) => cases.bulkInsert(Array.from({ length: count }, (_, n) => ({ body: caseBody({ title: `planted ${n}` }), status: 'new', tlp: 'AMBER' as const })));
    await insert(10);
    const index = await openTestSqliteIndex();
    const first = keepIndex(db, index, () => undefined);
    await first.caughtUp();
    first.stop();
    await insert(1100);
    const keeper = keepIndex(db, index, () => undefined);
    const states: IndexState[] = [];
    keeper.state$.subscribe((state) => states.push(state));
    await keeper.fresh();
    expect(states.at(-1)).toMatchObject({ kind: 'building', total: 1110 });
    await keeper.caughtUp();
    expect([await index.size(), states.at(-1)]).toEqual([1110, { kind: 'ready' }]);
    keeper.stop();
    await db.close();
  });

  it('loses no page that was being written', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { db } = await openSealedStore();
    const cases = createRepository<CaseBody>(db, 'case', createWriteDeps(4));
    await cases.bulkInsert(Array.from({ length: 600 }, (_, n) => ({ body: caseBody({ title: `planted ${n}` }), status: 'new', tlp: 'AMBER' as const })));
    let applied = 0;
    const open = async (): Promise<RecordIndex> => {
      const inner = await openTestSqliteIndex();
      return { ...inner, apply: (...page) => (++applied === 2 ? Promise.reject(damage) : inner.apply(...page)) };
    };
    const index = await createHealingIndex(open, async () => undefined, createMemoryIndex);
    const errors: unknown[] = [];
    const keeper = keepIndex(db, index, (error) => errors.push(error));
    await keeper.caughtUp();
    await keeper.caughtUp();
    expect((await index.search([{ key: 'planted', parts: [{ kind: 'words', tokens: ['planted'] }] }], {}, 5)).total).toBe(600);
    expect(errors).toEqual([damage]);
    keeper.stop();
    await db.close();
  });
});
