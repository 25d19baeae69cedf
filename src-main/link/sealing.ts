import { randomBytes, type KeyObject } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { bytesToHex } from '#shared/base/ids.ts';
import { MAX_BODY_BYTES, type WireRecord, type Wrap } from '#shared/contract/sync.ts';
import { derivedKeySalt, recordSigningBytes, sealAad, wrapAad } from '#shared/contract/wire.ts';
import { ReplicatedSchema, type Replicated } from '#shared/contract/ipc.ts';
import { entityDefinition } from '#shared/entities.ts';
import { FITS_BODY } from '#shared/schema/checks.generated.ts';
import { fits } from '../fits.ts';
import { openIn, recipientContext, sealIn, senderContext } from '../keys/hpke.ts';
import { deriveKey, open, seal, sealAlways } from '../keys/sealed-box.ts';
import { isRecordSignedBy, sha256, type UnsignedRecord } from './signing.ts';
import dictionaryText from '../../resources/wire/dictionary-2.txt?raw';

/**
 * The preset dictionary of deflate, version 2: the words of the interface's terms, statements, cases and briefs in six languages, then version 1, the
 * skeletons of records. Frozen, because both ends need the same bytes. Distances count from its end, so what was sealed with version 1 opens too.
 */
const DICTIONARY = Buffer.from(dictionaryText);
/** One setting for all: what is sealed again must be the same bytes. The larger memory level takes a quarter less time. */
const DEFLATE = { dictionary: DICTIONARY, level: 9, memLevel: 9 } as const;
/** Largest plain text of one record, in bytes; a longer one is a bomb. */
const MAX_PLAIN_BYTES = 4 * 1024 * 1024;
/** Largest plain text of a claim or a receipt, in bytes. */
const MAX_CODED_BYTES = 16 * 1024;

/** What HPKE seals a content key for. */
const WRAP_INFO = 'suar-wrap-1';

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

/** The content key that follows from the key of a bucket, so that whoever holds that needs no wrap. */
function derivedContentKey(bucketKey: Uint8Array, id: string, rev: string, bucket: string, epoch: number): Uint8Array {
  return deriveKey(bucketKey, derivedKeySalt(id, rev, bucket, epoch), 'suar-content-1');
}

/** Wraps a content key for each bucket, or names the bucket whose key is missing. The bucket `derived`, whose key the content key follows from, is only named. */
export function wrapContentKey(
  contentKey: Uint8Array,
  id: string,
  rev: string,
  buckets: readonly string[],
  keys: BucketKeys,
  derived?: string,
): { readonly wraps: Wrap[] } | { readonly missing: string } {
  const wraps: Wrap[] = [];
  for (const b of buckets) {
    const symmetric = keys.current(b);
    if (symmetric) {
      wraps.push({ b, e: symmetric.epoch, k: b === derived ? new Uint8Array() : seal(symmetric.key, contentKey, wrapAad(id, rev, b, symmetric.epoch)) });
      continue;
    }
    const recipient = b.startsWith('u:') ? keys.unitPublicKey(b.slice(2)) : undefined;
    if (!recipient) return { missing: b };
    const sender = senderContext(recipient, WRAP_INFO);
    if (!sender) return { missing: b };
    wraps.push({ b, e: 0, k: sealIn(sender.context, contentKey, wrapAad(id, rev, b, 0)), eph: sender.enc });
  }
  return { wraps };
}

/** What a wrap holds under each key of this device that may be the right one. */
function unwrapped({ b, e, k, eph }: Wrap, aad: Uint8Array, { own, ofEpoch }: BucketKeys): readonly (Uint8Array | undefined)[] {
  const bucketKey = e > 0 ? ofEpoch(b, e) : undefined;
  if (e > 0) return [bucketKey && open(bucketKey, k, aad)];
  if (own?.bucket !== b || eph === undefined) return [];
  return own.privateKeys.map((privateKey) => {
    const context = recipientContext(privateKey, eph, WRAP_INFO);
    return context && openIn(context, k, aad);
  });
}

/** The content key of a record, from the first wrap this device can open. */
export function unwrapContentKey(rec: Pick<WireRecord, 'id' | 'rev' | 'wraps'>, keys: BucketKeys): Uint8Array | undefined {
  for (const wrap of rec.wraps) {
    const contentKey = unwrapped(wrap, wrapAad(rec.id, rec.rev, wrap.b, wrap.e), keys).find((key) => key?.length === 32);
    if (contentKey) return contentKey;
  }
  return undefined;
}

/** The sealed part of a record as text: JSON with its fields in a fixed order. */
function insideOf({ audience, status, updatedAt, offlineMinutes, schemaVersion, conflicts, body }: Replicated): string {
  return JSON.stringify({ audience, status, updatedAt, offlineMinutes, schemaVersion, conflicts, body });
}

