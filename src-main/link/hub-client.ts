import http2 from 'node:http2';
import tls, { TLSSocket } from 'node:tls';
import { deflateSync, inflateSync } from 'node:zlib';
import type { Result } from '#shared/base/result.ts';
import { err, ok } from '#shared/base/result.ts';
import { ERROR_CODES, type AppError, type ErrorCode } from '#shared/contract/errors.ts';
import { fromCbor, toCbor } from '#shared/contract/wire.ts';
import { readStream, type ByteStream } from './byte-stream.ts';
import { createHubTrust } from './hub-trust.ts';
import { createLineGauge, SMALL_WINDOW_BYTES } from './line-gauge.ts';
import { sendOctets, type OctetRequest } from './octets.ts';
import type { Resumption } from './resumption.ts';

/** Where the hub is and how this device proves itself; without `cert` only the open routes answer. */
export interface HubEndpoint {
  readonly host: string;
  readonly port: number;
  /** PEM of the pinned CA; undefined only while fetching the CA itself, before anything secret is sent. */
  readonly ca: string | undefined;
  readonly cert?: string;
  /** PEM of the private key; zeroed once the client has it. */
  readonly key?: Uint8Array;
  /** The present is not before this (milliseconds since 1970), whatever this device's clock says. */
  readonly floorMs?: number;
  /** Where the session of one connection waits for the next. */
  readonly resumption?: Resumption;
}

/** No byte for this long ends a request, in milliseconds: a 64 kbit/s line with 600 ms round trips stays far below. */
const SILENCE_MS = 30_000;
/** Shorter bodies gain nothing from compression. */
const WORTH_BYTES = 256;
/** Largest answer read, in bytes (64 MiB). */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * The key exchange where a session is gone on with: 2.3 kB less than one that withstands quantum computers as well. The secret of the session came out of such an exchange, where
 * hub and device have it, and goes into the keys of every connection that goes on with it (RFC 8446 §7.1), so what is recorded stays closed.
 */
const SHORT_GROUP = 'X25519';
/** Longest TLS record sent, in bytes: the hub reads nothing of one before all of it is there, so what a cut finds under way is lost with the rest of its record. */
const TLS_RECORD_BYTES = 4096;
const MAX_EVENT_CHARS = 1000;
/** What small answers may have on their way beside the largest one, in bytes. */
const CONNECTION_ROOM_BYTES = 64 * 1024;
/** How often an answer that is read piece by piece is looked at while no bytes come, in milliseconds. */
const LOOK_MS = 100;
/** Changes of the window the hub may have left to answer: while a lost packet is awaited, its answers are too. */
const MAX_OPEN_SETTINGS = 100;

