import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Caller } from '../access/caller.ts';

/** The Fastify instance of the hub: HTTP/2 over TLS, schemas in TypeBox. */
export type HubApp = FastifyInstance<Http2SecureServer, Http2ServerRequest, Http2ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before every handler but that of enrolment. */
    caller: Caller | null;
  }
}

export const ENROL_PATH = '/v1/enrol';
export const RENEW_PATH = '/v1/renew';
export const CA_PATH = '/v1/ca';
/** The routes without a client certificate. */
export const OPEN_PATHS: ReadonlySet<string | undefined> = new Set([ENROL_PATH, CA_PATH]);

/** The caller of an authenticated route. */
export function callerOf(request: { readonly caller: Caller | null }): Caller {
  if (!request.caller) throw new Error('route without authentication');
  return request.caller;
}
