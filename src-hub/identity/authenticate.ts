import type { Http2ServerRequest } from 'node:http2';
import { TLSSocket } from 'node:tls';
import { findCaller, type Caller } from '../access/caller.ts';
import type { Database } from '../db/database.ts';

/** What OpenSSL says of a certificate by the machine's clock alone. The hub's own record of the certificate decides instead. */
const TIME_FAILURES = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];

/**
 * SHA-256 (hexadecimal) of the client certificate, or undefined where the connection shows none, or one of another authority. Beside a failure of
 * time OpenSSL may have overlooked others, so a fingerprint is worth nothing until the hub finds it among those it issued.
 */
export function fingerprintOf(request: Http2ServerRequest): string | undefined {
  // the compatibility request hides the TLS socket behind a proxy; the session has the real one
  const socket = request.stream.session?.socket;
  if (!(socket instanceof TLSSocket)) return undefined;
  if (!socket.authorized && !TIME_FAILURES.includes(failureOf(socket))) return undefined;
  const { fingerprint256 } = socket.getPeerCertificate();
  return typeof fingerprint256 === 'string' ? fingerprint256.replaceAll(':', '').toLowerCase() : undefined;
}

/** Node's type says Error; a server socket holds the code as text. */
function failureOf(socket: TLSSocket): string {
  const failure: unknown = socket.authorizationError;
  return typeof failure === 'string' ? failure : failure instanceof Error && 'code' in failure ? String(failure.code) : '';
}

/** Who calls, asked of the database on every request, so that a revocation counts at once. */
export async function authenticate(db: Database, request: Http2ServerRequest, nowMs: number): Promise<Caller | 'not-enrolled' | 'device-revoked'> {
  const fingerprint = fingerprintOf(request);
  const caller = fingerprint && (await findCaller(db, fingerprint, nowMs));
  if (!caller) return 'not-enrolled';
  return caller.revoked ? 'device-revoked' : caller;
}
