import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import underPressure from '@fastify/under-pressure';
import { TypeBoxValidatorCompiler, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { LogController, type FastifyBaseLogger } from 'fastify';
import type { Http2ServerRequest } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { MAX_PUSH_BYTES } from '#shared/contract/sync.ts';
import { fromCbor } from '#shared/contract/wire.ts';
import { RevokedMeanwhile } from '../access/caller.ts';
import { DatabaseBusy, OutcomeUnknown } from '../db/node-failure.ts';
import { authenticate, fingerprintOf } from '../identity/authenticate.ts';
import { addContentRoutes } from '../routes/content.ts';
import { addDirectoryRoutes } from '../routes/directory.ts';
import { addEnrolRoutes } from '../routes/enrol.ts';
import { addFrameRoutes } from '../routes/frames.ts';
import { addKeyRoutes } from '../routes/keys.ts';
import { addPurgeRoutes } from '../routes/purges.ts';
import { addRecordRoutes } from '../routes/records.ts';
import { addUnitAdminRoutes } from '../routes/unit-admin.ts';
import { addStreamRoutes } from '../routes/stream.ts';
import { addCompression, inflateBody } from './compression.ts';
import { CBOR, sendError } from './answers.ts';
import { OPEN_PATHS, RENEW_PATH, type HubApp } from './hub-app.ts';
import type { HubContext } from './hub-context.ts';

const REQUESTS_PER_MINUTE = 3_000;
const NO_HEADERS = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false } as const;
/**
 * Longest TLS record sent, in bytes. A record is read only when all of it is there: at 64 kbit/s one of 16 KiB takes two seconds, in which the
 * device sees nothing, opens no window and the line runs empty.
 */
const TLS_RECORD_BYTES = 4096;
/** What every certificate of the server is used with. A device may go on with a TLS session for an hour of line with its cuts. */
export const TLS_OPTIONS = { minVersion: 'TLSv1.3', sessionTimeout: 3600 } as const;

/** TLS of the server, PEM. */
export interface ServerTls {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** Builds the app with every route; the caller listens. */
export async function buildApp(hub: HubContext, tls: ServerTls, logger: FastifyBaseLogger): Promise<HubApp> {
  const app: HubApp = Fastify({
    http2: true,
    // a stranger's certificate is refused per request, so that enrolment works without one
    https: { ...TLS_OPTIONS, ...tls, allowHTTP1: false, requestCert: true, rejectUnauthorized: false },
    bodyLimit: MAX_PUSH_BYTES,
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    http2SessionTimeout: 0,
  }).withTypeProvider<TypeBoxTypeProvider>();
  // evidence is rejected, never trimmed or coerced: TypeBox checks only
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(CBOR, { parseAs: 'buffer' }, (request, body, done) => {
    try {
      const bytes = new Uint8Array(Buffer.isBuffer(body) ? body : Buffer.from(body));
      done(null, fromCbor(inflateBody(bytes, request.headers['content-encoding'], MAX_PUSH_BYTES)));
    } catch {
      done(Object.assign(new Error('no CBOR'), { statusCode: 400 }), undefined);
    }
  });
  app.server.on('secureConnection', (socket: TLSSocket) => socket.setMaxSendFragment(TLS_RECORD_BYTES));
  addErrors(app);
  addCompression(app);
  await app.register(underPressure, { maxEventLoopDelay: 10_000, pressureHandler: (_request, reply) => sendError(reply, 'hub-busy') });
  await app.register(rateLimit, {
    max: REQUESTS_PER_MINUTE,
    timeWindow: '1 minute',
    // counters that differ in every answer would travel with each
    addHeaders: NO_HEADERS,
    addHeadersOnExceeding: NO_HEADERS,
    keyGenerator: (request) => fingerprintOf(request.raw as unknown as Http2ServerRequest) ?? request.ip,
  });
  addAuthentication(app, hub);
  addObservation(app, hub);
  await app.register(swagger, { openapi: { info: { title: 'Suar hub', version: '1' } } });
  await app.register(async (scope: HubApp) => {
    addEnrolRoutes(scope, hub);
    addDirectoryRoutes(scope, hub);
    addKeyRoutes(scope, hub);
    addPurgeRoutes(scope, hub);
    addRecordRoutes(scope, hub);
    addFrameRoutes(scope, hub);
    addStreamRoutes(scope, hub);
    addUnitAdminRoutes(scope, hub);
    await scope.register(async (content: HubApp) => addContentRoutes(content, hub));
    scope.get('/v1/openapi.json', { schema: { summary: 'This description' } }, (_request, reply) => reply.type('application/json').send(JSON.stringify(app.swagger())));
  });
  await app.ready();
  return app;
}

function addAuthentication(app: HubApp, hub: HubContext): void {
  // devices whose clock is wrong reckon with this one
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.header('date', new Date(hub.clock()).toUTCString());
    done();
  });
  app.decorateRequest('caller', null);
  app.addHook('onRequest', async (request, reply) => {
    if (OPEN_PATHS.has(request.routeOptions.url)) return;
    const caller = await authenticate(hub.db, request.raw, hub.clock());
    if (typeof caller === 'string') return sendError(reply, caller);
    if (caller.renewOnly && request.routeOptions.url !== RENEW_PATH) return sendError(reply, 'certificate-ended');
    request.caller = caller;
  });
}

/** One line and one measurement an answer: route pattern, status and time; no address, body, name or key. */
function addObservation(app: HubApp, hub: HubContext): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    hub.metrics.requestSeconds.observe({ route, status: reply.statusCode }, reply.elapsedTime / 1000);
    request.log.info({ route, status: reply.statusCode, ms: Math.round(reply.elapsedTime), device: request.caller?.device });
    done();
  });
}

function addErrors(app: HubApp): void {
  app.setNotFoundHandler((_request, reply) => sendError(reply, 'not-found'));
  app.setErrorHandler((error: unknown, request, reply) => {
    const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
    if (error instanceof RevokedMeanwhile) return sendError(reply, 'device-revoked');
    if (error instanceof DatabaseBusy || error instanceof OutcomeUnknown) return sendError(reply, 'hub-busy');
    if (status === 413) return sendError(reply, 'too-large');
    if (status === 429 || status === 503) return sendError(reply, 'hub-busy');
    if (typeof status === 'number' && status >= 400 && status < 500) return sendError(reply, 'bad-request');
    // the message of a database error can quote a row: only its kind is kept
    request.log.error({ route: request.routeOptions.url, kind: error instanceof Error ? error.name : typeof error, code: error instanceof Error && 'code' in error ? error.code : undefined });
    return sendError(reply, 'unexpected');
  });
}
