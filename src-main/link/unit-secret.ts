import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { Directory } from '#shared/contract/sync.ts';
import type { Identity } from '../keys/identity.ts';

const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');
/** X25519 private key (32) ‖ symmetric key of the unit's bucket (32); one after the other for each epoch, the first one first. */
export const SECRET_BYTES = 64;

/** X25519 private key of 32 raw bytes. */
export function x25519PrivateKey(raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_X25519, raw]), format: 'der', type: 'pkcs8' });
}

/** How many secrets of its unit a device holds: the epoch of the newest. */
export function unitEpoch({ unitSecret }: Identity): number {
  return Math.floor(unitSecret.length / SECRET_BYTES);
}

/** The unit's secret of an epoch, the newest by default; undefined where this device does not hold it. */
export function unitSecretOf(identity: Identity, epoch = unitEpoch(identity)): Uint8Array | undefined {
  const end = epoch * SECRET_BYTES;
  return epoch >= 1 && end <= identity.unitSecret.length ? identity.unitSecret.subarray(end - SECRET_BYTES, end) : undefined;
}

/** The unit's secrets this device holds, newest first. */
export function unitSecrets(identity: Identity): readonly Uint8Array[] {
  return Array.from({ length: unitEpoch(identity) }, (_, back) => unitSecretOf(identity, unitEpoch(identity) - back) ?? new Uint8Array());
}

/** The unit's private keys, newest first. */
export function unitPrivateKeys(identity: Identity): readonly KeyObject[] {
  return unitSecrets(identity).map((secret) => x25519PrivateKey(secret.subarray(0, 32)));
}

/** Whether the unit has gone on to a secret this device was not given: it waits to be admitted again. */
export function isBehind(identity: Identity, directory: Directory | undefined): boolean {
  return unitEpoch(identity) < (directory?.units.find((unit) => unit.id === directory.self.unit)?.keyEpoch ?? 0);
}

/** The signing key first seen of a device (raw 32 bytes). */
export function pinnedSignKey(identity: Identity, device: string): Uint8Array | undefined {
  const pin = identity.devicePins[device];
  return pin && Buffer.from(pin.sign, 'base64');
}
