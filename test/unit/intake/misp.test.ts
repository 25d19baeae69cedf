import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isMispFile, readMispEvents } from '#shared/intake/misp.ts';

const uuid = 'a1b2c3d4-0000-4000-8000-000000000001';
const attribute = (type: string, value: unknown, over: object = {}) => ({ uuid: 'u', type, value, ...over });
const event = (over: object = {}) => ({ Event: { uuid, info: 'Synthetic', Attribute: [], ...over } });
const read = (over: object = {}) => readMispEvents(event(over), 'file.json');
const keysOf = (...attributes: readonly object[]) => read({ Attribute: attributes }).items.flatMap(({ body }) => body.observables.map(({ kind, key }) => `${kind} ${key}`));

describe('MISP intake', () => {
  it('reads the fixture: one event, its observables, two attributes left out with their reason', () => {
    const file = readMispEvents(JSON.parse(readFileSync('test/fixtures/misp-event.json', 'utf8')), 'm.json');
    expect(file.items).toHaveLength(1);
    expect(file.items[0]).toMatchObject({
      tlp: 'AMBER',
      sourceKey: `${uuid}|1`,
      body: {
        kind: 'event',
        title: 'Synthetic investment scam, wallets and numbers',
        labels: ['tlp:amber', 'type:OSINT'],
        source: { format: 'misp', publisher: 'Synthetic Unit', modified: '2026-02-03T08:00:00.000Z' },
      },
    });
    expect(file.items[0]?.body.observables.map(({ kind, key, note }) => [kind, key, note])).toEqual([
      ['wallet', 'bc1qsyntheticexample000000000000000000000000', 'deposit wallet'],
      ['phone', '+63280000001', undefined],
      ['ipv4', '192.0.2.17', undefined],
      ['bank-account', '0123456789', 'mule account'],
    ]);
    expect([file.folded, file.rejected.map(({ index, reason }) => [index, reason])]).toEqual([
      4,
      [
        [4, 'empty-value'],
        [5, 'deleted'],
      ],
    ]);
  });

  it('knows the three shapes a MISP file has', () => {
    for (const shape of [event(), [event(), event()], { response: [event()] }, { response: event() }]) expect(isMispFile(shape)).toBe(true);
    for (const shape of [{}, [], null, 'Event', { Event: [] }, { response: 'x' }, [{ event: {} }]]) expect(isMispFile(shape)).toBe(false);
  });

  it.each([
    ['deleted', attribute('domain', 'a.example', { deleted: true })],
    ['deleted', attribute('domain', 'a.example', { deleted: '1' })],
    ['no-type', { value: 'x' }],
    ['empty-value', attribute('domain', ' ')],
    ['empty-value', attribute('domain', 7)],
    ['too-long', attribute('url', `http://a.example/${'x'.repeat(2048)}`)],
    ['forbidden-key', JSON.parse('{"type":"domain","value":"a.example","__proto__":{}}')],
    ['not-an-object', 'text'],
    ['not-an-object', null],
  ])('leaves an attribute out as %s', (reason, entry) => {
    expect(read({ Attribute: [entry] }).rejected).toMatchObject([{ index: 1, reason }]);
  });

  it.each([
    ['bad-id', { uuid: '' }],
    ['bad-id', { uuid: 5 }],
    ['no-name', { info: ' ' }],
    ['no-name', { info: undefined }],
    ['forbidden-key', JSON.parse('{"Orgc":{"prototype":1}}')],
  ])('leaves an event out as %s', (reason, over) => {
    const file = read(over as object);
    expect([file.items.length, file.rejected.map((row) => row.reason)]).toEqual([0, [reason]]);
  });

  it('accounts for entries without an event and keeps the positions behind them', () => {
    const file = readMispEvents([{ nothing: 1 }, 7, { Event: { uuid, info: 'x', Attribute: [attribute('domain', '')] } }], 'f');
    expect(file.rejected.map(({ index, reason }) => [index, reason])).toEqual([
      [0, 'not-an-object'],
      [1, 'not-an-object'],
      [3, 'empty-value'],
    ]);
  });

  it('takes composite values apart and tells IPv6 from IPv4', () => {
    expect(keysOf(attribute('domain|ip', 'A.example|2001:DB8::1'), attribute('filename|sha256', `x.exe|${'AB'.repeat(32)}`), attribute('ip-src', '2001:db8:0::2'))).toEqual([
      'domain a.example',
      'ipv6 2001:db8::1',
      'file-name x.exe',
      `hash ${'ab'.repeat(32)}`,
      'ipv6 2001:db8::2',
    ]);
  });

  it('keeps attributes that are no observable out of the record, counted', () => {
    const file = read({ Attribute: [attribute('text', 'a'), attribute('comment', 'b'), attribute('constructor', 'c'), attribute('toString', 'd')] });
    expect([file.folded, file.rejected, file.items[0]?.body.observables]).toEqual([4, [], []]);
  });

  it.each([
    [['tlp:white'], 'CLEAR'],
    [['tlp:clear'], 'CLEAR'],
    [['TLP:GREEN'], 'GREEN'],
    [['tlp:amber+strict'], 'AMBER+STRICT'],
    [['other', 'tlp:red'], 'RED'],
    [[], 'AMBER'],
    [['tlp:ex:chr'], 'AMBER'],
    [['tlp:'], 'AMBER'],
    [['tlp:green', 'tlp:red'], 'RED'],
  ])('reads tags %j as TLP:%s', (names, tlp) => {
    expect(read({ Tag: names.map((name) => ({ name })) }).items[0]?.tlp).toBe(tlp);
  });

  it('splits an event of 1001 attributes into three parts', () => {
    const file = read({ Attribute: Array.from({ length: 1001 }, (_, i) => attribute('domain', `d${i}.example`)) });
    expect(file.items.map(({ body }) => [body.part, body.parts, body.observables.length])).toEqual([
      [1, 3, 500],
      [2, 3, 500],
      [3, 3, 1],
    ]);
  });

  it('keeps a time stamp it cannot read out, and falls back to the date', () => {
    const modified = (over: object) => read(over).items[0]?.body.source.modified;
    expect([modified({ timestamp: '1e99', date: '2026-02-03' }), modified({ timestamp: 'x', date: '2026-02-03' }), modified({ timestamp: -1 }), modified({ timestamp: 1_770_105_600 })]).toEqual([
      '2026-02-03',
      '2026-02-03',
      '',
      '2026-02-03T08:00:00.000Z',
    ]);
  });
});
