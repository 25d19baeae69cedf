import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MAX_PARCEL_BYTES, MAX_PARCEL_ROWS, parcelAad, readFrameParcels, readPushedParcels, type FrameParcel, type PushedParcel } from '#shared/contract/parcel.ts';
import type { PushRow } from '#shared/contract/sync.ts';
import { fromCbor, toCbor } from '#shared/contract/wire.ts';
import { privateKeyOf } from '../../../src-main/keys/identity.ts';
import { deriveKey, seal } from '../../../src-main/keys/sealed-box.ts';
import { createParcelReader, sealRows, type RowContext } from '../../../src-main/link/exchange.ts';
import { makeParcels, restoreBodies, type Texts } from '../../../src-main/link/parcels.ts';
import { signRows, type UnsignedRow } from '../../../src-main/link/signing.ts';
import { bucketKeysOf } from '../../../src-main/link/unit-keys.ts';
import { admittedDevice, caseRecord, directoryOf, listed, withBucketKey } from './device.ts';

const lao = admittedDevice('la');
const manila = admittedDevice('ph');
const identity = withBucketKey(lao.identity, 't:op', 1, randomBytes(32));
const keys = bucketKeysOf(identity);
const contextOf = (own: typeof identity): RowContext => ({
  identity: () => own,
  ledger: { get: () => undefined, note: () => undefined },
  directory: () => ({ ...directoryOf(own, { la: lao.unitKey, ph: manila.unitKey }), devices: [listed(lao.identity), listed(manila.identity)] }),
  refreshDirectory: () => Promise.resolve(undefined),
  expectPurge: () => undefined,
  countUnreadable: () => undefined,
});
const id = (n: number) => `0190a0b0-0000-7000-8000-${String(n).padStart(12, '0')}`;
const docOf = (n: number, over: Parameters<typeof caseRecord>[0] = {}) =>
  caseRecord({
    id: id(n),
    rev: n.toString(16).padStart(24, 'a'),
    author: identity.deviceId,
    body: { ...caseRecord().body, title: `CANARY ${String(n)}`, summary: `ໂອນເງິນ\nline ${String(n)}` },
    ...over,
  });

interface Sealed {
  readonly rows: readonly UnsignedRow[];
  readonly texts: Texts;
}
function sealedRows(docs: readonly ReturnType<typeof docOf>[], assumed: string | null = null): Sealed {
  const sealed = sealRows({ rows: docs.map((doc) => ({ doc, assumed })) }, contextOf(identity));
  if (!sealed.ok || sealed.value.rejected.length > 0) throw new Error('not sealed');
  return sealed.value;
}
const manyDocs = (count: number) => Array.from({ length: count }, (_, n) => docOf(n));
/** What a device gets for a parcel of a push: its rows without bodies, one after the other. */
function arrived(rows: readonly PushRow[], [places, content]: PushedParcel) {
  const records = places.flatMap((place) => rows[place]?.rec ?? []).map((rec) => ({ ...rec, body: new Uint8Array() }));
  return { records, parcel: [0, records.length, content] as FrameParcel };
}

