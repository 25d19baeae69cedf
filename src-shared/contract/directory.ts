export interface DirectoryUnit {
  readonly id: string;
  readonly country: string;
  /** `unit`, `ncb` or `desk`; data of the hub. */
  readonly kind: string;
  readonly name: string;
  /** Newest X25519 public key of the unit, or null before its first device. */
  readonly boxKey: Uint8Array | null;
  /** 0 before the first key; grows by one whenever the unit's secret is replaced. */
  readonly keyEpoch: number;
}
export interface DirectoryDevice {
  readonly id: string;
  readonly unit: string;
  readonly role: string;
  readonly signKey: Uint8Array;
  readonly boxKey: Uint8Array;
  readonly revoked: boolean;
  /** Holds the unit secret (made it, or was admitted). */
  readonly admitted: boolean;
  /** Newest secret of its unit it was given, 0 for none. */
  readonly secretEpoch: number;
  /** Own unit only: its proof that it holds the newest secret. */
  readonly holder: Uint8Array | null;
}
/** A unit's next key, as the device that made it tells the other units. */
export interface UnitKeyStep {
  readonly unit: string;
  readonly epoch: number;
  readonly boxKey: Uint8Array;
  readonly maker: string;
  readonly sig: Uint8Array;
  /** For the caller's unit; null where there is none. */
  readonly proof: Uint8Array | null;
}
export interface DirectoryBucket {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly members: readonly string[];
  /** Newest key epoch, 0 before the first key. */
  readonly epoch: number;
  /** Somebody may hold the newest key who should not: a member makes the next one before it seals. */
  readonly stale: boolean;
  /** Members that lack epochs of the key. */
  readonly lacking: readonly { readonly unit: string; readonly epochs: readonly number[] }[];
}
export interface DirectoryMandate {
  readonly bucket: string;
  readonly country: string;
  readonly entities: readonly string[];
  readonly tlpCeiling: string;
  readonly expires: string;
}
/** Units, devices, buckets and mandates; the device sees every unit (recipients must be named) but only buckets it belongs to, beside the unit buckets. */
export interface Directory {
  readonly epoch: string;
  /** Names this state to the hub, for an answer of what changed since; absent from what older versions kept. */
  readonly cursor?: string;
  /** Keys of the hub for bundles: it signs with one and opens with the other (Ed25519 and X25519, raw 32 bytes). */
  readonly hub?: { readonly signKey: Uint8Array; readonly boxKey: Uint8Array };
  /** Every hub over the same records, `host:port`, for the device to try in turn; empty where there is only the one it enrolled with. */
  readonly addresses: readonly string[];
  readonly self: { readonly device: string; readonly unit: string; readonly role: string };
  readonly units: readonly DirectoryUnit[];
  readonly devices: readonly DirectoryDevice[];
  readonly buckets: readonly DirectoryBucket[];
  readonly mandates: readonly DirectoryMandate[];
  /** Every unit's keys after its first. */
  readonly unitKeys: readonly UnitKeyStep[];
}

/** What changed in a directory since the one its reader has: units, devices, unit buckets and unit keys that changed; all of the rest. */
export interface DirectoryChanges extends Omit<Directory, 'buckets'> {
  readonly since: string;
  /** Members are null where nobody joined or left. */
  readonly buckets: readonly (Omit<DirectoryBucket, 'members'> & { readonly members: readonly string[] | null })[];
}

/** The directory after the changes; those must be since its cursor or an earlier one. */
export function applyChanges(directory: Directory, { since: _since, ...changes }: DirectoryChanges): Directory {
  const membersOf = new Map(directory.buckets.map(({ id, members }) => [id, members]));
  const buckets = changes.buckets.map((bucket) => ({ ...bucket, members: bucket.members ?? membersOf.get(bucket.id) ?? [] }));
  // a bucket that is no longer told of is one this unit has left
  const unitBuckets = directory.buckets.filter(({ kind }) => kind === 'unit');
  return {
    ...changes,
    units: merged(directory.units, changes.units, ({ id }) => id),
    devices: merged(directory.devices, changes.devices, ({ id }) => id),
    unitKeys: merged(directory.unitKeys, changes.unitKeys, ({ unit, epoch }) => `${unit} ${String(epoch).padStart(9, '0')}`),
    buckets: merged(unitBuckets, buckets, ({ id }) => id),
  };
}

function merged<T>(rows: readonly T[], newer: readonly T[], keyOf: (row: T) => string): readonly T[] {
  if (newer.length === 0) return rows;
  const byKey = new Map([...rows, ...newer].map((row) => [keyOf(row), row]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row);
}
