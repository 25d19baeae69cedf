import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { KeyObject } from 'node:crypto';
import type { BundleCrypto, BundleSeal } from '#shared/contract/bundle-file.ts';
import { rawPublicKey } from '../keys/identity.ts';
import { open, seal } from '../keys/sealed-box.ts';
import { agreedKey, ephemeralPair } from '../link/sealing.ts';
import { sha256 } from '../link/signing.ts';

const INFO = 'suar-bundle-1';

/** Electron's cryptography for bundles. */
export const BUNDLE_CRYPTO: BundleCrypto = {
  sha256,
  seal,
  open,
  deflate: (plain) => deflateRawSync(plain, { level: 9 }),
  inflate: (packed, most) => {
    try {
      return inflateRawSync(packed, { maxOutputLength: most });
    } catch {
      return undefined;
    }
  },
};

/** A fresh key for a bundle to this X25519 public key (raw 32 bytes); undefined where the key is of low order. */
export function sealFor(recipient: Uint8Array): BundleSeal | undefined {
  const { privateKey, eph } = ephemeralPair();
  const key = agreedKey(privateKey, recipient, eph, recipient, INFO);
  return key && { recipient, eph, key };
}

/** The key of a bundle sealed to this private key. */
export function agreeWith(privateKey: KeyObject, eph: Uint8Array): Uint8Array | undefined {
  return eph.length === 32 ? agreedKey(privateKey, eph, eph, rawPublicKey(privateKey), INFO) : undefined;
}
