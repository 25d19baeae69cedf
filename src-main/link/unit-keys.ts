import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { bytesToHex } from '#shared/base/ids.ts';
import { ADMISSION_CODE_BYTES, type Directory, type DirectoryDevice, type KeyAnswer, type KeyUpload } from '#shared/contract/sync.ts';
import { openWithPrivateKey, sealToPublicKey } from '../keys/hpke.ts';
import { privateKeyOf, rawPublicKey, type Identity } from '../keys/identity.ts';
import { openBucketKey, type OpenedBucketKey } from './bucket-key-box.ts';
import { missingBucketKeys, newestEpoch } from './bucket-keys.ts';
import type { BucketKeys } from './sealing.ts';
import { sha256 } from './signing.ts';
import { followSteps, holderProof, isUnitExposed, makeRotation, takeInSecrets } from './unit-rotation.ts';
import { isBehind, pinnedSignKey, SECRET_BYTES, unitEpoch, unitPrivateKeys, unitSecretOf, x25519PrivateKey } from './unit-secret.ts';

const ADMIT = 'suar-admit-1';

/** What two officers compare before a device is admitted, e.g. `4F2A 91C0 77E1 0B3D`. */
export function admissionCode(signKey: Uint8Array, boxKey: Uint8Array): string {
  const hex = bytesToHex(sha256(Buffer.concat([signKey, boxKey])).subarray(0, ADMISSION_CODE_BYTES)).toUpperCase();
  return (hex.match(/.{4}/g) ?? []).join(' ');
}

function hasUnitSecret({ unitSecret }: Identity): boolean {
  return unitSecret.length > 0;
}

function withPins(identity: Identity, directory: Directory): Identity {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const fresh = directory.units.filter((unit) => unit.boxKey && !identity.pins[unit.id]);
  const units = fresh.map((unit) => [unit.id, base64(unit.boxKey ?? new Uint8Array())] as const);
  const epochs = fresh.filter((unit) => unit.keyEpoch > 1).map((unit) => [unit.id, unit.keyEpoch] as const);
  const devices = directory.devices.flatMap(({ id, signKey, boxKey }) => (identity.devicePins[id] ? [] : [[id, { sign: base64(signKey), box: base64(boxKey) }] as const]));
  if (units.length + devices.length === 0) return identity;
  return {
    ...identity,
    pins: { ...identity.pins, ...Object.fromEntries(units) },
    pinEpochs: { ...identity.pinEpochs, ...Object.fromEntries(epochs) },
    devicePins: { ...identity.devicePins, ...Object.fromEntries(devices) },
  };
}

/** Says that records skipped before may open now. */
function withMoreToOpen(next: Identity, before: Identity): Identity {
  return { ...next, keyGeneration: keyCount(before) + 1 };
}

/**
 * The identity with what the hub holds for it taken in: admission, the unit's next secrets, bucket keys, first-seen keys of units and devices and the proven
 * steps of units' keys. The same object where nothing is new.
 */
export function takeInKeys(identity: Identity, directory: Directory, answer: KeyAnswer): Identity {
  const published = directory.units.find((unit) => unit.id === directory.self.unit)?.boxKey;
  const isPublished = (secret: Uint8Array) => published != null && Buffer.from(published).equals(rawPublicKey(x25519PrivateKey(secret.subarray(-SECRET_BYTES, -32))));
  let next = withPins(identity, directory);
  if (hasUnitSecret(next) && !next.unitConfirmed && published) {
    // Another first device was faster: its secret is the unit's, and ours has sealed nothing yet.
    const won = isPublished(next.unitSecret);
    next = { ...next, unitConfirmed: won, unitSecret: won ? next.unitSecret : new Uint8Array() };
  }
  if (next.unitConfirmed) next = takeInSecrets(next, directory, answer);
  if (answer.admission && (!hasUnitSecret(next) || isBehind(next, directory))) next = takeInAdmission(next, answer.admission, isPublished);
  if (!next.unitConfirmed || isBehind(next, directory)) return next;
  return takeInBucketKeys(followSteps(next, directory), directory, answer);
}

/** All secrets of the unit, from a colleague; those held already must be among them. */
function takeInAdmission(identity: Identity, admission: Uint8Array, isPublished: (secret: Uint8Array) => boolean): Identity {
  const secret = openWithPrivateKey(privateKeyOf(identity.boxKey), admission, ADMIT);
  if (!secret || secret.length === 0 || secret.length % SECRET_BYTES !== 0 || !isPublished(secret)) return identity;
  const held = identity.unitSecret.length;
  if (secret.length <= held || !Buffer.from(secret.subarray(0, held)).equals(identity.unitSecret)) return identity;
  return withMoreToOpen({ ...identity, unitSecret: secret, unitConfirmed: true }, identity);
}

/**
 * The bucket keys of the answer, one epoch after the other. A key whose maker's unit has left the bucket opens what was written under it and is never the newest:
 * a device that was away or is new reads everything, and seals only under what a member made.
 */
