import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_GROUP, packSignatures, signedBy, signGroup, unpackSignatures, type PackedGroup } from '#shared/contract/signature-group.ts';
import { fromCbor, toCbor } from '#shared/contract/wire.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());
const ed25519 = (bytes: Uint8Array): Uint8Array => new Uint8Array(sign(null, bytes, privateKey));
const messageOf = (n: number): Uint8Array => new TextEncoder().encode(`record ${String(n)}`);
const groupOf = (size: number): Uint8Array[] =>
  signGroup(
    Array.from({ length: size }, (_, n) => messageOf(n)),
    sha256,
    ed25519,
  );
const isRight = (sig: Uint8Array, message: Uint8Array): boolean => {
  const signed = signedBy(sig, message, sha256);
  return signed !== undefined && verify(null, signed.bytes, publicKey, signed.signature);
};
/** Over the wire and back; `rows` are the messages of the signatures. */
const carried = (sigs: readonly Uint8Array[], rows: readonly number[]): unknown[] => {
  const { alone, groups } = fromCbor(toCbor(packSignatures(sigs))) as { readonly alone: unknown[]; readonly groups: unknown[] };
  return unpackSignatures(alone, groups, (row) => messageOf(rows[row] ?? -1), sha256);
};
const size = fc.integer({ min: 2, max: MAX_GROUP });

describe('a signature of a group', () => {
  it('holds for each of its records and for no other', () => {
    for (let members = 2; members <= MAX_GROUP; members++) {
      const sigs = groupOf(members);
      expect(sigs.every((sig, n) => isRight(sig, messageOf(n)))).toBe(true);
      expect(sigs.some((sig, n) => isRight(sig, messageOf((n + 1) % members)))).toBe(false);
    }
  });

  it('holds no more after any byte of it changed', () => {
    fc.assert(
      fc.property(size, fc.nat(), (members, n) => {
        const place = n % members;
        const sig = groupOf(members)[place] ?? new Uint8Array();
        for (let at = 0; at < sig.length; at++) {
          const other = Uint8Array.from(sig);
          other[at] = (other[at] ?? 0) ^ 1;
          expect(isRight(other, messageOf(place))).toBe(false);
        }
        for (const cut of [1, 32, sig.length - 65]) expect(isRight(sig.subarray(0, sig.length - cut), messageOf(place))).toBe(false);
        expect(isRight(Uint8Array.from([...sig, ...new Uint8Array(32)]), messageOf(place))).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  it('takes no inner node for a record', () => {
    // four records: the message that a forger shows is the pair of hashes a node is made of
    const [sig = new Uint8Array()] = groupOf(4);
    const leaf = (n: number) => sha256(Uint8Array.from([0, ...messageOf(n)]));
    const forged = Uint8Array.from([...sig.subarray(0, 64), 2, 0, ...sig.subarray(98)]);
    expect(isRight(forged, Uint8Array.from([...leaf(0), ...leaf(1)]))).toBe(false);
    expect(isRight(Uint8Array.from([...sig.subarray(0, 64), 4, 0, ...sig.subarray(98)]), Uint8Array.from([...leaf(0), ...leaf(1)]))).toBe(false);
  });

  it('travels with any part of its group, in any order, beside others, and comes out as it was', () => {
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 3 }), fc.infiniteStream(fc.boolean()), fc.nat(), fc.boolean(), (sizes, keep, turn, isShuffled) => {
        const all = sizes.flatMap((members) => groupOf(members).map((sig, row) => ({ sig, row })));
        const some = all.filter(() => keep.next().value).map(({ sig, row }, n) => (n % 7 === 3 ? { sig: ed25519(messageOf(row)), row } : { sig, row }));
        const shown = isShuffled ? some.map((_one, n) => some[(n * 7 + turn) % some.length]).filter((one, n, list) => one && list.indexOf(one) === n) : some;
        const rows = shown.flatMap((one) => one ?? []);
        expect(
          carried(
            rows.map(({ sig }) => sig),
            rows.map(({ row }) => row),
          ),
        ).toEqual(rows.map(({ sig }) => sig));
      }),
    );
  });

  it('costs a whole group little more than one signature', () => {
    const sigs = groupOf(MAX_GROUP);
    expect(sigs.map(({ length }) => length)).toEqual(Array.from({ length: MAX_GROUP }, () => 64 + 2 + 4 * 32));
    expect(toCbor(packSignatures(sigs)).length).toBeLessThan(64 + 3 * MAX_GROUP);
  });

  it('of another message comes out and holds neither for that nor for its neighbours', () => {
    const sigs = carried(groupOf(3), [7, 1, 2]) as Uint8Array[];
    expect([7, 1, 2].map((message, at) => isRight(sigs[at] ?? new Uint8Array(), messageOf(message)))).toEqual([false, false, false]);
  });

  const whole = packSignatures(groupOf(2)).groups[0] ?? ([new Uint8Array(64), 2, new Uint8Array(), 0] as PackedGroup);
  it.each<[string, unknown]>([
    ['nothing', null],
    ['half a signature', [new Uint8Array(32), ...whole.slice(1)]],
    ['one record', [whole[0], 1, whole[2], whole[3]]],
    ['more records than allowed', [whole[0], MAX_GROUP + 1, whole[2], whole[3]]],
    ['a size that is no number', [whole[0], Number.NaN, whole[2], whole[3]]],
    ['a row that is not there', [whole[0], 2, whole[2], 1]],
    ['a row before the first', [whole[0], 2, whole[2], [-2, 0]]],
    ['no row at all', [whole[0], 2, new Uint8Array(32), [-1, -1]]],
    ['a row twice', [whole[0], 2, whole[2], [0, 0]]],
    ['hashes too many', [whole[0], 2, new Uint8Array(32), 0]],
    ['hashes too few', [whole[0], 2, new Uint8Array(31), [0, -1]]],
  ])('refuses a group of %s', (_name, group) => {
    expect(() => unpackSignatures([null, null], [group], messageOf, sha256)).toThrow();
  });

  it('is of no group where none is named', () => {
    expect(() => unpackSignatures([null], [], messageOf, sha256)).toThrow('a row without a signature');
    expect(() => unpackSignatures([null, null], [whole, whole], messageOf, sha256)).toThrow();
    expect(() => signGroup([messageOf(0)], sha256, ed25519)).toThrow('no group');
  });
});
