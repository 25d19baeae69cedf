import { createHash, createPublicKey, diffieHellman, generateKeyPairSync, randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { bytesToHex } from '#shared/base/ids.ts';
import { MAX_BODY_BYTES, type WireRecord, type Wrap } from '#shared/contract/sync.ts';
import { recordSigningBytes, sealAad, wrapAad } from '#shared/contract/wire.ts';
import { ReplicatedSchema, type Replicated } from '#shared/contract/ipc.ts';
import { entityDefinition } from '#shared/entities.ts';
import { FITS_BODY } from '#shared/schema/checks.generated.ts';
import { fits } from '../fits.ts';
import { rawPublicKey } from '../keys/identity.ts';
import { deriveKey, open, seal } from '../keys/sealed-box.ts';
import dictionaryText from '../../resources/wire/dictionary-2.txt?raw';

/**
 * The preset dictionary of deflate, version 2: the words of the interface's terms, statements, cases and briefs in six languages, then version 1, the
 * skeletons of records. Frozen, because both ends need the same bytes. Distances count from its end, so what was sealed with version 1 opens too.
 */
const DICTIONARY = Buffer.from(dictionaryText);
/** Largest plain text of one record, in bytes; a longer one is a bomb. */
const MAX_PLAIN_BYTES = 4 * 1024 * 1024;
/** Largest plain text of a claim or a receipt, in bytes. */
const MAX_CODED_BYTES = 16 * 1024;

/** The keys of this device, by what they open. */
export interface BucketKeys {
  /** Newest symmetric key of a bucket this unit is a member of. */
  readonly current: (bucket: string) => { readonly epoch: number; readonly key: Uint8Array } | undefined;
  readonly ofEpoch: (bucket: string, epoch: number) => Uint8Array | undefined;
  /** Pinned X25519 public key of a unit (raw 32 bytes). */
  readonly unitPublicKey: (unit: string) => Uint8Array | undefined;
  /** The own unit's bucket and its private keys, newest first. */
  readonly own: { readonly bucket: string; readonly privateKeys: readonly KeyObject[] } | undefined;
}

const RAW_X25519 = Buffer.from('302a300506032b656e032100', 'hex');
const RAW_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

function importRaw(prefix: Buffer, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([prefix, raw]), format: 'der', type: 'spki' });
}

/** X25519 public key of 32 raw bytes. */
export function x25519PublicKey(raw: Uint8Array): KeyObject {
  return importRaw(RAW_X25519, raw);
}

/** Public keys of authors, imported: that costs as much as a signature, and a page has few authors. Nothing secret, so it outlives a lock. */
const authors = new Map<string, KeyObject>();
const MAX_AUTHORS = 1000;

function authorKeyOf(raw: Uint8Array): KeyObject {
  const name = Buffer.from(raw).toString('latin1');
  const known = authors.get(name);
  if (known) return known;
  const key = importRaw(RAW_ED25519, raw);
  if (authors.size >= MAX_AUTHORS) authors.clear();
  authors.set(name, key);
  return key;
}

/** Whether an Ed25519 signature by the raw 32-byte key `raw` is right. */
export function verifySignature(raw: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  return raw.length === 32 && verify(null, bytes, authorKeyOf(raw), signature);
}

/** SHA-256 of bytes, 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

/**
 * The key both sides of a wrap to a public key derive: HKDF(X25519, salt = ephemeral ‖ recipient, info).
 * Undefined where the public key is of low order (RFC 7748 §6.1): it comes from the network, and one such key must not stop a whole pull.
 */
export function agreedKey(privateKey: KeyObject, publicRaw: Uint8Array, ephemeralRaw: Uint8Array, recipientRaw: Uint8Array, info: string): Uint8Array | undefined {
  try {
    return deriveKey(diffieHellman({ privateKey, publicKey: x25519PublicKey(publicRaw) }), Buffer.concat([ephemeralRaw, recipientRaw]), info);
  } catch {
    return undefined;
  }
}

/** Seals bytes to an X25519 public key: ephemeral public key(32) ‖ nonce ‖ ciphertext ‖ tag; undefined where the key is of low order. */
export function sealToPublicKey(recipientRaw: Uint8Array, plain: Uint8Array, info: string): Uint8Array | undefined {
  const ephemeral = generateKeyPairSync('x25519').privateKey;
  const ephemeralRaw = rawPublicKey(ephemeral);
  const key = agreedKey(ephemeral, recipientRaw, ephemeralRaw, recipientRaw, info);
  return key && Buffer.concat([ephemeralRaw, seal(key, plain, Buffer.from(info))]);
}

/** Opens what {@link sealToPublicKey} made for this private key; undefined where it was not. */
export function openWithPrivateKey(privateKey: KeyObject, sealed: Uint8Array, info: string): Uint8Array | undefined {
  if (sealed.length < 60) return undefined;
  const ephemeralRaw = sealed.subarray(0, 32);
  const key = agreedKey(privateKey, ephemeralRaw, ephemeralRaw, rawPublicKey(privateKey), info);
  return key && open(key, sealed.subarray(32), Buffer.from(info));
}

/** A fresh X25519 pair: the private key, and the public one as raw 32 bytes. */
export function ephemeralPair(): { readonly privateKey: KeyObject; readonly eph: Uint8Array } {
  const { privateKey } = generateKeyPairSync('x25519');
  return { privateKey, eph: rawPublicKey(privateKey) };
}

