import { randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { WireRecord } from '#shared/contract/sync.ts';
import { recordSigningBytes, sealAad, toCbor } from '#shared/contract/wire.ts';
import { privateKeyOf } from '../../../src-main/keys/identity.ts';
import { seal } from '../../../src-main/keys/sealed-box.ts';
import { openWithPrivateKey, sealToPublicKey } from '../../../src-main/keys/hpke.ts';
import { openBody, openRecord, sealRecord, wrapContentKey, type BucketKeys } from '../../../src-main/link/sealing.ts';
import { sha256, signRows, verifySignature } from '../../../src-main/link/signing.ts';
import { bucketKeysOf } from '../../../src-main/link/unit-keys.ts';
import { admittedDevice, caseRecord, sealedBy, withBucketKey } from './device.ts';

const manila = admittedDevice('ph');
const vientiane = admittedDevice('la', [manila]);
const vanuatu = admittedDevice('vu');
const signKey = privateKeyOf(vientiane.identity.signKey);
const taskKey = randomBytes(32);
const la = bucketKeysOf(withBucketKey(vientiane.identity, 't:op', 2, taskKey));
const ph = bucketKeysOf(withBucketKey(manila.identity, 't:op', 2, taskKey));
const vu = bucketKeysOf(vanuatu.identity);
const doc = (over: Parameters<typeof caseRecord>[0] = {}) => caseRecord({ author: vientiane.identity.deviceId, ...over });

const sealed = (over: Parameters<typeof caseRecord>[0] = {}): WireRecord => sealedBy(vientiane.identity, doc(over), la);
const opens = (rec: WireRecord, keys: BucketKeys) => {
  const opened = openRecord(rec, vientiane.signKey, keys);
  return 'doc' in opened ? opened.doc : 'refused' in opened ? opened.refused : opened;
};
/** A record signed by its author around any plain text. */
function packed(plain: Uint8Array, header = doc()): WireRecord {
  const { id, entity, owner, tlp, rev, author, ref } = header;
  const contentKey = randomBytes(32);
  const body = seal(contentKey, plain, sealAad(header));
  const wrapped = wrapContentKey(contentKey, id, rev, ['u:la'], la);
  if (!('wraps' in wrapped)) throw new Error('no key');
  const head = { id, entity, owner, tlp, rev, deleted: false, author, ref };
  return { ...head, audience: ['u:la'], body, wraps: wrapped.wraps, sig: sign(null, recordSigningBytes(head, sha256(body)), signKey) };
}

describe('sealing', () => {
  it('opens for the own unit, another unit and a taskforce, to the record that was sealed', () => {
    const record = doc({ audience: ['t:op', 'u:la', 'u:ph'] });
    const rec = sealed(record);
    expect(rec.wraps.map(({ b, e }) => `${b} ${e}`)).toEqual(['t:op 2', 'u:la 1', 'u:ph 0']);
    expect(opens(rec, la)).toEqual(record);
    expect(opens({ ...rec, wraps: rec.wraps.slice(2) }, ph)).toEqual(record);
    expect(opens({ ...rec, wraps: rec.wraps.slice(0, 1) }, ph)).toEqual(record);
  });

  it('opens for nobody else: another unit, a device not yet admitted, another epoch', () => {
    const rec = sealed({ audience: ['t:op', 'u:la', 'u:ph'] });
    expect(opens(rec, vu)).toBe('key');
    expect(opens(rec, bucketKeysOf({ ...vientiane.identity, unitConfirmed: false }))).toBe('key');
    expect(opens(rec, bucketKeysOf(withBucketKey(vanuatu.identity, 't:op', 1, taskKey)))).toBe('key');
    expect(opens({ ...rec, wraps: rec.wraps.map((wrap) => ({ ...wrap, b: 'u:vu' })) }, vu)).toBe('key');
  });

  it('hides every word of the record and its status', () => {
    const text = Buffer.from(toCbor(sealed({ body: { ...doc().body, title: 'CANARY-1', summary: 'CANARY-2' }, status: 'waiting' }))).toString('latin1');
    for (const word of ['CANARY', 'waiting', 'title', 'fraud', '1795300000000']) expect(text).not.toContain(word);
  });

  it('refuses any altered byte of what the author signed', () => {
    const rec = sealed();
    for (const field of ['body', 'sig'] as const) {
      for (let at = 0; at < rec[field].length; at++) {
        const bytes = Uint8Array.from(rec[field]);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        expect(opens({ ...rec, [field]: bytes }, la)).toBe('signature');
      }
    }
    for (const change of [
      { id: '0190a0b0-0000-7000-8000-000000000002' },
      { entity: 'brief' },
      { owner: 'ph' },
      { tlp: 'CLEAR' as const },
      { rev: 'b'.repeat(24) },
      { deleted: true },
      { author: manila.identity.deviceId },
      { ref: 'x' },
    ])
      expect(opens({ ...rec, ...change }, la)).toBe('signature');
  });

  it('refuses any altered byte of a signature that several records share', () => {
    const ids = ['1', '2', '3'].map((end) => `0190a0b0-0000-7000-8000-00000000000${end}`);
    const drafts = ids.flatMap((id) => {
      const draft = sealRecord(doc({ id }), la);
      return 'rec' in draft ? [{ rec: draft.rec, assumed: null }] : [];
    });
    const [first, second, third] = signRows(drafts, signKey).map(({ rec }) => rec);
    if (!first || !second || !third) throw new Error('not signed');
    for (const rec of [first, second, third]) expect(opens(rec, la)).toMatchObject({ id: rec.id });
    for (let at = 0; at < first.sig.length; at++) {
      const sig = Uint8Array.from(first.sig);
      sig[at] = (sig[at] ?? 0) ^ 1;
      expect(opens({ ...first, sig }, la)).toBe('signature');
    }
    expect(opens({ ...first, sig: second.sig }, la)).toBe('signature');
    expect(opens({ ...first, rev: second.rev.replace('a', 'b') }, la)).toBe('signature');
    expect(openRecord(first, manila.signKey, la)).toEqual({ refused: 'signature' });
  });

  it('seals one version in one way, and another text under another nonce', () => {
    const [one, again, other] = [sealed(), sealed(), sealed({ status: 'waiting' })];
    expect(again).toEqual(one);
    expect(Buffer.from(other.body.subarray(0, 12))).not.toEqual(Buffer.from(one.body.subarray(0, 12)));
  });

  it('wraps no key for the bucket whose key it follows from, the own one first, and wraps it for the others', () => {
    const sizes = (audience: string[]) => sealed({ audience }).wraps.map(({ b, k }) => `${b} ${String(k.length)}`);
    expect(sizes(['u:la'])).toEqual(['u:la 0']);
    expect(sizes(['t:op', 'u:la', 'u:ph'])).toEqual(['t:op 60', 'u:la 0', 'u:ph 48']);
    expect(sizes(['t:op', 'u:ph'])).toEqual(['t:op 0', 'u:ph 48']);
    expect(sizes(['u:ph'])).toEqual(['u:ph 48']);
    // the name of another record, version or bucket leads to another key
    const rec = sealed();
    for (const change of [{ id: '0190a0b0-0000-7000-8000-000000000002' }, { rev: 'b'.repeat(24) }, { wraps: [{ b: 't:op', e: 2, k: new Uint8Array() }] }])
      expect(openBody({ ...rec, ...change }, la)).toBe('key');
    expect(openBody({ ...rec, wraps: [{ b: 't:op', e: 2, k: new Uint8Array() }, ...rec.wraps] }, la)).toHaveProperty('contentKey');
  });

  it('refuses any altered byte of a wrap, a wrap of another record and a wrap of another bucket', () => {
    const rec = sealed({ audience: ['u:ph'] });
    const [wrap] = rec.wraps;
    if (!wrap?.eph) throw new Error('no wrap');
    for (const field of ['k', 'eph'] as const) {
      for (let at = 0; at < (wrap[field]?.length ?? 0); at++) {
        const bytes = Uint8Array.from(wrap[field] ?? []);
        bytes[at] = (bytes[at] ?? 0) ^ (field === 'eph' && at === 31 ? 1 : 0x41);
        expect(opens({ ...rec, wraps: [{ ...wrap, [field]: bytes }] }, ph)).toBe('key');
      }
    }
    const other = sealed({ id: '0190a0b0-0000-7000-8000-000000000009', audience: ['u:ph'] });
    expect(opens({ ...rec, wraps: other.wraps }, ph)).toBe('key');
    expect(opens({ ...rec, wraps: [] }, ph)).toBe('key');
  });

  it('refuses the signature of another device, of nobody, and of the wrong size', () => {
    const rec = sealed();
    expect(openRecord(rec, manila.signKey, la)).toEqual({ refused: 'signature' });
    expect(openRecord(rec, undefined, la)).toEqual({ refused: 'signature' });
    expect(openRecord({ ...rec, sig: new Uint8Array(0) }, vientiane.signKey, la)).toEqual({ refused: 'signature' });
    expect(verifySignature(new Uint8Array(31), rec.body, rec.sig)).toBe(false);
    expect(verifySignature(new Uint8Array(32), rec.body, rec.sig)).toBe(false);
  });

  it('lives on when a wrap carries a public key nobody can agree with', () => {
    const rec = sealed({ audience: ['u:la', 'u:ph'] });
    const one = Buffer.alloc(32);
    one[0] = 1;
    for (const eph of [Buffer.alloc(32), one]) {
      const poison = { b: 'u:la', e: 0, k: randomBytes(48), eph };
      expect(opens({ ...rec, wraps: [poison] }, la)).toBe('key');
      expect(opens({ ...rec, wraps: [poison, ...rec.wraps] }, la)).toMatchObject({ id: rec.id });
      expect(openWithPrivateKey(privateKeyOf(vientiane.identity.boxKey), Buffer.concat([eph, randomBytes(60)]), 'x')).toBeUndefined();
      expect(sealToPublicKey(eph, randomBytes(32), 'x')).toBeUndefined();
    }
    expect(wrapContentKey(randomBytes(32), 'r', 'v', ['u:zero'], { ...la, unitPublicKey: () => Buffer.alloc(32) })).toEqual({ missing: 'u:zero' });
  });

  it('ends a deflate bomb at its limit, and anything that is no record', () => {
    const bomb = deflateRawSync(Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(64 * 1024 * 1024, 0x41), Buffer.from('"}')]));
    expect(bomb.length).toBeLessThan(200_000);
    expect(opens(packed(bomb), la)).toBe('damaged');
    for (const plain of ['', 'not json', '{"a":']) expect(opens(packed(deflateRawSync(Buffer.from(plain))), la)).toBe('damaged');
    expect(opens(packed(randomBytes(50)), la)).toBe('damaged');
    for (const plain of ['null', '[]', '5', '{}', '{"__proto__":{"status":"x"}}', JSON.stringify({ ...doc(), extra: 1 })])
      expect(opens(packed(deflateRawSync(Buffer.from(plain))), la)).toBe('invalid');
  });

  it('refuses a body that does not fit its entity, an unknown entity, and a version it does not know', () => {
    const inside = (over: object, header = doc()) =>
      opens(packed(deflateRawSync(Buffer.from(JSON.stringify({ status: 'new', updatedAt: header.updatedAt, schemaVersion: 1, conflicts: [], body: header.body, ...over }))), header), la);
    expect(inside({})).toMatchObject({ status: 'new' });
    expect(inside({ body: { title: 5 } })).toBe('invalid');
    expect(inside({ body: { ...doc().body, extra: 1 } })).toBe('invalid');
    expect(inside({ body: { ...doc().body, extra: 1 }, schemaVersion: 2 })).toBe('invalid');
    for (const entity of ['gossip', 'constructor', 'toString']) expect(inside({}, doc({ entity }))).toBe('invalid');
  });

  it('names a missing key and refuses what is too large', () => {
    expect(sealRecord(doc({ audience: ['u:la', 'u:vu'] }), la)).toEqual({ missing: 'u:vu' });
    expect(sealRecord(doc({ audience: ['t:none'] }), la)).toEqual({ missing: 't:none' });
    expect(sealRecord(doc({ body: { ...doc().body, summary: randomBytes(2_200_000).toString('latin1') } }), la)).toEqual({ tooLarge: true });
  });

  it('opens what was sealed with the first dictionary, which ends the second', () => {
    const dictionary = readFileSync('resources/wire/dictionary-2.txt');
    const first = dictionary.subarray(-3041);
    expect([first, dictionary].map((bytes) => Buffer.from(sha256(bytes)).toString('hex').slice(0, 16))).toEqual(['1c864b4882b44a57', '75008dc707ccb5c1']);
    const { audience, status, updatedAt, schemaVersion, conflicts, body } = doc();
    const plain = Buffer.from(JSON.stringify({ audience, status, updatedAt, schemaVersion, conflicts, body }));
    expect(opens(packed(deflateRawSync(plain, { dictionary: first })), la)).toEqual(doc());
    expect(opens(packed(deflateRawSync(plain, { dictionary: dictionary.subarray(0, -1) })), la)).not.toEqual(doc());
  });

  it('sends a deletion without content', () => {
    const rec = sealed({ _deleted: true, audience: ['u:la', 'u:vu'], body: { ...doc().body, title: 'secret' } });
    expect([rec.body.length, rec.wraps, rec.audience]).toEqual([0, [], ['u:la', 'u:vu']]);
    expect(opens(rec, vu)).toEqual({ deleted: rec.id });
    expect(opens({ ...rec, deleted: false }, la)).toBe('signature');
    expect(opens({ ...rec, rev: 'c'.repeat(24) }, la)).toBe('signature');
  });

  it('keeps a 966-byte document under 600 bytes on the wire, keys and signature included', () => {
    const base = doc({ body: { ...doc().body, summary: '' } });
    const summary = 'The victim transferred the amount to a mule account after a call from a supposed courier. '.repeat(10).slice(0, 966 - JSON.stringify(base).length);
    const record = doc({ body: { ...doc().body, summary } });
    expect(JSON.stringify(record).length).toBe(966);
    const size = toCbor(sealed(record)).length;
    console.log(`966 B document: ${size} B sealed for one reader`);
    expect(size).toBeLessThan(540);
  });
});