describe('a parcel', () => {
  it('brings back the very bodies its records were pushed with, so that their signatures hold', async () => {
    const { rows, texts } = sealedRows(manyDocs(2 * MAX_PARCEL_ROWS + 5).reverse());
    const signed = signRows(rows, privateKeyOf(identity.signKey));
    const parcels = readPushedParcels(fromCbor(toCbor(makeParcels(rows, texts, keys))), rows.length);
    expect(parcels.map(([places]) => places.length)).toEqual([MAX_PARCEL_ROWS, MAX_PARCEL_ROWS, 5]);
    for (const parcel of parcels) {
      const { records, parcel: framed } = arrived(signed, parcel);
      // the order in which the hub hands them out
      expect(records.map((rec) => rec.id)).toEqual(records.map((rec) => rec.id).sort());
      expect(restoreBodies(records, readFrameParcels(fromCbor(toCbor([framed])), records.length), keys)).toBe(true);
      for (const rec of records) expect(rec).toEqual(signed.find((row) => row.rec.id === rec.id)?.rec);
      expect(await createParcelReader(contextOf(identity)).areSigned(records)).toBe(true);
    }
  });

  it('weighs a third of the bodies, and hides every word', () => {
    const { rows, texts } = sealedRows(manyDocs(MAX_PARCEL_ROWS));
    const [[, content] = [[], new Uint8Array()]] = makeParcels(rows, texts, keys);
    expect(content.length).toBeLessThan(rows.reduce((sum, { rec }) => sum + rec.body.length, 0) / 3);
    expect(Buffer.from(content).toString('latin1')).not.toContain('CANARY');
  });

  it('is made of new records whose whole audience is one bucket, of each bucket apart', () => {
    const home = sealedRows(manyDocs(4));
    expect(makeParcels(home.rows, home.texts, keys)).toHaveLength(1);
    const edits = sealedRows(manyDocs(4), 'b'.repeat(24));
    const two = sealedRows(manyDocs(4).map((doc) => ({ ...doc, audience: ['t:op', 'u:la'] })));
    const gone = sealedRows(manyDocs(4).map((doc) => ({ ...doc, _deleted: true })));
    const few = sealedRows(manyDocs(2));
    for (const { rows, texts } of [edits, two, gone, few]) expect(makeParcels(rows, texts, keys)).toEqual([]);
    const mixed = sealedRows(Array.from({ length: 8 }, (_, n) => docOf(n, { audience: [n % 2 ? 't:op' : 'u:la'] })));
    expect(makeParcels(mixed.rows, mixed.texts, keys).map(([places]) => places)).toEqual([
      [0, 2, 4, 6],
      [1, 3, 5, 7],
    ]);
  });

  it('is divided where it is too large, and left out where nothing is saved', () => {
    const long = (n: number) => Array.from({ length: 500 }, (_, at) => `word${String((at * 7919 + n * 104_729) % 4001)}`).join(' ');
    const large = sealedRows(Array.from({ length: MAX_PARCEL_ROWS }, (_, n) => docOf(n, { body: { ...docOf(n).body, summary: long(n) } })));
    const parcels = makeParcels(large.rows, large.texts, keys);
    for (const [, content] of parcels) expect(content.length).toBeLessThanOrEqual(MAX_PARCEL_BYTES);
    const random = sealedRows(Array.from({ length: 8 }, (_, n) => docOf(n, { body: { ...docOf(n).body, summary: randomBytes(400).toString('base64') } })));
    expect(makeParcels(random.rows, random.texts, keys)).toEqual([]);
  });

  it('opens for who holds the key of its bucket alone, whole, in its place', () => {
    const { rows, texts } = sealedRows(manyDocs(6));
    const [pushed] = makeParcels(rows, texts, keys);
    if (!pushed) throw new Error('no parcel');
    const attempt = (parcel: (content: Uint8Array) => FrameParcel, own = keys): boolean => {
      const { records } = arrived(signRows(rows, privateKeyOf(identity.signKey)), pushed);
      return restoreBodies(records, [parcel(pushed[1])], own);
    };
    expect(attempt((content) => [0, 6, content])).toBe(true);
    expect(attempt((content) => [0, 6, content], bucketKeysOf(manila.identity))).toBe(false);
    expect(attempt((content) => [0, 5, content])).toBe(false);
    expect(attempt((content) => [1, 5, content])).toBe(false);
    for (let at = 0; at < pushed[1].length; at += 7) {
      const altered = Uint8Array.from(pushed[1]);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(attempt(() => [0, 6, altered])).toBe(false);
    }
  });

  it('made by a member with other texts, fewer of them or a bomb brings nothing in: no signature holds, or it does not open', async () => {
    const { rows } = sealedRows(manyDocs(4));
    const signed = signRows(rows, privateKeyOf(identity.signKey));
    const own = keys.current('u:la');
    if (!own) throw new Error('no key');
    const aad = parcelAad('u:la', own.epoch, 4);
    const forge = (text: string | Buffer) => seal(deriveKey(own.key, aad, 'suar-parcel-1'), deflateRawSync(text), aad);
    const { records } = arrived(signed, [[0, 1, 2, 3], forge('x')]);
    expect(restoreBodies(records, [[0, 4, forge('{"a":1}\n{}\n{}\n{}')]], keys)).toBe(true);
    expect(await createParcelReader(contextOf(identity)).areSigned(records)).toBe(false);
    expect(restoreBodies(records, [[0, 4, forge('one\ntwo')]], keys)).toBe(false);
    expect(restoreBodies(records, [[0, 4, forge(Buffer.alloc(4 * 1024 * 1024, 10))]], keys)).toBe(false);
    expect(restoreBodies(records, [[0, 4, seal(deriveKey(own.key, aad, 'suar-parcel-1'), randomBytes(40), aad)]], keys)).toBe(false);
    // of an author nobody knows
    const stranger = createParcelReader({ ...contextOf(identity), directory: () => directoryOf(identity, {}, { devices: [] }) });
    expect(await stranger.areSigned(signed.map(({ rec }) => rec))).toBe(false);
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a place twice', [[[0, 0, 1], new Uint8Array(9)]]],
    ['a place that is not there', [[[0, 1, 4], new Uint8Array(9)]]],
    ['too few rows', [[[0, 1], new Uint8Array(9)]]],
    ['no content', [[[0, 1, 2], 'x']]],
    ['too much content', [[[0, 1, 2], new Uint8Array(MAX_PARCEL_BYTES + 1)]]],
  ])('of a push with %s is refused', (_name, value) => {
    expect(() => readPushedParcels(value, 4)).toThrow();
  });

  it.each<[string, unknown]>([
    ['rows that are not there', [[0, 5, new Uint8Array(9)]]],
    [
      'rows of another',
      [
        [0, 3, new Uint8Array(9)],
        [2, 3, new Uint8Array(9)],
      ],
    ],
    ['half a row', [[0.5, 3, new Uint8Array(9)]]],
    ['rows before the first', [[-1, 3, new Uint8Array(9)]]],
  ])('of a frame with %s is refused', (_name, value) => {
    expect(() => readFrameParcels(value, 4)).toThrow();
  });
});
