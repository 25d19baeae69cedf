import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createUuidV7 } from '#shared/base/ids.ts';
import { writeDurably } from './durable-file.ts';
import { open, seal } from './sealed-box.ts';

/** How a device reaches its hub after enrolment. */
export interface HubBinding {
  readonly host: string;
  readonly port: number;
  /** Other hubs over the same records, `host:port`, as the directory last named them; absent in bindings made before there were any. */
  readonly addresses?: readonly string[];
  /** PEM */
  readonly ca: string;
  readonly cert: string;
  readonly unit: string;
  readonly role: string;
  /** Newest time the hub told, milliseconds since 1970. */
  readonly seenMs?: number;
}

/**
 * What a device is and holds; sealed under the profile's data key at rest. Secrets and the officer's name are bytes, which {@link zeroIdentity}
 * overwrites at lock: nothing overwrites a text. What is public is text, byte strings of it base64.
 */
export interface Identity {
  readonly deviceId: string;
  /** UTF-8. */
  readonly fullName: Uint8Array;
  /** PKCS#8 DER of Ed25519, X25519 and P-256 keys. */
  readonly signKey: Uint8Array;
  readonly boxKey: Uint8Array;
  readonly tlsKey: Uint8Array;
  readonly hub: HubBinding | null;
  /** X25519 private key (raw 32) ‖ symmetric unit key (32) of each epoch, the first one first; empty before admission. */
  readonly unitSecret: Uint8Array;
  /** The hub published the public half of `unitSecret`; before that it seals nothing. */
  readonly unitConfirmed: boolean;
  /** Symmetric bucket keys: bucket → epoch → 32 bytes. */
  readonly bucketKeys: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>>;
  /** First seen public key of each unit (raw, base64); a change is shown, never followed silently. */
  readonly pins: Readonly<Record<string, string>>;
  /** Epoch of a unit's pinned key, where it is not the first. */
  readonly pinEpochs?: Readonly<Record<string, number>>;
  /** Grows when keys arrive that open records skipped before; absent until the first such arrival after a rotation could happen. */
  readonly keyGeneration?: number;
  /** A journal was begun for this profile, so a missing one is a lost one; absent in profiles made before there was one. */
  readonly hasJournal?: boolean;
  /** First seen keys of each device (raw, base64): a hub that swaps them later forges nothing. */
  readonly devicePins: Readonly<Record<string, { readonly sign: string; readonly box: string }>>;
}

const AAD = Buffer.from('suar-identity-1');

function pkcs8(key: KeyObject): Uint8Array {
  return key.export({ format: 'der', type: 'pkcs8' });
}

/** The bytes of an identity that nobody may find after a lock, in a fixed order. */
function secretsOf({ fullName, signKey, boxKey, tlsKey, unitSecret, bucketKeys }: Identity): Uint8Array[] {
  return [fullName, signKey, boxKey, tlsKey, unitSecret, ...Object.values(bucketKeys).flatMap((epochs) => Object.values(epochs))];
}

/** Overwrites the secrets and the name; what shares their bytes is overwritten with them. */
export function zeroIdentity(identity: Identity): void {
  for (const secret of secretsOf(identity)) secret.fill(0);
}

/** The officer's name, as a text of its own. */
export function fullNameOf({ fullName }: Identity): string {
  return new TextDecoder().decode(fullName);
}

/** A new device: id and three key pairs. */
export function createIdentity(fullName: string): Identity {
  return {
    deviceId: createUuidV7(Date.now, (length) => randomBytes(length)),
    fullName: new TextEncoder().encode(fullName),
    signKey: pkcs8(generateKeyPairSync('ed25519').privateKey),
    boxKey: pkcs8(generateKeyPairSync('x25519').privateKey),
    tlsKey: pkcs8(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    hub: null,
    unitSecret: new Uint8Array(),
    unitConfirmed: false,
    bucketKeys: {},
    pins: {},
    devicePins: {},
  };
}

/** The key object of a stored private key. */
export function privateKeyOf(stored: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(stored.buffer, stored.byteOffset, stored.length), format: 'der', type: 'pkcs8' });
}