/** Wraps a content key for each bucket, or names the bucket whose key is missing. One ephemeral key serves all units of one record. */
export function wrapContentKey(contentKey: Uint8Array, id: string, rev: string, buckets: readonly string[], keys: BucketKeys): { readonly wraps: Wrap[] } | { readonly missing: string } {
  const wraps: Wrap[] = [];
  // Most records go to buckets with a symmetric key; a pair costs more than all their wraps.
  let pair: { readonly privateKey: KeyObject; readonly eph: Uint8Array } | undefined;
  for (const b of buckets) {
    const symmetric = keys.current(b);
    if (symmetric) {
      wraps.push({ b, e: symmetric.epoch, k: seal(symmetric.key, contentKey, wrapAad(id, rev, b, symmetric.epoch)) });
      continue;
    }
    const recipient = b.startsWith('u:') ? keys.unitPublicKey(b.slice(2)) : undefined;
    if (!recipient) return { missing: b };
    pair ??= ephemeralPair();
    const key = agreedKey(pair.privateKey, recipient, pair.eph, recipient, 'suar-wrap-1');
    if (!key) return { missing: b };
    wraps.push({ b, e: 0, k: seal(key, contentKey, wrapAad(id, rev, b, 0)), eph: pair.eph });
  }
  return { wraps };
}

function wrappingKeys({ b, e, eph }: Wrap, { own, ofEpoch }: BucketKeys): readonly (Uint8Array | undefined)[] {
  if (e > 0) return [ofEpoch(b, e)];
  if (own?.bucket !== b || eph?.length !== 32) return [];
  return own.privateKeys.map((privateKey) => agreedKey(privateKey, eph, eph, rawPublicKey(privateKey), 'suar-wrap-1'));
}

/** The content key of a record, from the first wrap this device can open. */
export function unwrapContentKey(rec: Pick<WireRecord, 'id' | 'rev' | 'wraps'>, keys: BucketKeys): Uint8Array | undefined {
  for (const wrap of rec.wraps) {
    const aad = wrapAad(rec.id, rec.rev, wrap.b, wrap.e);
    for (const key of wrappingKeys(wrap, keys)) {
      const contentKey = key ? open(key, wrap.k, aad) : undefined;
      if (contentKey?.length === 32) return contentKey;
    }
  }
  return undefined;
}

/** Seals and signs a record for the wire; names the bucket whose key is missing, or `too-large`. */
export function sealRecord(doc: Replicated, signKey: KeyObject, keys: BucketKeys): { readonly rec: WireRecord } | { readonly missing: string } | { readonly tooLarge: true } {
  const { id, entity, owner, audience, tlp, rev, author, ref, _deleted: deleted } = doc;
  const header = { id, entity, owner, tlp, rev, deleted, author, ref };
  const signed = (body: Uint8Array, wraps: Wrap[]) => ({ rec: { ...header, audience: [...audience], body, wraps, sig: sign(null, recordSigningBytes(header, sha256(body)), signKey) } });
  // A deletion carries nothing, so it needs no release to reach every reader.
  if (deleted) return signed(new Uint8Array(), []);
  const inside = { audience, status: doc.status, updatedAt: doc.updatedAt, offlineMinutes: doc.offlineMinutes, schemaVersion: doc.schemaVersion, conflicts: doc.conflicts, body: doc.body };
  const contentKey = randomBytes(32);
  const body = seal(contentKey, deflateRawSync(Buffer.from(JSON.stringify(inside)), { dictionary: DICTIONARY, level: 9 }), sealAad(doc));
  if (body.length > MAX_BODY_BYTES) return { tooLarge: true };
  const wrapped = wrapContentKey(contentKey, id, rev, audience, keys);
  if ('missing' in wrapped) return wrapped;
  return signed(body, wrapped.wraps);
}

/** What opening a record from the hub came to. */
export type Opened =
  | { readonly doc: Replicated; readonly contentKey: Uint8Array; readonly sha256: string; readonly plainBytes: number }
  | { readonly deleted: string }
  | { readonly refused: 'signature' | 'key' | 'damaged' | 'invalid' };

/** Checks the author's signature, opens the body and checks its shape; a record that fails any of it is refused with the reason. */
export function openRecord(rec: WireRecord, authorKey: Uint8Array | undefined, keys: BucketKeys): Opened {
  const bodyHash = sha256(rec.body);
  if (!authorKey || !verifySignature(authorKey, recordSigningBytes(rec, bodyHash), rec.sig)) return { refused: 'signature' };
  if (rec.deleted && rec.body.length === 0) return { deleted: rec.id };
  const contentKey = unwrapContentKey(rec, keys);
  if (!contentKey) return { refused: 'key' };
  const packed = open(contentKey, rec.body, sealAad(rec));
  const definition = entityDefinition(rec.entity);
  if (!packed || !definition) return { refused: packed ? 'invalid' : 'damaged' };
  try {
    const maxOutputLength = definition.border === 'release' ? MAX_PLAIN_BYTES : MAX_CODED_BYTES;
    const plain = inflateRawSync(packed, { dictionary: DICTIONARY, maxOutputLength });
    const { id, entity, owner, tlp, rev, author, ref, deleted } = rec;
    const doc: unknown = { ...(JSON.parse(plain.toString('utf8')) as object), id, entity, owner, tlp, rev, author, ref, audience: [...rec.audience].sort(), _deleted: deleted };
    if (!fits(ReplicatedSchema, doc) || doc.schemaVersion !== definition.version || !FITS_BODY[rec.entity]?.(doc.body)) return { refused: 'invalid' };
    // A claim or a receipt crosses borders on rules of its own: it has room for nothing but its codes.
    if (definition.border !== 'release' && doc.conflicts.length > 0) return { refused: 'invalid' };
    return { doc, contentKey, sha256: bytesToHex(bodyHash), plainBytes: plain.length };
  } catch {
    return { refused: 'damaged' };
  }
}
