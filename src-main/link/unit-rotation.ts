import { createHmac, diffieHellman, generateKeyPairSync, randomBytes, sign, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { Directory, DirectoryDevice, KeyAnswer, UnitKeyStep, UnitRotation } from '#shared/contract/sync.ts';
import { fromCbor, toCbor } from '#shared/contract/wire.ts';
import { openWithPrivateKey, sealToPublicKey, x25519PublicKey } from '../keys/hpke.ts';
import { privateKeyOf, rawPublicKey, type Identity } from '../keys/identity.ts';
import { deriveKey, open, seal } from '../keys/sealed-box.ts';
import { verifySignature } from './signing.ts';
import { pinnedSignKey, unitPrivateKeys, unitSecretOf, unitSecrets } from './unit-secret.ts';

const SECRET = 'suar-unit-secret-1';
const STEP = 'suar-unit-step-1';
const HOLDER = 'suar-holder-1';

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

const stepBytes = (unit: string, epoch: number, boxKey: Uint8Array): Uint8Array => toCbor([STEP, unit, epoch, boxKey]);
const secretBytes = (unit: string, epoch: number, secret: Uint8Array): Uint8Array => toCbor([SECRET, unit, epoch, secret]);

/** What a holder of a unit's secret publishes of a device: only who holds the secret can make it, so a hub cannot slip a device of its own among the heirs. */
export function holderProof(secret: Uint8Array, { id, signKey, boxKey }: Pick<DirectoryDevice, 'id' | 'signKey' | 'boxKey'>): Uint8Array {
  return createHmac('sha256', deriveKey(secret.subarray(32), new Uint8Array(), HOLDER))
    .update(toCbor([HOLDER, id, signKey, boxKey]))
    .digest();
}

/** What ties a unit's next key to the one before, for one reader: both sides derive it from the old key and the reader's own, nobody else can. */
function stepProof(privateKey: KeyObject, publicRaw: Uint8Array, ends: readonly [old: Uint8Array, reader: Uint8Array], statement: Uint8Array): Uint8Array | undefined {
  try {
    const key = deriveKey(diffieHellman({ privateKey, publicKey: x25519PublicKey(publicRaw) }), Buffer.concat([...ends]), STEP);
    return createHmac('sha256', key).update(statement).digest();
  } catch {
    return undefined; // a public key of low order
  }
}

/** Whether a revoked device holds the newest secret of the own unit: what is sealed from now on must be under another. */
export function isUnitExposed({ self, units, devices }: Directory): boolean {
  const epoch = units.find((unit) => unit.id === self.unit)?.keyEpoch ?? 0;
  return epoch > 0 && devices.some((device) => device.unit === self.unit && device.revoked && device.secretEpoch >= epoch);
}

/**
 * The next secret of the own unit: sealed, under the old one besides, to every device of the unit that is not revoked and proved that it holds the old one; its public half with
 * a proof for each other unit. Undefined where something cannot be sealed. A device left out waits to be admitted again.
 */
export function makeRotation(identity: Identity, directory: Directory): UnitRotation | undefined {
  const { unit, device: self } = directory.self;
  const old = unitSecretOf(identity);
  const [oldKey] = unitPrivateKeys(identity);
  if (!old || !oldKey) return undefined;
  const epoch = identity.unitSecret.length / 64 + 1;
  const { privateKey } = generateKeyPairSync('x25519');
  const raw = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  const secret = Buffer.concat([raw, randomBytes(32)]);
  const boxKey = rawPublicKey(privateKey);
  const signKey = privateKeyOf(identity.signKey);
  const inner = toCbor({ k: secret, d: identity.deviceId, s: sign(null, secretBytes(unit, epoch, secret), signKey) });
  const heirs = directory.devices.filter((device) => device.unit === unit && !device.revoked && (device.id === self || isHolder(identity, device)));
  const secrets = heirs.flatMap((device) => {
    const box = identity.devicePins[device.id]?.box;
    const wrapped = sealToPublicKey(box ? Buffer.from(box, 'base64') : device.boxKey, seal(old.subarray(32), inner, Buffer.from(SECRET)), SECRET);
    return wrapped ? [{ device: device.id, wrapped }] : [];
  });
  for (const part of [raw, secret, inner]) part.fill(0);
  if (!secrets.some(({ device }) => device === self)) return undefined;
  const statement = stepBytes(unit, epoch, boxKey);
  const oldPublic = rawPublicKey(oldKey);
  const proofs = Object.entries(identity.pins).flatMap(([reader, pin]) => {
    const readerKey = Buffer.from(pin, 'base64');
    const proof = reader === unit ? undefined : stepProof(oldKey, readerKey, [oldPublic, readerKey], statement);
    return proof ? [{ unit: reader, proof }] : [];
  });
  return { epoch, boxKey, sig: sign(null, statement, signKey), secrets, proofs };
}

/**
 * Against the keys first seen of the device, which the proof names. A proof under an earlier secret counts: a device that was away since was given every secret after it, and takes
 * them in one by one.
 */
function isHolder(identity: Identity, device: DirectoryDevice): boolean {
  const pin = identity.devicePins[device.id];
  if (!pin || !device.holder) return false;
  const { id, holder } = device;
  const keys = { id, signKey: Buffer.from(pin.sign, 'base64'), boxKey: Buffer.from(pin.box, 'base64') };
  return unitSecrets(identity).some((secret) => equal(holder, holderProof(secret, keys)));
}

/** The own unit's next secrets in turn: each sealed to this device and under the one before, made by a device of the unit, and the one the unit's published key belongs to. */
export function takeInSecrets(identity: Identity, directory: Directory, answer: KeyAnswer): Identity {
  let next = identity;
  const { unit } = directory.self;
  const boxKey = privateKeyOf(identity.boxKey);
  for (const { epoch, wrapped } of [...answer.unitSecrets].sort((a, b) => a.epoch - b.epoch)) {
    const old = unitSecretOf(next);
    if (!old || epoch !== next.unitSecret.length / 64 + 1) continue;
    const sealed = openWithPrivateKey(boxKey, wrapped, SECRET);
    const plain = sealed && open(old.subarray(32), sealed, Buffer.from(SECRET));
    const secret = plain && readSecret(plain, next, directory, unit, epoch);
    if (!secret) break;
    next = { ...next, unitSecret: Buffer.concat([next.unitSecret, secret]) };
    const [newest] = unitPrivateKeys(next);
    const step = directory.unitKeys.find((known) => known.unit === unit && known.epoch === epoch);
    if (!newest || !step || !equal(step.boxKey, rawPublicKey(newest))) return identity;
    next = withPin(next, unit, rawPublicKey(newest), epoch);
  }
  return next;
}

function readSecret(plain: Uint8Array, identity: Identity, directory: Directory, unit: string, epoch: number): Uint8Array | undefined {
  try {
    const { k, d, s } = Object(fromCbor(plain)) as { readonly k?: unknown; readonly d?: unknown; readonly s?: unknown };
    if (!(k instanceof Uint8Array) || k.length !== 64 || typeof d !== 'string' || !(s instanceof Uint8Array)) return undefined;
    const signKey = directory.devices.some((device) => device.id === d && device.unit === unit) ? pinnedSignKey(identity, d) : undefined;
    return signKey && verifySignature(signKey, secretBytes(unit, epoch, k), s) ? k : undefined;
  } catch {
    return undefined;
  }
}

/** The identity with the pins of units that rotated moved on, step by step, where each step is signed by a device of that unit and proven under the key pinned before. */
export function followSteps(identity: Identity, directory: Directory): Identity {
  let next = identity;
  for (const step of [...directory.unitKeys].sort((a, b) => a.epoch - b.epoch)) {
    if (step.unit !== directory.self.unit && isProvenStep(next, directory, step)) next = withPin(next, step.unit, step.boxKey, step.epoch);
  }
  return next;
}

function isProvenStep(identity: Identity, directory: Directory, { unit, epoch, boxKey, maker, sig, proof }: UnitKeyStep): boolean {
  const pin = identity.pins[unit];
  if (!pin || !proof || epoch !== pinEpoch(identity, unit) + 1) return false;
  const signKey = directory.devices.some((device) => device.id === maker && device.unit === unit) ? pinnedSignKey(identity, maker) : undefined;
  const statement = stepBytes(unit, epoch, boxKey);
  if (!signKey || !verifySignature(signKey, statement, sig)) return false;
  const old = Buffer.from(pin, 'base64');
  return unitPrivateKeys(identity).some((own) => {
    const expected = stepProof(own, old, [old, rawPublicKey(own)], statement);
    return expected !== undefined && equal(expected, proof);
  });
}

/** Epoch of the key pinned for a unit. */
export function pinEpoch(identity: Identity, unit: string): number {
  return identity.pinEpochs?.[unit] ?? 1;
}

function withPin(identity: Identity, unit: string, boxKey: Uint8Array, epoch: number): Identity {
  return { ...identity, pins: { ...identity.pins, [unit]: Buffer.from(boxKey).toString('base64') }, pinEpochs: { ...identity.pinEpochs, [unit]: epoch } };
}
