import { createHash, createPublicKey, verify } from 'node:crypto';

/** DER prefix of an Ed25519 SubjectPublicKeyInfo (RFC 8410), before the raw key. */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Whether `signature` is the Ed25519 signature of `message` under a raw 32-byte public key; false also for malformed keys. */
export function isSignedBy(rawKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (rawKey.length !== 32 || signature.length !== 64) return false;
  try {
    const key = createPublicKey({ key: Buffer.concat([ED25519_PREFIX, rawKey]), format: 'der', type: 'spki' });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
}

/** SHA-256. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}
