import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';

/**
 * HPKE (RFC 9180) in base mode, with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM: how everything is sealed to a public key. This is the part of it that both ends
 * do alike: from the result of the key agreement to what the first message is sealed with. Each end brings X25519 and AES of its own platform.
 */
export interface HpkeContext {
  /** Key (32 bytes) and nonce (12) of the only message sealed in this context. */
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  /** A key (32 bytes) for another use, RFC 9180 §5.3. */
  readonly exportKey: (purpose: string) => Uint8Array;
}

const KEM_ID = 0x0020;
const KDF_ID = 0x0001;
const AEAD_ID = 0x0002;
const MODE_BASE = 0;
const NONE = new Uint8Array();

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const twoBytes = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const VERSION = utf8('HPKE-v1');
const KEM_SUITE = joined(utf8('KEM'), twoBytes(KEM_ID));
const SUITE = joined(utf8('HPKE'), twoBytes(KEM_ID), twoBytes(KDF_ID), twoBytes(AEAD_ID));

function labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, secret: Uint8Array): Uint8Array {
  return extract(sha256, joined(VERSION, suite, utf8(label), secret), salt);
}

function labeledExpand(suite: Uint8Array, key: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
  return expand(sha256, key, joined(twoBytes(length), VERSION, suite, utf8(label), info), length);
}

const NO_PSK = labeledExtract(SUITE, NONE, 'psk_id_hash', NONE);

/** The secret of the KEM (32 bytes): of `dh`, X25519 between the two, the sender's ephemeral public key `enc` and the recipient's. RFC 9180 §4.1. */
export function kemSecret(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Uint8Array {
  return labeledExpand(KEM_SUITE, labeledExtract(KEM_SUITE, NONE, 'eae_prk', dh), 'shared_secret', joined(enc, recipient), 32);
}

/** The context of one sealed message: its KEM secret and what it is for. RFC 9180 §5.1. */
export function hpkeContext(secret: Uint8Array, info: string): HpkeContext {
  const scheduled = joined(Uint8Array.of(MODE_BASE), NO_PSK, labeledExtract(SUITE, NONE, 'info_hash', utf8(info)));
  const base = labeledExtract(SUITE, secret, 'secret', NONE);
  const derive = (label: string, length: number): Uint8Array => labeledExpand(SUITE, base, label, scheduled, length);
  return { key: derive('key', 32), nonce: derive('base_nonce', 12), exportKey: (purpose) => labeledExpand(SUITE, derive('exp', 32), 'sec', utf8(purpose), 32) };
}
