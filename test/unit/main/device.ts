import { randomBytes, generateKeyPairSync } from 'node:crypto';
import type { Replicated } from '#shared/contract/ipc.ts';
import type { Directory, DirectoryDevice, WireRecord } from '#shared/contract/sync.ts';
import { caseBody } from '../../factories/records.ts';
import { createIdentity, privateKeyOf, rawPublicKey, type Identity } from '../../../src-main/keys/identity.ts';
import { sealRecord } from '../../../src-main/link/sealing.ts';
import { signRows } from '../../../src-main/link/signing.ts';
import { bucketKeysOf } from '../../../src-main/link/unit-keys.ts';

/** A device admitted to a unit: an identity with a unit secret of its own. */
export interface Device {
  readonly identity: Identity;
  /** X25519 public key of the unit, raw. */
  readonly unitKey: Uint8Array;
  /** Ed25519 public key of the device, raw. */
  readonly signKey: Uint8Array;
}

/** Makes an admitted device of `unit` that has pinned `others`. */
export function admittedDevice(unit: string, others: readonly Device[] = [], role = 'officer'): Device {
  const pair = generateKeyPairSync('x25519').privateKey;
  const raw = pair.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  const created = createIdentity('Invented Officer');
  const hub = { host: 'hub.example', port: 443, ca: '', cert: '', unit, role };
  const pins = Object.fromEntries(others.map((other) => [other.identity.hub?.unit ?? '', Buffer.from(other.unitKey).toString('base64')]));
  const identity = { ...created, hub, pins, unitSecret: Buffer.concat([raw, randomBytes(32)]), unitConfirmed: true };
  return { identity, unitKey: rawPublicKey(pair), signKey: rawPublicKey(privateKeyOf(created.signKey)) };
}

/** The identity with a symmetric key of a bucket. */
export function withBucketKey(identity: Identity, bucket: string, epoch: number, key: Uint8Array): Identity {
  return { ...identity, bucketKeys: { ...identity.bucketKeys, [bucket]: { ...identity.bucketKeys[bucket], [String(epoch)]: key } } };
}

/** A valid case as the window sends it. */
export function caseRecord(over: Partial<Replicated> = {}): Replicated {
  return {
    id: '0190a0b0-0000-7000-8000-000000000001',
    entity: 'case',
    owner: 'la',
    audience: ['u:la'],
    tlp: 'AMBER',
    status: 'active',
    rev: 'a'.repeat(24),
    updatedAt: '1795300000000-0000',
    author: '0190a0b0-0000-7000-8000-00000000000a',
    schemaVersion: 1,
    ref: '',
    conflicts: [],
    _deleted: false,
    body: { ...caseBody() },
    ...over,
  };
}

/** How the hub's directory lists a device. */
export function listed(identity: Identity, admitted = true): DirectoryDevice {
  return {
    id: identity.deviceId,
    unit: identity.hub?.unit ?? '',
    role: identity.hub?.role ?? '',
    signKey: rawPublicKey(privateKeyOf(identity.signKey)),
    boxKey: rawPublicKey(privateKeyOf(identity.boxKey)),
    revoked: false,
    admitted,
    secretEpoch: 0,
    holder: null,
  };
}

/** A directory seen by `self`; `units` maps a unit to its public key, or null before its first device. */
export function directoryOf(self: Identity, units: Readonly<Record<string, Uint8Array | null>>, over: Partial<Directory> = {}): Directory {
  const unit = self.hub?.unit ?? '';
  return {
    epoch: 'e1',
    addresses: [],
    self: { device: self.deviceId, unit, role: 'officer' },
    devices: [listed(self)],
    buckets: [],
    mandates: [],
    unitKeys: [],
    units: Object.entries(units).map(([id, boxKey]) => ({ id, country: id.toUpperCase().slice(0, 2), kind: 'unit', name: id, boxKey, keyEpoch: boxKey ? 1 : 0 })),
    ...over,
  };
}

/** A record sealed and signed by a device. Throws where it cannot be. */
export function sealedBy(identity: Identity, doc: Replicated, keys = bucketKeysOf(identity)): WireRecord {
  const sealed = sealRecord(doc, keys);
  const [row] = 'rec' in sealed ? signRows([{ rec: sealed.rec, assumed: null }], privateKeyOf(identity.signKey)) : [];
  if (!row) throw new Error(JSON.stringify(sealed));
  return row.rec;
}
