import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createUuidV7 } from '#shared/base/ids.ts';
import { writeDurably } from './durable-file.ts';
import { open, seal } from './sealed-box.ts';

/** How a device reaches its hub after enrolment. */
export interface HubBinding {
  readonly host: string;
  readonly port: number;
  /** PEM */
  readonly ca: string;
  readonly cert: string;
  readonly unit: string;
  readonly role: string;
}

/** What a device is and holds; sealed under the profile's data key at rest. All byte strings are base64. */
export interface Identity {
  readonly deviceId: string;
  readonly fullName: string;
  /** PKCS#8 DER of Ed25519, X25519 and P-256 keys. */
  readonly signKey: string;
  readonly boxKey: string;
  readonly tlsKey: string;
  readonly hub: HubBinding | null;
  /** X25519 private key (raw 32) ‖ symmetric unit key (32), or empty before admission. */
  readonly unitSecret: string;
  /** The hub published the public half of `unitSecret`; before that it seals nothing. */
  readonly unitConfirmed: boolean;
  /** Symmetric bucket keys: bucket → epoch → 32 bytes. */
  readonly bucketKeys: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** First seen public key of each unit (raw, base64); a change is shown, never followed silently. */
  readonly pins: Readonly<Record<string, string>>;
  /** A journal was begun for this profile, so a missing one is a lost one; absent in profiles made before there was one. */
  readonly hasJournal?: boolean;
  /** First seen keys of each device (raw, base64): a hub that swaps them later forges nothing. */
  readonly devicePins: Readonly<Record<string, { readonly sign: string; readonly box: string }>>;
}

const AAD = Buffer.from('suar-identity-1');

function pkcs8(key: KeyObject): string {
  const der = key.export({ format: 'der', type: 'pkcs8' });
  const stored = der.toString('base64');
  der.fill(0);
  return stored;
}

/** A new device: id and three key pairs. */
export function createIdentity(fullName: string): Identity {
  return {
    deviceId: createUuidV7(Date.now, (length) => randomBytes(length)),
    fullName,
    signKey: pkcs8(generateKeyPairSync('ed25519').privateKey),
    boxKey: pkcs8(generateKeyPairSync('x25519').privateKey),
    tlsKey: pkcs8(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    hub: null,
    unitSecret: '',
    unitConfirmed: false,
    bucketKeys: {},
    pins: {},
    devicePins: {},
  };
}

/** The key object of a stored private key. */
export function privateKeyOf(stored: string): KeyObject {
  const der = Buffer.from(stored, 'base64');
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  return key;
}

/** Raw 32-byte public key of an Ed25519 or X25519 private key. */
export function rawPublicKey(privateKey: KeyObject): Uint8Array {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** Writes the identity, sealed under `key`, durably. */
export function writeIdentity(file: string, key: Uint8Array, identity: Identity): void {
  const plain = Buffer.from(JSON.stringify(identity));
  writeDurably(file, seal(key, plain, AAD));
  plain.fill(0);
}

/** The identity in `file`; undefined where it is absent or does not open. */
export function readIdentity(file: string, key: Uint8Array): Identity | undefined {
  return existsSync(file) ? openIdentity(readFileSync(file), key) : undefined;
}

/** The identity in the bytes of its file; undefined where they do not open. */
export function openIdentity(sealed: Uint8Array, key: Uint8Array): Identity | undefined {
  const plain = open(key, sealed, AAD);
  if (!plain) return undefined;
  const identity = JSON.parse(Buffer.from(plain.buffer, plain.byteOffset, plain.length).toString('utf8')) as Identity;
  plain.fill(0);
  return identity;
}
