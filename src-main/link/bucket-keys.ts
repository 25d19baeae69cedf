import { randomBytes } from 'node:crypto';
import type { Directory, DirectoryBucket, KeyUpload } from '#shared/contract/sync.ts';
import type { Identity } from '../keys/identity.ts';
import { sealBucketKey } from './bucket-key-box.ts';
import { pinEpoch } from './unit-rotation.ts';

type BucketKey = NonNullable<KeyUpload['bucketKeys']>[number];

/** Most keys in one upload. */
const MAX_UPLOAD = 200;

/** Newest epoch held of a bucket, 0 where there is none. */
export function newestEpoch(identity: Identity, bucket: string): number {
  return Math.max(0, ...Object.keys(identity.bucketKeys[bucket] ?? {}).map(Number));
}

/**
 * The bucket keys this device should make or hand over: the first key of a bucket, the next one where a unit that left or a stolen device may hold the newest,
 * and every epoch held that a member lacks. A member reads the bucket from its beginning, so it is handed all epochs.
 */
export function missingBucketKeys(identity: Identity, directory: Directory): readonly BucketKey[] {
  const out: BucketKey[] = [];
  for (const bucket of directory.buckets) {
    if (bucket.kind === 'unit' || !bucket.members.includes(directory.self.unit)) continue;
    const more = bucket.epoch === 0 || bucket.stale ? nextKey(identity, directory, bucket) : handOver(identity, directory, bucket);
    // the entries of one key go together
    if (out.length + more.length <= MAX_UPLOAD) out.push(...more);
  }
  return out;
}

function keyedMembers({ units }: Directory, bucket: DirectoryBucket): readonly string[] {
  return bucket.members.filter((member) => units.some((unit) => unit.id === member && unit.boxKey));
}

/** The pinned key of a unit, where it is the one in use: a key sealed to an older one would be no use, or of use to a thief. */
function currentPin(identity: Identity, directory: Directory, member: string): Uint8Array | undefined {
  const unit = directory.units.find((known) => known.id === member);
  const pin = identity.pins[member];
  return pin && unit && pinEpoch(identity, member) === unit.keyEpoch ? Buffer.from(pin, 'base64') : undefined;
}

function entry(identity: Identity, directory: Directory, bucket: string, epoch: number, unit: string, key: Uint8Array): readonly BucketKey[] {
  const pin = currentPin(identity, directory, unit);
  const wrapped = pin && sealBucketKey(identity, pin, bucket, epoch, key);
  return wrapped ? [{ bucket, epoch, unit, unitEpoch: pinEpoch(identity, unit), wrapped }] : [];
}

/** A key for all members that have one of their own, or for none. */
function nextKey(identity: Identity, directory: Directory, bucket: DirectoryBucket): readonly BucketKey[] {
  const members = keyedMembers(directory, bucket);
  const key = randomBytes(32);
  const entries = members.flatMap((member) => entry(identity, directory, bucket.id, bucket.epoch + 1, member, key));
  key.fill(0);
  return entries.length === members.length && members.includes(directory.self.unit) ? entries : [];
}

function handOver(identity: Identity, directory: Directory, bucket: DirectoryBucket): readonly BucketKey[] {
  const members = keyedMembers(directory, bucket);
  return bucket.lacking
    .filter(({ unit }) => unit !== directory.self.unit && members.includes(unit))
    .flatMap(({ unit, epochs }) =>
      epochs.flatMap((epoch) => {
        const key = identity.bucketKeys[bucket.id]?.[String(epoch)];
        return key ? entry(identity, directory, bucket.id, epoch, unit, key) : [];
      }),
    )
    .slice(0, MAX_UPLOAD);
}
