import { toCbor } from './wire.ts';

/**
 * One Ed25519 signature for several records of one author: the root of a Merkle tree is signed, shaped and hashed as in RFC 9162 §2.1, and each record
 * carries the path from its leaf to the root, so it can be checked, kept and passed on alone. Where the records of a group travel together
 * the signature travels once and what can be reckoned from them stays away.
 */

/** Most records under one signature. The path of a record that is alone later weighs 32 bytes a level. */
export const MAX_GROUP = 16;
const SIGNATURE_BYTES = 64;
const HASH_BYTES = 32;

/** SHA-256 of the room that asks. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** A signature taken apart. */
interface Member {
  /** Ed25519 over {@link rootBytes}, 64 bytes. */
  readonly signature: Uint8Array;
  readonly size: number;
  readonly place: number;
  /** The hashes beside the way from the leaf to the root. */
  readonly path: readonly Uint8Array[];
}

/** What groups have in common where many signatures travel: signature, size, hashes that the rows do not give, places of the rows by leaf (-1 where it is not there), or the first of all in their order. */
export type PackedGroup = readonly [signature: Uint8Array, size: number, hashes: Uint8Array, places: number | readonly number[]];

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function leafHash(signingBytes: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(joined([Uint8Array.of(0), signingBytes]));
}

function nodeHash(left: Uint8Array, right: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(joined([Uint8Array.of(1), left, right]));
}

