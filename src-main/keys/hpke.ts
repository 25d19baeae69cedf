import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { hpkeContext, kemSecret, type HpkeContext } from '#shared/contract/hpke.ts';
import { rawPublicKey } from './identity.ts';
import { open, sealUnder } from './sealed-box.ts';

const RAW_X25519 = Buffer.from('302a300506032b656e032100', 'hex');
const NONE = new Uint8Array();
/** An ephemeral public key, and a nonce. */
const ENC_BYTES = 32;

/** X25519 public key of 32 raw bytes. */
export function x25519PublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([RAW_X25519, raw]), format: 'der', type: 'spki' });
}

/**
 * A context between the holder of `privateKey` and that of `publicRaw`. Undefined where the public key is none or of low order (RFC 7748 §6.1): it comes from
 * the network, and one such key must not stop a whole pull.
 */
function contextOf(privateKey: KeyObject, publicRaw: Uint8Array, enc: Uint8Array, recipient: Uint8Array, info: string): HpkeContext | undefined {
  if (publicRaw.length !== ENC_BYTES) return undefined;
  try {
    const dh = diffieHellman({ privateKey, publicKey: x25519PublicKey(publicRaw) });
    const secret = kemSecret(dh, enc, recipient);
    dh.fill(0);
    const context = hpkeContext(secret, info);
    secret.fill(0);
    return context;
  } catch {
    return undefined;
  }
}

/** A context with a fresh ephemeral key `enc` (32 bytes) for an X25519 public key, which is undefined where that is of low order. */
export function senderContext(recipient: Uint8Array, info: string): { readonly enc: Uint8Array; readonly context: HpkeContext } | undefined {
  const { privateKey } = generateKeyPairSync('x25519');
  const enc = rawPublicKey(privateKey);
  const context = contextOf(privateKey, recipient, enc, recipient, info);
  return context && { enc, context };
}

/** The context a sender made for this private key. */
export function recipientContext(privateKey: KeyObject, enc: Uint8Array, info: string): HpkeContext | undefined {
  return contextOf(privateKey, enc, enc, rawPublicKey(privateKey), info);
}

/** Seals the only message of a context: ciphertext ‖ tag(16). */
export function sealIn({ key, nonce }: HpkeContext, plain: Uint8Array, aad: Uint8Array = NONE): Uint8Array {
  const sealed = sealUnder(key, nonce, plain, aad).subarray(nonce.length);
  key.fill(0);
  return sealed;
}

/** Opens what {@link sealIn} made; undefined where key, data or `aad` is not the same. */
export function openIn({ key, nonce }: HpkeContext, sealed: Uint8Array, aad: Uint8Array = NONE): Uint8Array | undefined {
  const plain = open(key, Buffer.concat([nonce, sealed]), aad);
  key.fill(0);
  return plain;
}

/** Seals bytes to an X25519 public key: ephemeral public key(32) ‖ ciphertext ‖ tag; undefined where the key is of low order. */
export function sealToPublicKey(recipient: Uint8Array, plain: Uint8Array, info: string): Uint8Array | undefined {
  const sender = senderContext(recipient, info);
  return sender && Buffer.concat([sender.enc, sealIn(sender.context, plain)]);
}

/** Opens what {@link sealToPublicKey} made for this private key; undefined where it was not. */
export function openWithPrivateKey(privateKey: KeyObject, sealed: Uint8Array, info: string): Uint8Array | undefined {
  const context = recipientContext(privateKey, sealed.subarray(0, ENC_BYTES), info);
  return context && openIn(context, sealed.subarray(ENC_BYTES));
}
