import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { IntelSchema } from '#shared/schema/intel.ts';
import { TLP } from '#shared/schema/record.ts';
import type { IntakeFile } from '#shared/intake/intake-file.ts';
import { readMispEvents } from '#shared/intake/misp.ts';
import { readIntakeFile } from '#shared/intake/read-file.ts';
import { readStixBundle } from '#shared/intake/stix.ts';

const NAMES = [
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'valueof',
  'tlp:red',
  "[url:value = 'http://a.example/']",
  'a|b|c',
  '192.0.2.1',
  'x.example',
  '\ud800',
  '\udfff\ud83d',
  '\u202e',
  '\u0000',
  '',
  ' ',
];
const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NAMES) },
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ minLength: 490, maxLength: 520 }),
  fc.nat(3000).map((n) => 'ກ'.repeat(n)),
);
const json = fc.jsonValue({ maxDepth: 3 });
const uuid = fc.nat(5).map((n) => `00000000-0000-4000-8000-00000000000${n}`);
const TYPES = [
  'indicator',
  'malware',
  'identity',
  'relationship',
  'marking-definition',
  'observed-data',
  'domain-name',
  'url',
  'file',
  'user-account',
  'autonomous-system',
  'constructor',
  'x-custom',
] as const;

/** Objects that look like STIX in most fields and are anything in the others. */
const stixObject = fc.constantFrom(...TYPES).chain((type) =>
  fc.record(
    {
      type: fc.oneof({ weight: 9, arbitrary: fc.constant(type as unknown) }, json),
      id: fc.oneof({ weight: 9, arbitrary: uuid.map((id) => `${type}--${id}` as unknown) }, json),
      modified: fc.oneof(text, json),
      created_by_ref: fc.oneof(
        uuid.map((id) => `identity--${id}`),
        json,
      ),
      name: fc.oneof(text, json),
      value: fc.oneof(text, json),
      description: fc.oneof(text, json),
      pattern: fc.oneof(text, json),
      pattern_type: fc.oneof(fc.constant('stix'), json),
      labels: fc.oneof(fc.array(text, { maxLength: 5 }), json),
      hashes: fc.oneof(fc.dictionary(text, text, { maxKeys: 3 }), json),
      objects: fc.oneof(fc.dictionary(text, json, { maxKeys: 3 }), json),
      source_ref: fc.oneof(
        uuid.map((id) => `malware--${id}`),
        json,
      ),
      relationship_type: fc.oneof(text, json),
      object_marking_refs: fc.oneof(fc.array(text, { maxLength: 4 }), json),
      definition: fc.oneof(fc.record({ tlp: text }), json),
      number: json,
      account_login: json,
    },
    { requiredKeys: ['type', 'id'] },
  ),
);

const attribute = fc.oneof(
  json,
  fc.record(
    {
      uuid: fc.oneof(uuid, json),
      type: fc.oneof(fc.constantFrom('domain', 'domain|ip', 'filename|md5', 'malware-sample', 'btc', 'phone-number', 'ip-src', 'text', 'constructor', 'toString'), json),
      value: fc.oneof(text, json),
      deleted: json,
      comment: fc.oneof(text, json),
    },
    { requiredKeys: [] },
  ),
);
const event = fc.record(
  {
    uuid: fc.oneof({ weight: 5, arbitrary: uuid as fc.Arbitrary<unknown> }, json),
    info: fc.oneof({ weight: 5, arbitrary: text as fc.Arbitrary<unknown> }, json),
    timestamp: fc.oneof(fc.double(), text, json),
    date: json,
    Tag: fc.oneof(fc.array(fc.record({ name: text }), { maxLength: 4 }), json),
    Attribute: fc.oneof(fc.array(attribute, { maxLength: 8 }), json),
    Orgc: json,
    Galaxy: json,
    EventReport: json,
    Object: fc.oneof(fc.array(fc.record({ name: json, comment: json, Attribute: fc.oneof(fc.array(attribute, { maxLength: 4 }), json) }), { maxLength: 3 }), json),
  },
  { requiredKeys: ['uuid', 'info'] },
);

function expectSound(file: IntakeFile): void {
  for (const item of file.items) {
    expect([...Value.Errors(IntelSchema, item.body)]).toEqual([]);
    expect(TLP).toContain(item.tlp);
    const texts: string[] = [];
    JSON.stringify(item.body, (_key, value: unknown) => (typeof value === 'string' && texts.push(value), value));
    expect(() => encodeURIComponent(texts.join(' ')), 'no lone surrogate').not.toThrow();
  }
  expect(() => structuredClone(file)).not.toThrow();
  for (const { index } of file.rejected) expect(index).toBeGreaterThanOrEqual(0);
}

describe('hostile files', () => {
  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readIntakeFile(bytes, 'f');
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.json(), (value) => {
        readIntakeFile(new TextEncoder().encode(value), 'f');
      }),
      { numRuns: 2000 },
    );
  });

  it('accounts for every STIX object, and every item is storable', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 9, arbitrary: stixObject as fc.Arbitrary<unknown> }, json), { maxLength: 12 }), fc.boolean(), (objects, old) => {
        const file = readStixBundle({ type: 'bundle', objects, ...(old ? { spec_version: '2.0' } : {}) }, 'f'.repeat(400));
        expectSound(file);
        expect(file.items.filter(({ body }) => body.part === 1).length + file.folded + file.rejected.length).toBe(objects.length);
      }),
      { numRuns: 3000 },
    );
  }, 60_000);

  it('accounts for every MISP event and attribute, and every item is storable', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 9, arbitrary: event.map((Event) => ({ Event }) as unknown) }, json), { minLength: 1, maxLength: 4 }), (entries) => {
        const file = readMispEvents(entries, 'f');
        expectSound(file);
        const first = file.items.filter(({ body }) => body.part === 1).length;
        const listed = (value: unknown) => (Array.isArray(value) ? value.length : 0);
        const attributes = (value: unknown) => {
          const { Attribute, Object: objects } = value as { Attribute?: unknown; Object?: unknown };
          return listed(Attribute) + (Array.isArray(objects) ? objects.reduce((sum: number, entry: unknown) => sum + (Array.isArray(entry) ? 0 : listed(Object(entry).Attribute)), 0) : 0);
        };
        const whole = entries.map((entry) => Object(entry).Event as unknown).filter((value) => value !== null && typeof value === 'object' && !Array.isArray(value));
        const accepted = whole.filter((value) => readMispEvents({ Event: value }, 'f').items.length > 0);
        expect(first).toBe(accepted.length);
        expect(file.folded + file.rejected.length).toBe(entries.length - accepted.length + accepted.reduce((sum: number, value) => sum + attributes(value), 0));
      }),
      { numRuns: 2000 },
    );
  }, 60_000);
});
