import { sign, type KeyObject } from 'node:crypto';
import type { Directory } from '#shared/contract/sync.ts';
import { fromCbor, toCbor } from '#shared/contract/wire.ts';
import { openWithPrivateKey, sealToPublicKey } from '../keys/hpke.ts';
import { privateKeyOf, type Identity } from '../keys/identity.ts';
import { verifySignature } from './signing.ts';

const PURPOSE = 'suar-bucket-key-1';

function signedBytes(bucket: string, epoch: number, key: Uint8Array): Uint8Array {
  return toCbor([PURPOSE, bucket, epoch, key]);
}

/** A bucket key sealed to a member unit and signed by the device that made it, so that the hub cannot make one of its own; undefined for an unusable recipient. */
export function sealBucketKey(identity: Identity, recipientRaw: Uint8Array, bucket: string, epoch: number, key: Uint8Array): Uint8Array | undefined {
  const s = sign(null, signedBytes(bucket, epoch, key), privateKeyOf(identity.signKey));
  return sealToPublicKey(recipientRaw, toCbor({ k: key, d: identity.deviceId, s }), PURPOSE);
}

interface Signed {
  readonly k: Uint8Array;
  readonly d: string;
  readonly s: Uint8Array;
}

function readSigned(plain: Uint8Array): Signed | undefined {
  try {
    const { k, d, s } = Object(fromCbor(plain)) as Partial<Signed>;
    return k instanceof Uint8Array && k.length === 32 && typeof d === 'string' && s instanceof Uint8Array ? { k, d, s } : undefined;
  } catch {
    return undefined;
  }
}

/** A bucket key out of its box. */
export interface OpenedBucketKey {
  readonly key: Uint8Array;
  /** Whether the unit of the device that made it is a member of the bucket now. */
  readonly byMember: boolean;
}

/** The key in a box sealed to any of the unit's keys, where a device of the directory signed it for this bucket and epoch; else undefined. `signKeyOf` gives pinned keys. */
export function openBucketKey(
  wrapped: Uint8Array,
  unitKeys: readonly KeyObject[],
  bucket: string,
  epoch: number,
  directory: Directory,
  signKeyOf: (device: string) => Uint8Array | undefined,
): OpenedBucketKey | undefined {
  const members = directory.buckets.find((known) => known.id === bucket && known.kind !== 'unit')?.members ?? [];
  if (!members.includes(directory.self.unit)) return undefined;
  const plain = unitKeys.map((unitKey) => openWithPrivateKey(unitKey, wrapped, PURPOSE)).find((opened) => opened !== undefined);
  const box = plain && readSigned(plain);
  const maker = box && directory.devices.find((device) => device.id === box.d);
  const signKey = maker && signKeyOf(maker.id);
  return box && signKey && verifySignature(signKey, signedBytes(bucket, epoch, box.k), box.s) ? { key: box.k, byMember: members.includes(maker.unit) } : undefined;
}