/** Text deflated with the shared dictionary: the same bytes for the same text, as long as zlib is the same. */
export function deflateText(text: string): Uint8Array {
  return deflateRawSync(Buffer.from(text), DEFLATE);
}

/** The text of {@link deflateText}; undefined where it is none, or longer than `maxBytes` of UTF-8. */
export function inflateText(packed: Uint8Array, maxBytes: number): string | undefined {
  try {
    return inflateRawSync(packed, { dictionary: DICTIONARY, maxOutputLength: maxBytes }).toString('utf8');
  } catch {
    return undefined;
  }
}

/** The body of a record whose content key follows from a bucket's key, as {@link sealRecord} makes it of its text. */
export function bodyOf(
  text: string,
  rec: Pick<WireRecord, 'id' | 'entity' | 'owner' | 'rev'>,
  bucketKey: Uint8Array,
  { bucket, epoch }: { readonly bucket: string; readonly epoch: number },
): Uint8Array {
  return sealAlways(derivedContentKey(bucketKey, rec.id, rec.rev, bucket, epoch), deflateText(text), sealAad(rec));
}

/** Seals a record for the wire, and answers its text beside it (empty for a deletion); names the bucket whose key is missing, or `too-large`. */
export function sealRecord(doc: Replicated, keys: BucketKeys): { readonly rec: UnsignedRecord; readonly text: string } | { readonly missing: string } | { readonly tooLarge: true } {
  const { id, entity, owner, audience, tlp, rev, author, ref, _deleted: deleted } = doc;
  const sealed = (body: Uint8Array, wraps: Wrap[], text = '') => ({ text, rec: { id, entity, owner, tlp, rev, deleted, author, ref, audience: [...audience], body, wraps } });
  // A deletion carries nothing, so it needs no release to reach every reader.
  if (deleted) return sealed(new Uint8Array(), []);
  const derived = audience.includes(keys.own?.bucket ?? '') ? keys.own?.bucket : audience.find((bucket) => keys.current(bucket));
  const bucketKey = derived === undefined ? undefined : keys.current(derived);
  const contentKey = derived !== undefined && bucketKey ? derivedContentKey(bucketKey.key, id, rev, derived, bucketKey.epoch) : randomBytes(32);
  const text = insideOf(doc);
  const body = sealAlways(contentKey, deflateText(text), sealAad(doc));
  if (body.length > MAX_BODY_BYTES) return { tooLarge: true };
  const wrapped = wrapContentKey(contentKey, id, rev, audience, keys, bucketKey && derived);
  return 'missing' in wrapped ? wrapped : sealed(body, wrapped.wraps, text);
}

/** The content key and the deflated text of a record; `damaged` where a wrap opens and the body does not. */
export function openBody(rec: WireRecord, keys: BucketKeys): { readonly contentKey: Uint8Array; readonly packed: Uint8Array } | 'key' | 'damaged' {
  const aad = sealAad(rec);
  for (const { b, e, k } of rec.wraps) {
    const bucketKey = k.length === 0 ? keys.ofEpoch(b, e) : undefined;
    const contentKey = bucketKey && derivedContentKey(bucketKey, rec.id, rec.rev, b, e);
    const packed = contentKey && open(contentKey, rec.body, aad);
    if (packed) return { contentKey, packed };
  }
  const contentKey = unwrapContentKey(rec, keys);
  if (!contentKey) return 'key';
  const packed = open(contentKey, rec.body, aad);
  return packed ? { contentKey, packed } : 'damaged';
}

/** What opening a record from the hub came to. */
export type Opened =
  | { readonly doc: Replicated; readonly contentKey: Uint8Array; readonly sha256: string; readonly plainBytes: number }
  | { readonly deleted: string }
  | { readonly refused: 'signature' | 'key' | 'damaged' | 'invalid' };

/** Checks the author's signature, opens the body and checks its shape; a record that fails any of it is refused with the reason. */
export function openRecord(rec: WireRecord, authorKey: Uint8Array | undefined, keys: BucketKeys): Opened {
  const bodyHash = sha256(rec.body);
  if (!authorKey || !isRecordSignedBy(authorKey, recordSigningBytes(rec, bodyHash), rec.sig)) return { refused: 'signature' };
  if (rec.deleted && rec.body.length === 0) return { deleted: rec.id };
  const body = openBody(rec, keys);
  if (typeof body === 'string') return { refused: body };
  const { contentKey, packed } = body;
  const definition = entityDefinition(rec.entity);
  if (!definition) return { refused: 'invalid' };
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
