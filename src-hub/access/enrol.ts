import type { EnrolAnswer, EnrolRequest, RenewAnswer, RenewRequest } from '#shared/contract/enrol.ts';
import { renewSigningBytes } from '#shared/contract/wire.ts';
import type { Database } from '../db/database.ts';
import type { DeviceCa } from '../identity/ca.ts';
import { isSignedBy, sha256 } from '../identity/signatures.ts';
import { asCaller, type Caller } from './caller.ts';

/** Life of an enrolment code, in days. */
export const CODE_DAYS = 7;

/** What the hub keeps of the secret in an enrolment code (16 Crockford characters). */
export function codeHash(secret: string): Uint8Array {
  return sha256(new TextEncoder().encode(secret));
}

/**
 * Turns a one-time code into a certificate and a known device. A malformed request leaves the code unspent; every other
 * failure is `code-refused`, whatever its cause. A device the hub knows comes back as itself where it proves its signing key.
 */
export async function enrol(db: Database, ca: DeviceCa, request: EnrolRequest): Promise<EnrolAnswer | 'bad-request' | 'code-refused'> {
  if (!isKey(request.signKey) || !isKey(request.boxKey)) return 'bad-request';
  const hash = codeHash(request.code);
  const [open] = await db.service((sql) => sql.rows<{ unit: string }>('select unit from hub_code_open($1)', [hash]));
  if (!open) return 'code-refused';
  const certificate = await ca.signDevice(request.csr, request.device, open.unit);
  if (!certificate) return 'bad-request';
  const [device] = await db.service((sql) =>
    sql.rows<{ unit: string; role: string }>('select unit, role from hub_redeem($1, $2, $3, $4, $5, $6, $7)', [
      hash,
      request.device,
      request.signKey,
      request.boxKey,
      certificate.fingerprint,
      new Date(certificate.notAfterMs).toISOString(),
      isProven(request.device, request.csr, request.signKey, request.proof),
    ]),
  );
  return device ? { unit: device.unit, role: device.role, cert: certificate.cert, ca: ca.certPem } : 'code-refused';
}

/** A new certificate for the calling device, whose present one may have ended; the caller must prove its signing key besides. */
export async function renew(db: Database, ca: DeviceCa, caller: Caller, { csr, proof }: RenewRequest): Promise<RenewAnswer | 'bad-request' | 'not-enrolled'> {
  if (!isProven(caller.device, csr, caller.signKey, proof)) return 'not-enrolled';
  const certificate = await ca.signDevice(csr, caller.device, caller.unit);
  if (!certificate) return 'bad-request';
  await asCaller(db, caller, (sql) => sql.rows('select hub_renew($1, $2)', [certificate.fingerprint, new Date(certificate.notAfterMs).toISOString()]));
  return { cert: certificate.cert };
}

function isProven(device: string, csr: string, signKey: Uint8Array, proof: unknown): boolean {
  return proof instanceof Uint8Array && isSignedBy(signKey, renewSigningBytes(device, sha256(new TextEncoder().encode(csr))), proof);
}

function isKey(value: unknown): boolean {
  return value instanceof Uint8Array && value.length === 32;
}
