import { createCipheriv, createDecipheriv, createHash, createPublicKey, diffieHellman, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { BUNDLE_INFO, type BundleCrypto, type BundleSeal } from '#shared/contract/bundle-file.ts';
import { hpkeContext, kemSecret } from '#shared/contract/hpke.ts';

const RAW_X25519 = Buffer.from('302a300506032b656e032100', 'hex');

/** Node's cryptography for bundles. */
export const BUNDLE_CRYPTO: BundleCrypto = {
  sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
  seal: (key, plain, aad) => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
    return new Uint8Array(Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
  },
  open: (key, sealed, aad) => {
    if (sealed.length < 28) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 }).setAAD(aad);
      decipher.setAuthTag(sealed.subarray(sealed.length - 16));
      return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]));
    } catch {
      return undefined;
    }
  },
  deflate: (plain) => new Uint8Array(deflateRawSync(plain)),
  inflate: (packed, most) => {
    try {
      return new Uint8Array(inflateRawSync(packed, { maxOutputLength: most }));
    } catch {
      return undefined;
    }
  },
};

function agreed(privateKey: KeyObject, publicRaw: Uint8Array, eph: Uint8Array, recipient: Uint8Array): Uint8Array {
  const secret = diffieHellman({ privateKey, publicKey: createPublicKey({ key: Buffer.concat([RAW_X25519, publicRaw]), format: 'der', type: 'spki' }) });
  return hpkeContext(kemSecret(secret, eph, recipient), BUNDLE_INFO).exportKey(BUNDLE_INFO);
}

/** A fresh key for a bundle to this X25519 public key (raw 32 bytes). */
export function sealFor(recipient: Uint8Array): BundleSeal {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const eph = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  return { recipient, eph, key: agreed(privateKey, recipient, eph, recipient) };
}

/** The key of a bundle that was sealed to this private key; undefined where `eph` is no good key (RFC 7748 §6.1). */
export function agreeWith(privateKey: KeyObject, recipient: Uint8Array, eph: Uint8Array): Uint8Array | undefined {
  try {
    return agreed(privateKey, eph, eph, recipient);
  } catch {
    return undefined;
  }
}