function takeInBucketKeys(identity: Identity, directory: Directory, answer: KeyAnswer): Identity {
  let next = identity;
  const unitKeys = unitPrivateKeys(identity);
  for (const bucket of new Set(answer.bucketKeys.map((each) => each.bucket))) {
    const held = newestEpoch(identity, bucket);
    const opened: ({ readonly epoch: number } & OpenedBucketKey)[] = [];
    let reached = held;
    for (const { epoch, wrapped } of answer.bucketKeys.filter((each) => each.bucket === bucket).sort((a, b) => a.epoch - b.epoch)) {
      if (identity.bucketKeys[bucket]?.[String(epoch)] || (reached > 0 && epoch > reached + 1)) continue;
      const key = openBucketKey(wrapped, unitKeys, bucket, epoch, directory, (device) => pinnedSignKey(identity, device));
      if (!key) continue;
      opened.push({ epoch, ...key });
      reached = Math.max(reached, epoch);
    }
    const newest = Math.max(held, ...opened.flatMap(({ epoch, byMember }) => (byMember ? [epoch] : [])));
    for (const { epoch, key } of opened) if (epoch <= newest) next = withBucketKey(next, bucket, epoch, key);
  }
  return next;
}

function withBucketKey(identity: Identity, bucket: string, epoch: number, key: Uint8Array): Identity {
  const newest = newestEpoch(identity, bucket);
  const taken = { ...identity, bucketKeys: { ...identity.bucketKeys, [bucket]: { ...identity.bucketKeys[bucket], [String(epoch)]: key } } };
  // The next epoch of a bucket opens only what comes from now on: nothing is pulled again for it.
  return newest > 0 && epoch === newest + 1 ? { ...taken, keyGeneration: keyCount(identity) } : withMoreToOpen(taken, identity);
}

/** What this device should make for its unit: the unit's first secret, its proof that it holds the newest, the next one after a theft, bucket keys; undefined where nothing is needed. */
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
  const secret = unitSecretOf(identity);
  if (!identity.unitConfirmed || !secret || isBehind(identity, directory)) return undefined;
  const self = directory.devices.find((device) => device.id === directory.self.device);
  if (self && self.secretEpoch === unitEpoch(identity)) {
    const proof = holderProof(secret, { id: identity.deviceId, signKey: rawPublicKey(privateKeyOf(identity.signKey)), boxKey: rawPublicKey(privateKeyOf(identity.boxKey)) });
    if (!self.holder || !Buffer.from(self.holder).equals(proof)) return { identity, upload: { holder: { epoch: unitEpoch(identity), proof } } };
  }
  const unitRotation = isUnitExposed(directory) ? makeRotation(identity, directory) : undefined;
  if (unitRotation) return { identity, upload: { unitRotation } };
  const bucketKeys = missingBucketKeys(identity, directory);
  return bucketKeys.length > 0 ? { identity, upload: { bucketKeys: [...bucketKeys] } } : undefined;
}

/** The unit's secrets sealed to the colleague's device whose code was compared; undefined where the first-seen keys give another code, or nothing can be sealed. */
export function admissionFor(identity: Identity, device: Pick<DirectoryDevice, 'id'>, comparedCode: string): KeyUpload | undefined {
  const pin = identity.devicePins[device.id];
  const boxKey = Buffer.from(pin?.box ?? '', 'base64');
  if (!pin || admissionCode(Buffer.from(pin.sign, 'base64'), boxKey) !== comparedCode) return undefined;
  const wrapped = sealToPublicKey(boxKey, identity.unitSecret, ADMIT);
  return wrapped && { admissions: [{ device: device.id, wrapped }] };
}

/** The keys of an identity in the form sealing needs. */
export function bucketKeysOf(identity: Identity): BucketKeys {
  const ownBucket = identity.hub && identity.unitConfirmed && unitEpoch(identity) > 0 ? `u:${identity.hub.unit}` : undefined;
  const ofEpoch = (bucket: string, epoch: number): Uint8Array | undefined => {
    if (bucket === ownBucket) return unitSecretOf(identity, epoch)?.subarray(32);
    return identity.bucketKeys[bucket]?.[String(epoch)];
  };
  return {
    ofEpoch,
    current: (bucket) => {
      const epoch = bucket === ownBucket ? unitEpoch(identity) : newestEpoch(identity, bucket);
      const key = epoch > 0 ? ofEpoch(bucket, epoch) : undefined;
      return key ? { epoch, key } : undefined;
    },
    unitPublicKey: (unit) => (identity.pins[unit] ? Buffer.from(identity.pins[unit], 'base64') : undefined),
    own: ownBucket ? { bucket: ownBucket, privateKeys: unitPrivateKeys(identity) } : undefined,
  };
}

/** Changes when this device was given keys that open records skipped before; the number of its keys until the first rotation. */
export function keyCount(identity: Identity): number {
  return identity.keyGeneration ?? (identity.unitConfirmed ? 1 : 0) + Object.values(identity.bucketKeys).reduce((sum, epochs) => sum + Object.keys(epochs).length, 0);
}
