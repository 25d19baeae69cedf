import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { bytesToHex } from '#shared/base/ids.ts';
import { ADMISSION_CODE_BYTES, type Directory, type DirectoryDevice, type KeyAnswer, type KeyUpload } from '#shared/contract/sync.ts';
import { privateKeyOf, rawPublicKey, type Identity } from '../keys/identity.ts';
import { openBucketKey, sealBucketKey } from './bucket-key-box.ts';
import { openWithPrivateKey, sealToPublicKey, sha256, type BucketKeys } from './sealing.ts';

const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const ADMIT = 'suar-admit-1';

/** X25519 private key of 32 raw bytes. */
function x25519PrivateKey(raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_X25519, raw]), format: 'der', type: 'pkcs8' });
}

/** What two officers compare before a device is admitted, e.g. `4F2A 91C0 77E1 0B3D`. */
export function admissionCode(signKey: Uint8Array, boxKey: Uint8Array): string {
  const hex = bytesToHex(sha256(Buffer.concat([signKey, boxKey])).subarray(0, ADMISSION_CODE_BYTES)).toUpperCase();
  return (hex.match(/.{4}/g) ?? []).join(' ');
}

function hasUnitSecret({ unitSecret }: Identity): boolean {
  return unitSecret.length > 0;
}

/** Newest epoch held of a bucket, 0 where there is none. */
function newestEpoch(identity: Identity, bucket: string): number {
  return Math.max(0, ...Object.keys(identity.bucketKeys[bucket] ?? {}).map(Number));
}

/** The signing key first seen of a device (raw 32 bytes). */
export function pinnedSignKey(identity: Identity, device: string): Uint8Array | undefined {
  const pin = identity.devicePins[device];
  return pin && Buffer.from(pin.sign, 'base64');
}

function withPins(identity: Identity, directory: Directory): Identity {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const units = directory.units.flatMap((unit) => (unit.boxKey && !identity.pins[unit.id] ? [[unit.id, base64(unit.boxKey)] as const] : []));
  const devices = directory.devices.flatMap(({ id, signKey, boxKey }) => (identity.devicePins[id] ? [] : [[id, { sign: base64(signKey), box: base64(boxKey) }] as const]));
  if (units.length + devices.length === 0) return identity;
  return { ...identity, pins: { ...identity.pins, ...Object.fromEntries(units) }, devicePins: { ...identity.devicePins, ...Object.fromEntries(devices) } };
}

/** The identity with what the hub holds for it taken in: admission, taskforce keys, first-seen keys of units and devices. The same object where nothing is new. */
export function takeInKeys(identity: Identity, directory: Directory, answer: KeyAnswer): Identity {
  let next = withPins(identity, directory);
  const boxKey = privateKeyOf(identity.boxKey);
  const published = directory.units.find((unit) => unit.id === directory.self.unit)?.boxKey;
  const isPublished = (secret: Uint8Array) => published != null && Buffer.from(published).equals(rawPublicKey(x25519PrivateKey(secret.subarray(0, 32))));
  if (hasUnitSecret(next) && !next.unitConfirmed && published) {
    // Another first device was faster: its secret is the unit's, and ours has sealed nothing yet.
    const won = isPublished(next.unitSecret);
    next = { ...next, unitConfirmed: won, unitSecret: won ? next.unitSecret : new Uint8Array() };
  }
  if (!hasUnitSecret(next) && answer.admission) {
    const secret = openWithPrivateKey(boxKey, answer.admission, ADMIT);
    if (secret?.length === 64 && isPublished(secret)) next = { ...next, unitSecret: secret, unitConfirmed: true };
  }
  if (next.unitConfirmed) {
    const unitKey = x25519PrivateKey(next.unitSecret.subarray(0, 32));
    for (const { bucket, epoch, wrapped } of answer.bucketKeys) {
      const newest = newestEpoch(next, bucket);
      if (next.bucketKeys[bucket]?.[String(epoch)] || (newest > 0 && epoch > newest + 1)) continue;
      const pinned = next;
      const key = openBucketKey(wrapped, unitKey, bucket, epoch, directory, (device) => pinnedSignKey(pinned, device));
      if (key) next = { ...next, bucketKeys: { ...next.bucketKeys, [bucket]: { ...next.bucketKeys[bucket], [String(epoch)]: key } } };
    }
  }
  return next;
}

