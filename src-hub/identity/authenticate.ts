import type { Http2ServerRequest } from 'node:http2';
import { TLSSocket } from 'node:tls';
import { findCaller, type Caller } from '../access/caller.ts';
import type { Database } from '../db/database.ts';

/** SHA-256 (hexadecimal) of the client certificate that our CA signed, or undefined where the connection shows none. */
export function fingerprintOf(request: Http2ServerRequest): string | undefined {
  // the compatibility request hides the TLS socket behind a proxy; the session has the real one
  const socket = request.stream.session?.socket;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { fingerprint256 } = socket.getPeerCertificate();
  return typeof fingerprint256 === 'string' ? fingerprint256.replaceAll(':', '').toLowerCase() : undefined;
}

/** Who calls, asked of the database on every request, so that a revocation counts at once. */
export async function authenticate(db: Database, request: Http2ServerRequest): Promise<Caller | 'not-enrolled' | 'device-revoked'> {
  const fingerprint = fingerprintOf(request);
  const caller = fingerprint && (await findCaller(db, fingerprint));
  if (!caller) return 'not-enrolled';
  return caller.revoked ? 'device-revoked' : caller;
}
