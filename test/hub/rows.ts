import { createCipheriv, createHash, randomBytes, randomUUID, sign } from 'node:crypto';
import type { PulledRow, PushRow, WireRecord, Wrap } from '#shared/contract/sync.ts';
import { claimSigningBytes, recordSigningBytes } from '#shared/contract/wire.ts';
import type { Claim, MandateClaim, ReleaseClaim } from '#shared/schema/release.ts';
import type { Device } from './support.ts';

/** Whether a pulled row carries content. */
export function isRecord(row: PulledRow | undefined): row is WireRecord {
  return row !== undefined && !('gone' in row);
}

/** Random wraps of the right shape: the hub cannot tell them from real ones. */
export function wrapsFor(audience: readonly string[]): Wrap[] {
  return audience.map((b) => ({ b, e: 1, k: new Uint8Array(randomBytes(60)) }));
}

/** Wraps that only name the bucket whose key the content key follows from. */
export function derivedIn(buckets: readonly string[], epoch = 1): Wrap[] {
  return buckets.map((b) => ({ b, e: epoch, k: new Uint8Array() }));
}

/** Text sealed under a key that is thrown away, in the layout of a body. */
export function sealText(text: string): Uint8Array {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), nonce);
  return new Uint8Array(Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]));
}

/** A revision token. */
export function newRev(): string {
  return randomBytes(12).toString('hex');
}

/** A signed record of `device`; `changes` replace fields before signing. */
export function makeRecord(device: Device, changes: Partial<WireRecord> = {}): WireRecord {
  const audience = changes.audience ?? [`u:${device.unit}`];
  const deleted = changes.deleted ?? false;
  const draft = {
    id: randomUUID(),
    entity: 'brief',
    owner: device.unit,
    audience,
    tlp: 'AMBER' as const,
    rev: newRev(),
    deleted,
    author: device.id,
    ref: '',
    body: deleted ? new Uint8Array(0) : sealText(`content ${randomUUID()}`),
    wraps: deleted ? [] : wrapsFor(audience),
    ...changes,
  };
  return { ...draft, sig: changes.sig ?? signRecord(device, draft) };
}

/** The author's signature of a record. */
export function signRecord(device: Device, rec: Omit<WireRecord, 'sig'>): Uint8Array {
  return new Uint8Array(sign(null, recordSigningBytes(rec, sha256(rec.body)), device.keys.signKey));
}

/** The push row of a new record. */
export function newRow(rec: WireRecord): PushRow {
  return { rec, assumed: null };
}

/** The push row of an edit of `before` by `device`. */
export function editRow(device: Device, before: WireRecord, changes: Partial<WireRecord> = {}): PushRow {
  const { id, entity, owner, audience, tlp, ref } = before;
  return { rec: makeRecord(device, { id, entity, owner, audience, tlp, ref, ...changes }), assumed: before.rev };
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

const YEAR_MS = 365 * 86_400_000;

/** A release claim for a record and its whole new audience. */
export function makeReleaseClaim(signer: Device, rec: WireRecord, audience: readonly string[], changes: Partial<ReleaseClaim> = {}): ReleaseClaim {
  return {
    kind: 'release',
    record: rec.id,
    rev: rec.rev,
    sha256: Buffer.from(sha256(rec.body)).toString('hex'),
    audience: [...audience],
    purpose: 'investigation',
    legalBasis: 'police-cooperation',
    signedAt: new Date().toISOString(),
    expires: new Date(Date.now() + YEAR_MS).toISOString(),
    signer: signer.id,
    ...changes,
  };
}

/** A mandate claim. */
export function makeMandateClaim(signer: Device, bucket: string, country: string, changes: Partial<MandateClaim> = {}): MandateClaim {
  return {
    kind: 'mandate',
    bucket,
    country,
    entities: ['case', 'intel', 'brief'],
    tlpCeiling: 'AMBER',
    purpose: 'investigation',
    legalBasis: 'police-cooperation',
    signedAt: new Date().toISOString(),
    expires: new Date(Date.now() + YEAR_MS).toISOString(),
    signer: signer.id,
    ...changes,
  };
}

/** The push row that carries a signed claim; `grants` default to every bucket of a release. */
export function claimRow(device: Device, claim: Claim, changes: Partial<WireRecord> = {}, grants?: readonly Wrap[]): PushRow {
  const audience = [...new Set([`u:${device.unit}`, ...(claim.kind === 'release' ? claim.audience : [claim.bucket])])];
  const signature = sign(null, claimSigningBytes(claim), device.keys.signKey).toString('base64url');
  return {
    rec: makeRecord(device, { entity: 'release', audience, ref: claim.kind === 'release' ? claim.record : '', ...changes }),
    assumed: null,
    claim: { claim, signature },
    ...(claim.kind === 'release' ? { grants: [...(grants ?? wrapsFor(claim.audience))] } : {}),
  };
}