/** One HTTP/2 connection to the hub (TLS 1.3), made when first needed and again after it broke. */
export interface HubClient {
  /** Sends one request; the body and the answer are CBOR. Errors are mapped to what the officer is told. */
  readonly request: (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<Result<unknown, AppError>>;
  /** Opens the event stream; `onEvent` gets the data of every `wake`, `onEnd` runs once. Answers how to stop. */
  readonly events: (path: string, onEvent: (data: string) => void, onEnd: () => void) => () => void;
  /** Opens an answer that is read piece by piece. */
  readonly open: (path: string) => ByteStream;
  /** Sends one request whose body or answer are bytes as they are (contract/content.ts). */
  readonly octets: (request: OctetRequest) => Promise<Result<Uint8Array, AppError>>;
  readonly close: () => void;
  /** Hub's clock minus this device's, in milliseconds; undefined before the first answer. */
  readonly clockOffsetMs: () => number | undefined;
  readonly bytes: () => { readonly sent: number; readonly received: number };
}

/** Where there is no connection. */
export const NO_HUB: Pick<HubClient, 'request' | 'open'> = {
  request: () => Promise.resolve(err({ code: 'hub-unreachable' })),
  open: () => ({ read: () => Promise.resolve(err({ code: 'hub-unreachable' })), isRest: () => false, close: () => undefined }),
};

const TRUST_FAILURES = ['CERT', 'UNABLE_TO', 'SELF_SIGNED', 'ERR_TLS', 'ERR_SSL', 'DEPTH_ZERO'];

/** What a failed connection means to the officer. A request cut off by its session carries the session's failure as its cause. */
function connectionError(error: unknown): AppError {
  const { code, cause } = Object(error) as { code?: unknown; cause?: { code?: unknown } };
  const codes = [String(code ?? ''), String(cause?.code ?? '')];
  return { code: TRUST_FAILURES.some((prefix) => codes.some((name) => name.startsWith(prefix))) ? 'hub-untrusted' : 'hub-unreachable' };
}

/** What an answer other than 200 means; only codes of our own contract are believed. */
function answerError(status: number, body: unknown): AppError {
  const named = String((Object(body) as { error?: unknown }).error ?? '');
  if ((ERROR_CODES as readonly string[]).includes(named)) return { code: named as ErrorCode };
  if (named === 'epoch') return { code: 'hub-outdated' };
  if (status === 429 || status === 503) return { code: 'hub-busy' };
  return { code: 'hub-garbage', detail: { status } };
}

/** Creates a {@link HubClient}; nothing is connected before the first request. */
export function createHubClient(endpoint: HubEndpoint): HubClient {
  const { host, port, ca, cert, key, floorMs = 0, resumption } = endpoint;
  const trust = ca === undefined ? undefined : createHubTrust({ host, ca, floorMs });
  // The key goes into OpenSSL once; options of a connection are kept by it as they are.
  const identity = { minVersion: 'TLSv1.3', ...(ca ? { ca } : {}), ...(cert && key ? { cert, key: Buffer.from(key.buffer, key.byteOffset, key.length) } : {}) } as const;
  const whole = tls.createSecureContext(identity);
  const short = tls.createSecureContext({ ...identity, ecdhCurve: SHORT_GROUP });
  key?.fill(0);
  let session: http2.ClientHttp2Session | undefined;
  let gauge = createLineGauge(Date.now, () => undefined);
  let sent = 0;
  let received = 0;
  let closed = false;

  const connect = (): http2.ClientHttp2Session => {
    if (session && !session.closed && !session.destroyed) return session;
    const earlier = resumption?.session;
    // Judged below, before the first request leaves: a wrong clock here must not lock the officer out.
    const options: http2.SecureClientSessionOptions & { readonly maxOutstandingSettings: number } = {
      minVersion: 'TLSv1.3',
      secureContext: earlier ? short : whole,
      settings: { initialWindowSize: SMALL_WINDOW_BYTES },
      maxOutstandingSettings: MAX_OPEN_SETTINGS,
      rejectUnauthorized: false,
      ...(earlier ? { session: earlier } : {}),
    };
    const made = http2.connect(`https://${host}:${port}`, options);
    made.once('connect', (_made: http2.ClientHttp2Session, socket: unknown) => {
      const refusal = socket instanceof TLSSocket ? trust?.refusal(socket) : new Error('no TLS');
      if (refusal) return made.destroy(refusal);
      if (socket instanceof TLSSocket) socket.setMaxSendFragment(TLS_RECORD_BYTES);
      // one that needed mercy for a clock is judged anew each time
      if (!resumption || !(socket instanceof TLSSocket) || !socket.authorized) return;
      // a hub that knows the session no more: the next connection begins one with both exchanges
      if (earlier && !socket.isSessionReused()) delete resumption.session;
      else socket.on('session', (session: Buffer) => (resumption.session = session));
    });
    made.on('error', () => made.destroy());
    gauge = createLineGauge(Date.now, (windowBytes) => {
      if (made.closed || made.destroyed) return;
      made.settings({ initialWindowSize: windowBytes });
      made.setLocalWindowSize(windowBytes + CONNECTION_ROOM_BYTES);
    });
    return (session = made);
  };

  const request: HubClient['request'] = (method, path, body) =>
    new Promise((resolve) => {
      if (closed) return resolve(err({ code: 'hub-unreachable' }));
      const connection = connect();
      const plain = body === undefined ? undefined : toCbor(body);
      const payload = plain && plain.length >= WORTH_BYTES ? deflateSync(plain) : plain;
      let failure: unknown;
      const onSessionError = (error: unknown) => (failure = error);
      connection.once('error', onSessionError);
      const call = connection.request({
        ':method': method,
        ':path': path,
        accept: 'application/cbor',
        'accept-encoding': 'deflate',
        ...(payload ? { 'content-type': 'application/cbor' } : {}),
        ...(payload === plain ? {} : { 'content-encoding': 'deflate' }),
      });
      let encoding: string | undefined;
      let status = 0;
      let isTimely = true;
      let size = 0;
      const chunks: Buffer[] = [];
      call.setTimeout(SILENCE_MS, () => call.close(http2.constants.NGHTTP2_CANCEL));
      call.on('response', (headers) => {
        status = Number(headers[':status']);
        encoding = headers['content-encoding'];
        isTimely = trust?.hear(headers.date) ?? true;
      });
      call.on('data', (chunk: Buffer) => {
        size += chunk.length;
        received += chunk.length;
        if (size > MAX_ANSWER_BYTES) call.close(http2.constants.NGHTTP2_CANCEL);
        else chunks.push(chunk);
      });
      call.on('error', (error) => (failure ??= error));
      call.on('close', () => {
        connection.off('error', onSessionError);
        if (!isTimely) return resolve(err({ code: 'hub-untrusted' }));
        if (status === 0 || size > MAX_ANSWER_BYTES || !call.readableEnded) return resolve(err(status === 0 || failure ? connectionError(failure) : { code: 'hub-garbage' }));
        let answer: unknown;
        try {
          const bytes = Buffer.concat(chunks);
          answer = fromCbor(encoding === 'deflate' ? new Uint8Array(inflateSync(bytes, { maxOutputLength: MAX_ANSWER_BYTES })) : bytes);
        } catch {
          return resolve(err(status === 429 || status === 503 ? { code: 'hub-busy' } : { code: 'hub-garbage', detail: { status } }));
        }
        resolve(status === 200 ? ok(answer) : err(answerError(status, answer)));
      });
      sent += payload?.length ?? 0;
      call.end(payload);
    });

  const events: HubClient['events'] = (path, onEvent, onEnd) => {
    const call = connect().request({ ':method': 'GET', ':path': path, accept: 'text/event-stream' });
    let ended = false;
    let text = '';
    const end = () => {
      if (!ended) onEnd();
      ended = true;
    };
    call.on('data', (chunk: Buffer) => {
      received += chunk.length;
      text += chunk.toString('latin1');
      const events = text.split('\n\n');
      // a hub that never ends an event is not followed
      text = (events.pop() ?? '').slice(0, MAX_EVENT_CHARS);
      for (const event of events) if (event.startsWith('event: wake')) onEvent(/^data: (.*)$/m.exec(event)?.[1] ?? '');
    });
    call.on('error', end);
    call.on('close', end);
    call.end();
    return () => {
      ended = true;
      call.close(http2.constants.NGHTTP2_CANCEL);
    };
  };

  const open: HubClient['open'] = (path) => {
    if (closed) return NO_HUB.open(path);
    const connection = connect();
    const line = gauge;
    line.begin();
    let failure: unknown;
    const onSessionError = (error: unknown) => (failure = error);
    connection.once('error', onSessionError);
    const call = connection.request({ ':method': 'GET', ':path': path, accept: 'application/octet-stream' });
    const look = setInterval(() => {
      if (line.waited() && !connection.closed && !connection.destroyed) connection.ping(() => undefined);
    }, LOOK_MS);
    call.once('close', () => {
      clearInterval(look);
      connection.off('error', onSessionError);
    });
    call.end();
    return readStream(call, {
      answered: line.answered,
      arrived: (bytes) => {
        received += bytes;
        line.arrived(bytes);
      },
      isTimely: (date) => trust?.hear(date) ?? true,
      failure: (error) => connectionError(failure ?? error),
      refusal: (status, body) => {
        try {
          return answerError(status, fromCbor(body));
        } catch {
          return status === 429 || status === 503 ? { code: 'hub-busy' } : { code: 'hub-garbage', detail: { status } };
        }
      },
    });
  };
  const octets: HubClient['octets'] = async (asked) =>
    closed
      ? err({ code: 'hub-unreachable' })
      : sendOctets(connect(), asked, {
          silenceMs: SILENCE_MS,
          isTimely: (date) => trust?.hear(date) ?? true,
          count: (up, down) => {
            sent += up;
            received += down;
          },
          toError: (status, body, failure) => (status === 0 ? connectionError(failure) : answerError(status, body)),
        });

  return {
    request,
    octets,
    events,
    open,
    close: () => {
      closed = true;
      session?.destroy();
    },
    clockOffsetMs: () => trust?.offsetMs(),
    bytes: () => ({ sent, received }),
  };
}
