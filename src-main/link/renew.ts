import { createPublicKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { renewSigningBytes } from '#shared/contract/wire.ts';
import { privateKeyOf, type HubBinding, type Identity } from '../keys/identity.ts';
import { checkAnswer, RenewAnswerSchema } from './answers.ts';
import { createCsr } from './csr.ts';
import type { HubClient } from './hub-client.ts';
import { sha256 } from './signing.ts';
import type { IdentityHolder } from './session.ts';

/** The newest time is kept when it grew by this much, in milliseconds: the identity is not written at every connection. */
const SEEN_STEP_MS = 86_400_000;

/** What proves to the hub that this device asks for a certificate for the key of `csr`. */
export function renewalProof(identity: Identity, csr: string): Uint8Array {
  return sign(null, renewSigningBytes(identity.deviceId, sha256(new TextEncoder().encode(csr))), privateKeyOf(identity.signKey));
}

/** Whether a certificate (PEM) is in the last third of its life, or past it, at `nowMs`. */
export function isRenewalDue(cert: string, nowMs: number): boolean {
  const { validFrom, validTo } = new X509Certificate(cert);
  const fromMs = Date.parse(validFrom);
  return nowMs >= fromMs + ((Date.parse(validTo) - fromMs) * 2) / 3;
}

/** The present is not before this: the begin of the device's certificate, which the CA signed, or a later time the hub told. Milliseconds since 1970. */
export function timeFloor({ cert, seenMs }: HubBinding): number {
  try {
    return Math.max(Date.parse(new X509Certificate(cert).validFrom), seenMs ?? 0);
  } catch {
    return seenMs ?? 0;
  }
}

/** Keeps the hub's time as the newest seen, where it is well beyond the one kept. */
export function noteTime(holder: IdentityHolder, hubMs: number): void {
  const identity = holder.current();
  if (identity.hub && hubMs > (identity.hub.seenMs ?? 0) + SEEN_STEP_MS) holder.save({ ...identity, hub: { ...identity.hub, seenMs: hubMs } });
}

/**
 * Fetches a certificate for a new key over the connection at hand. Key and certificate reach the disk in one durable replace; the hub lets the old ones work until the new ones
 * are used, so a kill anywhere leaves a pair that works. Errors: `hub-garbage` where the certificate is not for this key, and those of the line.
 */
export async function renewCertificate(client: HubClient, holder: IdentityHolder): Promise<Result<null, AppError>> {
  const before = holder.current();
  if (!before.hub) return err({ code: 'not-enrolled' });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const tlsKey = privateKey.export({ format: 'der', type: 'pkcs8' });
  const csr = await createCsr(before.deviceId, tlsKey);
  const answer = checkAnswer(RenewAnswerSchema, await client.request('POST', '/v1/renew', { csr, proof: renewalProof(before, csr) }));
  if (!answer.ok) return answer;
  const { cert } = answer.value;
  if (!isFor(cert, createPublicKey(privateKey).export({ format: 'der', type: 'spki' }), before.hub.ca)) return err({ code: 'hub-garbage' });
  const now = holder.current();
  if (!now.hub) return err({ code: 'not-enrolled' });
  holder.save({ ...now, tlsKey, hub: { ...now.hub, cert } });
  // A lock that came between has kept and zeroed the old identity; then the new key goes.
  (holder.current().tlsKey === tlsKey ? now.tlsKey : tlsKey).fill(0);
  return ok(null);
}

function isFor(cert: string, publicKey: Buffer, ca: string): boolean {
  try {
    const certificate = new X509Certificate(cert);
    return certificate.verify(new X509Certificate(ca).publicKey) && publicKey.equals(certificate.publicKey.export({ format: 'der', type: 'spki' }));
  } catch {
    return false;
  }
}
