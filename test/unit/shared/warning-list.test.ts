import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBits, createRangeSet } from '#shared/domain/observable/ip-range.ts';
import { createWarningMatcher, readMispWarningList } from '#shared/domain/observable/warning-list.ts';

const FOLDER = '../shared/data/codelists';

describe('ranges', () => {
  it('hold exactly the addresses under their prefix', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4(), (network, prefix, address) => {
        const bits = (text: string) => addressBits(text)?.bits ?? -1n;
        const isInside = bits(network) >> BigInt(32 - prefix) === bits(address) >> BigInt(32 - prefix);
        expect(createRangeSet([`${network}/${prefix}`]).holds(address)).toBe(isInside);
        expect(createRangeSet([network]).holds(network)).toBe(true);
      }),
    );
  });

  it('read every way to write an IPv6 address and nothing else', () => {
    expect(addressBits('::1')).toEqual({ bits: 1n, size: 128 });
    expect(addressBits('2001:db8::')?.bits).toBe(0x20010db8n << 96n);
    for (const wrong of ['', ':', '1::2::3', '1:2:3', '12345::', '1.2.3', '1.2.3.256', '1.2.3.4/8', '::1::']) expect(addressBits(wrong), wrong).toBeUndefined();
    expect(createRangeSet(['10.0.0.0/33', 'x/8', '::/129']).holds('10.0.0.1')).toBe(false);
  });
});

describe('warning lists in the format of MISP', () => {
  const file = { name: 'Synthetic', description: 'made for this test', version: 3, type: 'hostname', list: ['cdn.example', 7], matching_attributes: ['domain', 'url', 'nothing'] };

  it('are read with their kinds, and match a host below a name', () => {
    const read = readMispWarningList('synthetic', file);
    expect(read).toEqual({ ok: true, value: { id: 'synthetic', name: 'Synthetic', version: 3, source: 'made for this test', type: 'hostname', kinds: ['domain'], values: ['cdn.example'] } });
    const { listOf } = createWarningMatcher(read.ok ? [read.value] : []);
    expect(['cdn.example', 'a.b.CDN.example', 'notcdn.example'].map((key) => listOf({ kind: 'domain', key }))).toEqual(['synthetic', 'synthetic', undefined]);
  });

  it('are refused with a reason where they are something else', () => {
    expect(readMispWarningList('x', null)).toMatchObject({ ok: false, error: 'not-a-list' });
    expect(readMispWarningList('x', { ...file, type: 'regex' })).toMatchObject({ ok: false, error: 'unknown-type' });
    expect(readMispWarningList('x', { ...file, matching_attributes: ['comment'] })).toMatchObject({ ok: false, error: 'no-kind' });
  });

  it.skipIf(!existsSync(FOLDER))('of the region’s data are read whole and match fast', () => {
    const read = readMispWarningList('dns', JSON.parse(readFileSync(`${FOLDER}/misp-warninglist-public-dns-v4.json`, 'utf8')));
    expect(read.ok && read.value.values.length).toBeGreaterThan(50_000);
    const { listOf } = createWarningMatcher(read.ok ? [read.value] : []);
    expect([listOf({ kind: 'ipv4', key: '1.0.0.19' }), listOf({ kind: 'ipv4', key: '203.0.113.9' }), listOf({ kind: 'domain', key: '1.0.0.19' })]).toEqual(['dns', undefined, undefined]);
  });
});
