import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { KeyObject } from 'node:crypto';
import { BUNDLE_INFO, type BundleCrypto, type BundleSeal } from '#shared/contract/bundle-file.ts';
import { recipientContext, senderContext } from '../keys/hpke.ts';
import { open, seal } from '../keys/sealed-box.ts';
import { sha256 } from '../link/signing.ts';

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
  const sender = senderContext(recipient, BUNDLE_INFO);
  return sender && { recipient, eph: sender.enc, key: sender.context.exportKey(BUNDLE_INFO) };
}

/** The key of a bundle sealed to this private key. */
export function agreeWith(privateKey: KeyObject, eph: Uint8Array): Uint8Array | undefined {
  return recipientContext(privateKey, eph, BUNDLE_INFO)?.exportKey(BUNDLE_INFO);
}
