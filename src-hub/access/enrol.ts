import type { EnrolAnswer, EnrolRequest } from '#shared/contract/sync.ts';
import type { Database } from '../db/database.ts';
import type { DeviceCa } from '../identity/ca.ts';
import { sha256 } from '../identity/signatures.ts';

/** Life of an enrolment code, in days. */
export const CODE_DAYS = 7;

/** What the hub keeps of the secret in an enrolment code (16 Crockford characters). */
export function codeHash(secret: string): Uint8Array {
  return sha256(new TextEncoder().encode(secret));
}

/**
 * Turns a one-time code into a certificate and a known device. A malformed request leaves the code unspent; every other
 * failure is `code-refused`, whatever its cause.
 */
export async function enrol(db: Database, ca: DeviceCa, request: EnrolRequest): Promise<EnrolAnswer | 'bad-request' | 'code-refused'> {
  if (!isKey(request.signKey) || !isKey(request.boxKey)) return 'bad-request';
  const hash = codeHash(request.code);
  const [open] = await db.service((sql) => sql.rows<{ unit: string }>('select unit from hub_code_open($1)', [hash]));
  if (!open) return 'code-refused';
  const certificate = await ca.signDevice(request.csr, request.device, open.unit);
  if (!certificate) return 'bad-request';
  const [device] = await db.service((sql) =>
    sql.rows<{ unit: string; role: string }>('select unit, role from hub_redeem($1, $2, $3, $4, $5)', [hash, request.device, request.signKey, request.boxKey, certificate.fingerprint]),
  );
  return device ? { unit: device.unit, role: device.role, cert: certificate.cert, ca: ca.certPem } : 'code-refused';
}

function isKey(value: unknown): boolean {
  return value instanceof Uint8Array && value.length === 32;
}
