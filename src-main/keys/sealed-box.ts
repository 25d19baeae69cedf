import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

/** AES-256-GCM: nonce(12) ‖ ciphertext ‖ tag(16) under `key` (32 bytes), bound to `aad`. A fresh random nonce every time. */
export function seal(key: Uint8Array, plain: Uint8Array, aad: Uint8Array): Uint8Array {
  return sealUnder(key, randomBytes(12), plain, aad);
}

/**
 * Like {@link seal}, and the same bytes whenever it is called with the same: the nonce is the first 12 bytes of HMAC-SHA256 of `plain` under a key of
 * `key`, so two texts under one key have two nonces.
 */
export function sealAlways(key: Uint8Array, plain: Uint8Array, aad: Uint8Array): Uint8Array {
  const nonceKey = deriveKey(key, aad, 'suar-nonce-1');
  const nonce = hmac(sha256, nonceKey, plain).subarray(0, 12);
  nonceKey.fill(0);
  return sealUnder(key, nonce, plain, aad);
}

/** {@link seal} under a nonce of the caller's: never two texts under one key and nonce. */
export function sealUnder(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, aad: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Opens what {@link seal} or {@link sealAlways} made; undefined where key, data or `aad` is not the same. */
export function open(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
  if (sealed.length < 28) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 }).setAAD(aad);
    decipher.setAuthTag(sealed.subarray(sealed.length - 16));
    // A GCM decipher gives everything in `update`; joining the parts would leave a second copy of what was sealed.
    const plain = decipher.update(sealed.subarray(12, -16));
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** 32 bytes of HKDF-SHA256 (RFC 5869) of `secret`, for the purpose `info`. Not Node's: its key objects keep a copy of the secret until some collection, and cost twice the time. */
export function deriveKey(secret: Uint8Array, salt: Uint8Array, info: string): Uint8Array {
  return hkdf(sha256, secret, salt, info, 32);
}