/** Raw 32-byte public key of an Ed25519 or X25519 private key. */
export function rawPublicKey(privateKey: KeyObject): Uint8Array {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** Writes the identity, sealed under `key`, durably. */
export function writeIdentity(file: string, key: Uint8Array, identity: Identity): void {
  const plain = pack(identity);
  try {
    writeDurably(file, seal(key, plain, AAD));
  } finally {
    plain.fill(0);
  }
}

/** The identity in `file`; undefined where it is absent or does not open. */
export function readIdentity(file: string, key: Uint8Array): Identity | undefined {
  return existsSync(file) ? openIdentity(readFileSync(file), key) : undefined;
}

/** The identity in the bytes of its file; undefined where they do not open. */
export function openIdentity(sealed: Uint8Array, key: Uint8Array): Identity | undefined {
  const plain = open(key, sealed, AAD);
  if (!plain) return undefined;
  try {
    return plain[0] === JSON_BEGINS ? fromJson(JSON.parse(textOf(plain)) as JsonIdentity) : unpack(plain);
  } finally {
    plain.fill(0);
  }
}

/** Identities were JSON once, with secrets in base64: read still, never written. */
const JSON_BEGINS = '{'.charCodeAt(0);
type JsonIdentity = Omit<Identity, SecretName | 'bucketKeys'> & Readonly<Record<SecretName, string>> & { readonly bucketKeys: Readonly<Record<string, Readonly<Record<string, string>>>> };
type SecretName = 'fullName' | 'signKey' | 'boxKey' | 'tlsKey' | 'unitSecret';

function fromJson(stored: JsonIdentity): Identity {
  const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64');
  const { fullName, signKey, boxKey, tlsKey, unitSecret, bucketKeys } = stored;
  const secrets = { fullName: new TextEncoder().encode(fullName), signKey: bytes(signKey), boxKey: bytes(boxKey), tlsKey: bytes(tlsKey), unitSecret: bytes(unitSecret) };
  return { ...stored, ...secrets, bucketKeys: mapKeys(bucketKeys, bytes) };
}

function mapKeys<A, B>(keys: Readonly<Record<string, Readonly<Record<string, A>>>>, map: (key: A) => B): Record<string, Record<string, B>> {
  return Object.fromEntries(Object.entries(keys).map(([bucket, epochs]) => [bucket, Object.fromEntries(Object.entries(epochs).map(([epoch, key]) => [epoch, map(key)]))]));
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Length of the JSON (4, big endian) ‖ JSON with the length of every secret in its place ‖ the secrets in the order of {@link secretsOf}. */
function pack(identity: Identity): Uint8Array {
  const { fullName, signKey, boxKey, tlsKey, unitSecret, bucketKeys } = identity;
  const lengths = { fullName: fullName.length, signKey: signKey.length, boxKey: boxKey.length, tlsKey: tlsKey.length, unitSecret: unitSecret.length };
  const json = Buffer.from(JSON.stringify({ ...identity, ...lengths, bucketKeys: mapKeys(bucketKeys, (key) => key.length) }));
  const head = Buffer.alloc(4);
  head.writeUInt32BE(json.length);
  return Buffer.concat([head, json, ...secretsOf(identity)]);
}

function unpack(plain: Uint8Array): Identity {
  const jsonEnd = 4 + new DataView(plain.buffer, plain.byteOffset).getUint32(0);
  const stored = JSON.parse(textOf(plain.subarray(4, jsonEnd))) as Omit<Identity, SecretName | 'bucketKeys'> &
    Readonly<Record<SecretName, number>> & { readonly bucketKeys: Readonly<Record<string, Readonly<Record<string, number>>>> };
  // One block outside of V8's heap, where a collection would leave copies behind.
  const block = Uint8Array.from(plain.subarray(jsonEnd));
  let at = 0;
  const take = (length: number): Uint8Array => block.subarray(at, (at += length));
  const secrets = { fullName: take(stored.fullName), signKey: take(stored.signKey), boxKey: take(stored.boxKey), tlsKey: take(stored.tlsKey), unitSecret: take(stored.unitSecret) };
  return { ...stored, ...secrets, bucketKeys: mapKeys(stored.bucketKeys, take) };
}