/** What this device should make for its unit: the unit's first secret, or a taskforce's first key; undefined where nothing is needed. */
export function missingKeys(identity: Identity, directory: Directory): { readonly identity: Identity; readonly upload: KeyUpload } | undefined {
  const own = directory.units.find((unit) => unit.id === directory.self.unit);
  if (own && !own.boxKey && !hasUnitSecret(identity)) {
    const privateKey = generateKeyPairSync('x25519').privateKey;
    const raw = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    return { identity: { ...identity, unitSecret: Buffer.concat([raw, randomBytes(32)]) }, upload: { unitBoxKey: rawPublicKey(privateKey) } };
  }
  if (own && !own.boxKey) {
    return { identity, upload: { unitBoxKey: rawPublicKey(x25519PrivateKey(identity.unitSecret.subarray(0, 32))) } };
  }
  if (!identity.unitConfirmed) return undefined;
  for (const bucket of directory.buckets) {
    if (bucket.epoch > 0 || bucket.kind === 'unit' || !bucket.members.includes(directory.self.unit)) continue;
    const publicKeys = bucket.members.map((unit) => ({ unit, raw: identity.pins[unit] }));
    if (publicKeys.some(({ raw }) => !raw)) continue;
    const key = randomBytes(32);
    const bucketKeys = publicKeys.flatMap(({ unit, raw }) => {
      const wrapped = sealBucketKey(identity, Buffer.from(raw ?? '', 'base64'), bucket.id, 1, key);
      return wrapped ? [{ bucket: bucket.id, epoch: 1, unit, wrapped }] : [];
    });
    if (bucketKeys.length === publicKeys.length) return { identity, upload: { bucketKeys } };
  }
  return undefined;
}

/** The unit secret sealed to the colleague's device whose code was compared; undefined where the first-seen keys give another code, or nothing can be sealed. */
export function admissionFor(identity: Identity, device: Pick<DirectoryDevice, 'id'>, comparedCode: string): KeyUpload | undefined {
  const pin = identity.devicePins[device.id];
  const boxKey = Buffer.from(pin?.box ?? '', 'base64');
  if (!pin || admissionCode(Buffer.from(pin.sign, 'base64'), boxKey) !== comparedCode) return undefined;
  const wrapped = sealToPublicKey(boxKey, identity.unitSecret, ADMIT);
  return wrapped && { admissions: [{ device: device.id, wrapped }] };
}

/** The keys of an identity in the form sealing needs. */
export function bucketKeysOf(identity: Identity): BucketKeys {
  const secret = identity.unitSecret;
  const ownBucket = identity.hub && identity.unitConfirmed && secret.length === 64 ? `u:${identity.hub.unit}` : undefined;
  const ofEpoch = (bucket: string, epoch: number): Uint8Array | undefined => {
    if (bucket === ownBucket) return epoch === 1 ? secret.subarray(32) : undefined;
    return identity.bucketKeys[bucket]?.[String(epoch)];
  };
  return {
    ofEpoch,
    current: (bucket) => {
      const epoch = bucket === ownBucket ? 1 : newestEpoch(identity, bucket);
      const key = epoch > 0 ? ofEpoch(bucket, epoch) : undefined;
      return key ? { epoch, key } : undefined;
    },
    unitPublicKey: (unit) => (identity.pins[unit] ? Buffer.from(identity.pins[unit], 'base64') : undefined),
    own: ownBucket ? { bucket: ownBucket, privateKey: x25519PrivateKey(secret.subarray(0, 32)) } : undefined,
  };
}

/** How many keys this device holds; a change means that records skipped before may open now. */
export function keyCount(identity: Identity): number {
  return (identity.unitConfirmed ? 1 : 0) + Object.values(identity.bucketKeys).reduce((sum, epochs) => sum + Object.keys(epochs).length, 0);
}