/** Where a tree of `size` leaves is divided: the largest power of two below it. */
function halfOf(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

/** The bytes an author signs for a group. */
function rootBytes(size: number, root: Uint8Array): Uint8Array {
  return toCbor(['suar-records-1', size, root]);
}

/**
 * The hash of the leaves `from` to `to`, putting into `paths` what stands beside the way of each leaf, from below. `take` answers the hash of leaves of which
 * none is here.
 */
function climb(from: number, to: number, leaves: readonly (Uint8Array | undefined)[], paths: Map<number, Uint8Array[]>, sha256: Sha256, take: () => Uint8Array): Uint8Array {
  if (leaves.slice(from, to).every((leaf) => leaf === undefined)) return take();
  const leaf = leaves[from];
  if (to - from === 1 && leaf) return leaf;
  const middle = from + halfOf(to - from);
  const left = climb(from, middle, leaves, paths, sha256, take);
  const right = climb(middle, to, leaves, paths, sha256, take);
  for (let at = from; at < to; at++) paths.get(at)?.push(at < middle ? right : left);
  return nodeHash(left, right, sha256);
}

function pathsFor(leaves: readonly (Uint8Array | undefined)[]): Map<number, Uint8Array[]> {
  return new Map(leaves.flatMap((leaf, place) => (leaf ? [[place, []] as const] : [])));
}

/** Signs 2 to {@link MAX_GROUP} messages at once: one signature for each, of 66 bytes and 32 for every level. */
export function signGroup(messages: readonly Uint8Array[], sha256: Sha256, sign: (bytes: Uint8Array) => Uint8Array): Uint8Array[] {
  if (messages.length < 2 || messages.length > MAX_GROUP) throw new Error('no group');
  const leaves = messages.map((message) => leafHash(message, sha256));
  const paths = pathsFor(leaves);
  const root = climb(0, leaves.length, leaves, paths, sha256, () => new Uint8Array());
  const signature = sign(rootBytes(leaves.length, root));
  return leaves.map((_leaf, place) => writeMember({ signature, size: leaves.length, place, path: paths.get(place) ?? [] }));
}

function writeMember({ signature, size, place, path }: Member): Uint8Array {
  return joined([signature, Uint8Array.of(size, place), ...path]);
}

/** Takes a signature of a group apart; undefined where it is none. */
function readMember(sig: Uint8Array): Member | undefined {
  const [size = 0, place = 0] = sig.subarray(SIGNATURE_BYTES, SIGNATURE_BYTES + 2);
  const rest = sig.length - SIGNATURE_BYTES - 2;
  if (size < 2 || size > MAX_GROUP || place >= size || rest !== HASH_BYTES * levelsOf(size, place)) return undefined;
  const path = Array.from({ length: rest / HASH_BYTES }, (_, at) => sig.subarray(SIGNATURE_BYTES + 2 + at * HASH_BYTES, SIGNATURE_BYTES + 2 + (at + 1) * HASH_BYTES));
  return { signature: sig.subarray(0, SIGNATURE_BYTES), size, place, path };
}

function levelsOf(size: number, place: number): number {
  if (size === 1) return 0;
  const half = halfOf(size);
  return 1 + (place < half ? levelsOf(half, place) : levelsOf(size - half, place - half));
}

/**
 * What the 64 bytes of Ed25519 in `sig` must sign so that `message` is signed: the message, or the root its path leads to. Undefined where `sig` has no
 * shape of a signature.
 */
export function signedBy(sig: Uint8Array, message: Uint8Array, sha256: Sha256): { readonly bytes: Uint8Array; readonly signature: Uint8Array } | undefined {
  if (sig.length === SIGNATURE_BYTES) return { bytes: message, signature: sig };
  const member = readMember(sig);
  if (!member) return undefined;
  const { signature, size, place, path } = member;
  const hashes = [...path].reverse();
  const rise = (count: number, at: number): Uint8Array => {
    const beside = count > 1 ? hashes.shift() : undefined;
    if (!beside) return leafHash(message, sha256);
    const half = halfOf(count);
    return at < half ? nodeHash(rise(half, at), beside, sha256) : nodeHash(beside, rise(count - half, at - half), sha256);
  };
  return { bytes: rootBytes(size, rise(size, place)), signature };
}

/** Signatures as they travel: null where a record's is in a group. */
export function packSignatures(sigs: readonly Uint8Array[]): { readonly alone: (Uint8Array | null)[]; readonly groups: PackedGroup[] } {
  const groups = new Map<string, { readonly first: Member; readonly at: Map<number, { readonly row: number; readonly member: Member }> }>();
  const alone = sigs.map((sig, row) => {
    const member = readMember(sig);
    if (!member) return sig;
    const name = `${String(member.size)} ${member.signature.join()}`;
    const group = groups.get(name) ?? { first: member, at: new Map<number, { readonly row: number; readonly member: Member }>() };
    if (group.at.has(member.place)) return sig;
    groups.set(name, group);
    group.at.set(member.place, { row, member });
    return null;
  });
  return {
    alone,
    groups: [...groups.values()].map(({ first: { signature, size }, at }) => {
      const rows = Array.from({ length: size }, (_, place) => at.get(place)?.row ?? -1);
      const [start = 0] = rows;
      const isRun = start >= 0 && rows.every((row, place) => row === start + place);
      return [signature, size, joined(missingHashes(0, size, 0, at)), isRun ? start : rows];
    }),
  };
}

/** The hashes of leaves of which none is here, in the order {@link climb} asks for them. */
function missingHashes(from: number, to: number, depth: number, at: ReadonlyMap<number, { readonly member: Member }>): Uint8Array[] {
  if (to - from === 1) return [];
  const middle = from + halfOf(to - from);
  const someOf = (low: number, high: number) => Array.from({ length: high - low }, (_, n) => at.get(low + n)?.member).find((member) => member !== undefined);
  const [left, right] = [someOf(from, middle), someOf(middle, to)];
  const beside = ({ path }: Member) => path.slice(path.length - 1 - depth, path.length - depth);
  return [...(left ? missingHashes(from, middle, depth + 1, at) : right ? beside(right) : []), ...(right ? missingHashes(middle, to, depth + 1, at) : left ? beside(left) : [])];
}

/** The signatures of {@link packSignatures} in full, from outside: `messageOf` answers what a row's author signed. Throws where they do not fit. */
export function unpackSignatures(alone: readonly unknown[], groups: readonly unknown[], messageOf: (row: number) => Uint8Array, sha256: Sha256): unknown[] {
  const sigs = [...alone];
  for (const group of groups) {
    const [signature, size, hashes, places] = Array.isArray(group) ? (group as unknown[]) : [];
    if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_BYTES || !(hashes instanceof Uint8Array) || typeof size !== 'number') throw new Error('no group');
    if (!Number.isInteger(size) || size < 2 || size > MAX_GROUP) throw new Error('no size of a group');
    const rows = Array.from({ length: size }, (_, place) => (Array.isArray(places) ? Number(places[place]) : Number(places) + place));
    const leaves = rows.map((row) => (row === -1 ? undefined : leafHash(messageOf(row), sha256)));
    if (rows.some((row) => row !== -1 && sigs[row] !== null) || leaves.every((leaf) => leaf === undefined)) throw new Error('a row that is of no group');
    let used = 0;
    const paths = pathsFor(leaves);
    climb(0, size, leaves, paths, sha256, () => hashes.subarray(used, (used += HASH_BYTES)));
    if (used !== hashes.length) throw new Error('hashes that do not fit');
    for (const [place, path] of paths) sigs[rows[place] ?? -1] = writeMember({ signature, size, place, path });
  }
  if (sigs.includes(null)) throw new Error('a row without a signature');
  return sigs;
}
