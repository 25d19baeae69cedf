import { describe, expect, it } from 'vitest';
import type { SuarRecord } from '#shared/schema/record.ts';
import { answerCorrelation } from '../../../src-renderer/db/correlate/answer-correlation.ts';
import { COMMON_ABOVE, WARNING_LISTS, warningMatcher } from '../../../src-renderer/db/correlate/warning-lists.ts';
import { toIndexed } from '../../../src-renderer/db/index/indexed-record.ts';
import { INDEX_KINDS } from '../../factories/record-indexes.ts';
import { caseBody, recordEnvelope } from '../../factories/records.ts';

const key = (kind: string, value: string) => ({ kind, key: value });
const holder = (n: number, ...observables: { kind: string; key: string }[]): SuarRecord => ({
  ...recordEnvelope(n),
  id: `r${String(n).padStart(5, '0')}`,
  entity: 'case',
  body: caseBody({ title: `case ${n}`, observables: observables.map((each) => ({ ...each, value: each.key })) as never }),
});

describe.each(INDEX_KINDS)('correlation %s', (_name, make) => {
  async function ask(records: readonly SuarRecord[], observables: readonly { kind: string; key: string }[], withSuppressed = false) {
    const index = await make();
    await index.apply(
      records.map((record) => toIndexed({ ...record, _deleted: false })),
      { id: 'x', lwt: 1 },
    );
    return answerCorrelation(index, { matcher: warningMatcher, commonAbove: 100 }, { observables, excludeId: 'r00000', withSuppressed });
  }

  it('groups by record, the one that shares most first', async () => {
    const [a, b, c] = [key('wallet', 'w1'), key('phone', '+856'), key('domain', 'evil.example')];
    const answer = await ask([holder(0, a, b, c), holder(1, a), holder(2, a, b), holder(3, c), holder(4, key('wallet', 'other'))], [a, b, c]);
    expect(answer.records.map(({ title, shared }) => [title, shared.length])).toEqual([
      ['case 2', 2],
      ['case 3', 1],
      ['case 1', 1],
    ]);
    expect(answer.records[0]).toMatchObject({ id: 'r00002', entity: 'case', lang: 'lo', ref: holder(2).ref, tlp: holder(2).tlp, shared: [a, b] });
    expect([answer.recordsTotal, answer.suppressed]).toEqual([3, []]);
  });

  it('leaves out values of warning lists and over-common ones, counts them, and shows them when asked', async () => {
    const [resolver, wallet, hot, alone] = [key('ipv4', '8.8.8.8'), key('wallet', 'w1'), key('account', 'admin'), key('ipv4', '1.1.1.1')];
    const records = [holder(0, resolver, wallet, hot), holder(1, resolver, wallet), ...Array.from({ length: 101 }, (_, n) => holder(10 + n, hot))];
    const answer = await ask(records, [resolver, wallet, hot, alone]);
    expect(answer.correlations.map((each) => each.key)).toEqual(['w1']);
    expect(answer.records.map(({ title }) => title)).toEqual(['case 1']);
    expect(answer.suppressed).toEqual([
      { ...resolver, total: 1, list: 'public-dns' },
      { ...hot, total: 101 },
    ]);
    const all = await ask(records, [resolver, wallet, hot, alone], true);
    expect(all.correlations.map((each) => each.key)).toEqual(['8.8.8.8', 'w1', 'admin']);
    expect([all.suppressed.length, all.records.length]).toEqual([2, 50]);
  });

  it('counts a value of very many records up to a bound', async () => {
    const hot = key('domain', 'hot.example');
    const answer = await ask(
      Array.from({ length: 1500 }, (_, n) => holder(n, hot)),
      [hot],
      true,
    );
    expect(answer.correlations[0]?.total).toBe(1000);
  });
});

describe('the lists that come along', () => {
  it('name their source, hold no value twice and only values of their type', () => {
    expect(COMMON_ABOVE).toBeGreaterThan(1);
    for (const { id, source, values, kinds, version } of WARNING_LISTS) {
      expect(source.length, id).toBeGreaterThan(10);
      expect(new Set(values).size, id).toBe(values.length);
      expect(kinds.length * version, id).toBeGreaterThan(0);
    }
  });

  it('hold what they should and not what stands beside it', () => {
    const listOf = (kind: string, value: string) => warningMatcher.listOf(key(kind, value));
    expect(listOf('ipv4', '192.168.4.5')).toBe('special-ranges');
    expect(listOf('ipv4', '192.169.4.5')).toBeUndefined();
    expect(listOf('ipv6', '2606:4700::6810:84e5')).toBe('cdn-ranges');
    expect(listOf('domain', 'www.facebook.com')).toBe('top-sites');
    expect(listOf('domain', 'facebook.com.evil.example')).toBeUndefined();
    expect(listOf('domain', 'login.facebook.com')).toBeUndefined();
    expect(listOf('email', 'victim@gmail.com')).toBeUndefined();
    expect(listOf('hash', 'd41d8cd98f00b204e9800998ecf8427e')).toBe('empty-hashes');
  });
});
