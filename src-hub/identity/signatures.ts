import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';

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
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}
