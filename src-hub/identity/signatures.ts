import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto';
import { signedBy } from '#shared/contract/signature-group.ts';

/** DER prefix of an Ed25519 SubjectPublicKeyInfo (RFC 8410), before the raw key. */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Whether `signature` is the Ed25519 signature of `message` under a raw 32-byte public key; false also for malformed keys. */
export function isSignedBy(rawKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (rawKey.length !== 32 || signature.length !== 64) return false;
  try {
    return verify(null, message, keyOf(rawKey), signature);
  } catch {
    return false;
  }
}

/** The root of a group that was right last: its records come one after the other. */
let lastRoot = '';

/** Whether `sig` is the signature of a record, its own or one of a group (contract/signature-group.ts); false also for malformed ones. */
export function isRecordSignedBy(rawKey: Uint8Array, message: Uint8Array, sig: Uint8Array): boolean {
  const signed = signedBy(sig, message, sha256);
  if (!signed) return false;
  if (signed.bytes === message) return isSignedBy(rawKey, message, sig);
  const name = [rawKey, signed.bytes, signed.signature].map((bytes) => Buffer.from(bytes).toString('latin1')).join('|');
  if (name === lastRoot) return true;
  if (!isSignedBy(rawKey, signed.bytes, signed.signature)) return false;
  lastRoot = name;
  return true;
}

/** Keys by their bytes: a batch is signed by one device, and reading its key costs more than verifying with it. */
const keys = new Map<string, KeyObject>();
const MOST_KEYS = 1_000;

function keyOf(rawKey: Uint8Array): KeyObject {
  const name = Buffer.from(rawKey).toString('base64');
  const known = keys.get(name);
  if (known) return known;
  const key = createPublicKey({ key: Buffer.concat([ED25519_PREFIX, rawKey]), format: 'der', type: 'spki' });
  if (keys.size >= MOST_KEYS) keys.clear();
  keys.set(name, key);
  return key;
}

/** SHA-256. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha256', bytes, 'buffer'));
}
