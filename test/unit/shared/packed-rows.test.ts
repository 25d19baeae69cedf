import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packRows, unpackRows } from '#shared/contract/packed-rows.ts';
import type { PulledRow } from '#shared/contract/sync.ts';
import { fromCbor, toCbor } from '#shared/contract/wire.ts';
import { TLP } from '#shared/schema/record.ts';

const uuid = fc.uuid();
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((value) => Uint8Array.from(value));
const hex = (minLength: number, maxLength: number) => fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength, maxLength }).map((digits) => digits.join(''));
const bucket = fc.constantFrom('u:la', 'u:ph', 't:falcon', 'community');
const wrap = fc.record({ b: bucket, e: fc.nat({ max: 3 }), k: bytes(60) }, { noNullPrototype: true });
const record = fc.record(
  {
    id: uuid,
    entity: fc.constantFrom('case', 'brief'),
    owner: fc.constantFrom('la', 'ph'),
    audience: fc.uniqueArray(bucket, { minLength: 1 }),
    tlp: fc.constantFrom(...TLP),
    rev: hex(8, 24),
    deleted: fc.boolean(),
    author: uuid,
    ref: fc.oneof(fc.constant(''), uuid, hex(1, 36)),
    body: bytes(80),
    wraps: fc.array(fc.oneof(wrap, fc.record({ b: bucket, e: fc.constant(0), k: bytes(60), eph: bytes(32) }, { noNullPrototype: true })), { maxLength: 3 }),
    sig: bytes(64),
  },
  { noNullPrototype: true },
);
const rows = fc.array(record, { maxLength: 8 });
const gone = fc.array(
  uuid.map((id) => ({ id, gone: true as const })),
  { maxLength: 4 },
);

describe('packed rows', () => {
  it('come out of the wire as they went in', () => {
    fc.assert(
      fc.property(rows, gone, (records, tombstones) => {
        const all: PulledRow[] = [...records, ...tombstones];
        expect(unpackRows(fromCbor(toCbor(packRows(all))), all.length, sha256)).toEqual(all);
      }),
    );
  });

  it('keep apart what a restored hub had from what it got since', () => {
    const [one, two] = fc.sample(record, { numRuns: 2, seed: 1 });
    if (!one || !two) throw new Error('no sample');
    const all: PulledRow[] = [{ ...one, past: true }, one, { ...two, past: true }];
    expect(unpackRows(fromCbor(toCbor(packRows(all))), all.length, sha256)).toEqual(all);
  });

  it('say what repeats once', () => {
    const [one] = fc.sample(record, { numRuns: 1, seed: 1 });
    if (!one) throw new Error('no sample');
    expect(packRows([one, { ...one, rev: 'aa' }])[0]).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['no columns', []],
    ['half an id', [[], [], new Uint8Array(8), [], [], [], [], [], new Uint8Array()]],
    ['columns of different length', [[], [], new Uint8Array(16), [], [], [], [], [], new Uint8Array()]],
    ['a head that is not there', [[], [5], new Uint8Array(16), [''], [''], [[]], [new Uint8Array()], [new Uint8Array()], new Uint8Array()]],
    ['more rows than allowed', [[], [], new Uint8Array(), [], [], [], [], [], new Uint8Array(16 * 9)]],
  ])('refuse %s', (_name, value) => {
    expect(() => unpackRows(value, 8, sha256)).toThrow();
  });

  it('are not made of ids that are no UUIDs', () => {
    expect(() => packRows([{ id: 'x', gone: true }])).toThrow('no UUID');
  });

  it('hash nothing large for every row because one head of theirs is', () => {
    const one = {
      id: '0190a0b0-0000-7000-8000-000000000001',
      entity: 'case',
      owner: 'la',
      audience: ['u:la'],
      tlp: 'AMBER',
      rev: 'ab'.repeat(6),
      deleted: false,
      author: '0190a0b0-0000-7000-8000-000000000002',
    } as const;
    const base = packRows([{ ...one, audience: ['u:la'], ref: '', body: Uint8Array.of(1), wraps: [], sig: new Uint8Array(64) }]);
    const group = [new Uint8Array(64), 2, new Uint8Array(32), [0, -1]];
    const withHead = (change: Readonly<Record<number, unknown>>): unknown[] => {
      const copy = structuredClone(base) as unknown as unknown[][];
      const head = copy[0]?.[0] as unknown[];
      for (const [place, value] of Object.entries(change)) head[Number(place)] = value;
      return copy.with(6, [null]).with(7, [group]);
    };
    let hashed = 0;
    const counting = (bytes: Uint8Array): Uint8Array => {
      hashed += bytes.length;
      return sha256(bytes);
    };
    expect(unpackRows(withHead({}), 1, counting)).toHaveLength(1);
    expect(hashed).toBeLessThan(1000);
    hashed = 0;
    const large = Array.from({ length: 1000 }, () => 7);
    for (const change of [{ 0: large }, { 1: 'x'.repeat(1000) }, { 2: large }, { 3: new Map([[1, large]]) }, { 4: large }, { 5: large }])
      expect(() => unpackRows(withHead(change), 1, counting)).toThrow();
    expect(hashed).toBe(0);
  });
});
