import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { IntelSchema } from '#shared/schema/intel.ts';
import { readStixBundle } from '#shared/intake/stix.ts';

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const bundle = (objects: readonly unknown[], over: object = {}) => ({ type: 'bundle', id: `bundle--${uuid(0)}`, objects, ...over });
const read = (objects: readonly unknown[], over: object = {}) => readStixBundle(bundle(objects, over), 'file.json');
const domain = (n: number, over: object = {}) => ({ type: 'domain-name', spec_version: '2.1', id: `domain-name--${uuid(n)}`, value: `host-${n}.example`, ...over });
const only = (objects: readonly unknown[]) => {
  const file = read(objects);
  expect(file.rejected).toEqual([]);
  return file.items;
};
const reasonOf = (object: unknown) => read([object]).rejected.map(({ reason }) => reason);

describe('STIX intake', () => {
  it('reads the 2.1 fixture: four objects, one relation folded, three left out with their place and reason', () => {
    const file = readStixBundle(JSON.parse(readFileSync('test/fixtures/stix-2.1-bundle.json', 'utf8')), 'a.json');
    expect(file.format).toBe('stix-2.1');
    expect(file.items.map(({ body }) => [body.kind, body.title])).toEqual([
      ['identity', 'Synthetic Threat Desk'],
      ['indicator', 'Fake parcel page'],
      ['indicator', 'Servers of the page'],
      ['malware', 'Synthetic stealer'],
    ]);
    expect(file.folded).toBe(1);
    expect(file.rejected.map(({ index, reason }) => [index, reason])).toEqual([
      [5, 'dangling-relationship'],
      [6, 'bad-id'],
      [7, 'no-name'],
    ]);
    expect(file.items[1]).toMatchObject({
      tlp: 'GREEN',
      body: { labels: ['malicious-activity'], relations: [['indicates', 'malware--31111111-2222-4333-8444-555555555555']], source: { publisher: 'Synthetic Threat Desk', fileName: 'a.json' } },
    });
    expect(file.items[2]?.body.observables.map(({ kind, key }) => `${kind} ${key}`)).toEqual(['ipv4 192.0.2.17', 'ipv4 198.51.100.4', 'url http://parcel-fee.example/pay']);
  });

  it('reads the observed data of a 2.0 bundle', () => {
    const observed = {
      type: 'observed-data',
      id: `observed-data--${uuid(1)}`,
      created: '2018-01-01T00:00:00.000Z',
      modified: '2018-01-02T00:00:00.000Z',
      first_observed: '2018-01-01T00:00:00Z',
      last_observed: '2018-01-01T00:00:00Z',
      number_observed: 1,
      objects: {
        0: { type: 'ipv4-addr', value: '192.0.2.1' },
        1: { type: 'domain-name', value: 'C2.Example' },
        2: { type: 'file', name: 'a.exe', hashes: { MD5: 'D41D8CD98F00B204E9800998ECF8427E' } },
      },
    };
    const file = read([observed], { spec_version: '2.0' });
    expect(file.format).toBe('stix-2.0');
    expect(file.items[0]?.body).toMatchObject({ kind: 'infrastructure', title: '192.0.2.1', source: { format: 'stix-2.0', modified: '2018-01-02T00:00:00.000Z' } });
    expect(file.items[0]?.body.observables.map(({ key }) => key)).toEqual(['192.0.2.1', 'c2.example', 'd41d8cd98f00b204e9800998ecf8427e', 'a.exe']);
    expect(readStixBundle(bundle([{ type: 'malware', id: `malware--${uuid(2)}`, name: 'M' }]), '').format).toBe('stix-2.0');
  });

  it.each([
    ['not-an-object', 5],
    ['not-an-object', null],
    ['not-an-object', [{}]],
    ['not-an-object', 'x'],
    ['no-type', {}],
    ['no-type', { type: '', id: 'x' }],
    ['no-type', { type: 7 }],
    ['bad-id', { type: 'malware', id: 'malware--1', name: 'x' }],
    ['bad-id', { type: 'malware', id: `tool--${uuid(1)}`, name: 'x' }],
    ['bad-id', { type: 'malware', name: 'x' }],
    ['bad-id', { type: 'Malware', id: `Malware--${uuid(1)}`, name: 'x' }],
    ['bad-id', { type: '../../etc', id: `../../etc--${uuid(1)}` }],
    ['no-name', { type: 'malware', id: `malware--${uuid(1)}` }],
    ['no-name', { type: 'tool', id: `tool--${uuid(1)}`, name: '  ' }],
    ['forbidden-key', JSON.parse(`{"type":"malware","id":"malware--${uuid(1)}","name":"x","__proto__":{"polluted":1}}`)],
    ['forbidden-key', JSON.parse(`{"type":"malware","id":"malware--${uuid(1)}","name":"x","a":[{"b":{"constructor":{"prototype":1}}}]}`)],
    ['bad-pattern', { type: 'indicator', id: `indicator--${uuid(1)}` }],
    ['bad-pattern', { type: 'indicator', id: `indicator--${uuid(1)}`, pattern: "[domain-name:value = 'x" }],
    ['dangling-relationship', { type: 'relationship', id: `relationship--${uuid(1)}`, source_ref: `malware--${uuid(9)}`, target_ref: `malware--${uuid(8)}`, relationship_type: 'uses' }],
    ['empty-value', domain(1, { value: ' ' })],
    ['empty-value', domain(1, { value: undefined })],
    ['empty-value', domain(1, { value: 7 })],
    ['too-long', domain(1, { value: 'a'.repeat(2049) })],
    ['too-long', { type: 'indicator', id: `indicator--${uuid(1)}`, pattern: `[domain-name:value = '${'a'.repeat(100_001)}']` }],
  ])('leaves out as %s: %j', (reason, object) => {
    expect(reasonOf(object)).toEqual([reason]);
  });

  it('takes the same object once, and a newer version of it as well', () => {
    const file = read([domain(1, { modified: 'a' }), domain(1, { modified: 'a' }), domain(1, { modified: 'b' })]);
    expect(file.items).toHaveLength(2);
    expect(file.rejected).toEqual([{ index: 1, type: 'domain-name', id: `domain-name--${uuid(1)}`, reason: 'duplicate-id' }]);
  });

  it('names that every object inherits are types like any other', () => {
    for (const type of ['constructor', 'valueof']) {
      const file = read([{ type, id: `${type}--${uuid(1)}`, value: 'x', object_marking_refs: ['constructor', 'toString', 'hasOwnProperty'] }]);
      expect(file.items).toMatchObject([{ tlp: 'AMBER', body: { kind: 'other', observables: [] } }]);
      expect(Value.Check(IntelSchema, file.items[0]?.body)).toBe(true);
      expect(() => structuredClone(file)).not.toThrow();
    }
  });

  it('pollutes nothing', () => {
    read([JSON.parse('{"type":"x","__proto__":{"polluted":true}}')]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    ['marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9', 'CLEAR'],
    ['marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da', 'GREEN'],
    ['marking-definition--f88d31f6-486f-44da-b317-01333bde0b82', 'AMBER'],
    ['marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed', 'RED'],
    ['marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003', 'AMBER+STRICT'],
    ['marking-definition--00000000-0000-4000-8000-00000000ffff', 'AMBER'],
  ])('reads marking %s as TLP:%s', (ref, tlp) => {
    expect(only([domain(1, { object_marking_refs: [ref] })])[0]?.tlp).toBe(tlp);
  });

  it('takes the strictest of several markings, AMBER where there is none, and the markings a bundle defines', () => {
    const own = { type: 'marking-definition', id: `marking-definition--${uuid(5)}`, definition_type: 'tlp', definition: { tlp: 'white' } };
    const unknown = { type: 'marking-definition', id: `marking-definition--${uuid(6)}`, definition_type: 'tlp', definition: { tlp: 'purple' } };
    const refs = (object_marking_refs: readonly string[]) => read([own, unknown, domain(1, { object_marking_refs })]).items[0]?.tlp;
    expect(refs(['marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9', 'marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed'])).toBe('RED');
    expect([refs([]), refs([own.id]), refs([unknown.id])]).toEqual(['AMBER', 'CLEAR', 'AMBER']);
  });

  it('replaces lone surrogates, which cannot be stored, and keeps pairs', () => {
    const [item] = only([{ type: 'malware', id: `malware--${uuid(1)}`, name: 'a\ud800b \ud83d\ude00', description: `${'x'.repeat(49_999)}\ud83d\ude00`, labels: ['\udc00'] }]);
    expect(item?.body.title).toBe('a\ufffdb \ud83d\ude00');
    expect(item?.body.labels).toEqual(['\ufffd']);
    expect(item?.body.description.at(-1)).toBe('\ufffd');
    expect(JSON.stringify(item)).not.toMatch(/\\ud[89a-f]/i);
  });

  it('splits more than 500 observables into parts that lose none', () => {
    const values = Array.from({ length: 1234 }, (_, i) => `'h${i}.example'`);
    const items = only([{ type: 'indicator', id: `indicator--${uuid(1)}`, name: 'many', pattern: `[domain-name:value IN (${values.join(', ')}, 'H7.example')]` }]);
    expect(items.map(({ body }) => [body.part, body.parts, body.observables.length])).toEqual([
      [1, 3, 500],
      [2, 3, 500],
      [3, 3, 234],
    ]);
    expect(new Set(items.flatMap(({ body }) => body.observables.map(({ key }) => key))).size).toBe(1234);
    expect(new Set(items.map(({ sourceKey }) => sourceKey)).size).toBe(3);
  });

  it('reads 200,000 relationships of one object in good time and keeps 2000', () => {
    const objects = [
      domain(0),
      ...Array.from({ length: 200_000 }, (_, i) => ({
        type: 'relationship',
        id: `relationship--${uuid(i)}`,
        relationship_type: 'uses',
        source_ref: `domain-name--${uuid(0)}`,
        target_ref: `malware--${uuid(i)}`,
      })),
    ];
    const started = performance.now();
    const file = read(objects);
    expect(performance.now() - started).toBeLessThan(8000);
    expect([file.folded, file.items[0]?.body.relations.length]).toEqual([200_000, 2000]);
  }, 20_000);
});
