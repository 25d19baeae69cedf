import http2 from 'node:http2';
import type { Result } from '#shared/base/result.ts';
import { err, ok } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { fromCbor } from '#shared/contract/wire.ts';

/** A request with bytes that are no CBOR on one side. */
export interface OctetRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Uint8Array;
  /** Most bytes of an answer; more end the request. */
  readonly maxBytes: number;
  /** Called with the bytes of a good answer as they arrive: what came before a cut counts. */
  readonly onBytes?: (bytes: Uint8Array) => void;
}

/** What the connection gives. */
interface OctetTools {
  readonly silenceMs: number;
  readonly isTimely: (date: string | undefined) => boolean;
  readonly count: (sent: number, received: number) => void;
  readonly toError: (status: number, body: unknown, failure: unknown) => AppError;
}

const OCTETS = 'application/octet-stream';

/** Sends one request over `connection` and answers the body of a good answer, empty where `onBytes` took it. */
export function sendOctets(connection: http2.ClientHttp2Session, request: OctetRequest, tools: OctetTools): Promise<Result<Uint8Array, AppError>> {
  const { method, path, body, maxBytes, onBytes } = request;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let [status, size] = [0, 0];
    let isTimely = true;
    let failure: unknown;
    const onSessionError = (error: unknown) => (failure ??= error);
    connection.once('error', onSessionError);
    const call = connection.request({ ':method': method, ':path': path, ...(body ? { 'content-type': OCTETS } : {}) });
    call.setTimeout(tools.silenceMs, () => call.close(http2.constants.NGHTTP2_CANCEL));
    call.on('response', (headers) => {
      status = Number(headers[':status']);
      isTimely = tools.isTimely(headers.date);
      if (!isTimely) call.close(http2.constants.NGHTTP2_CANCEL);
    });
    call.on('data', (chunk: Buffer) => {
      size += chunk.length;
      tools.count(0, chunk.length);
      if (size > maxBytes || !isTimely) return call.close(http2.constants.NGHTTP2_CANCEL);
      if (status === 200 && onBytes) onBytes(chunk);
      else chunks.push(chunk);
    });
    call.on('error', (error) => (failure ??= error));
    call.on('close', () => {
      connection.off('error', onSessionError);
      if (!isTimely) return resolve(err({ code: 'hub-untrusted' }));
      if (size > maxBytes) return resolve(err({ code: 'hub-garbage', detail: { status } }));
      if (status === 0 || failure || !call.readableEnded) return resolve(err(tools.toError(0, undefined, failure)));
      const bytes = new Uint8Array(Buffer.concat(chunks));
      resolve(status === 200 ? ok(bytes) : err(tools.toError(status, readCbor(bytes), undefined)));
    });
    if (body) tools.count(body.length, 0);
    call.end(body);
  });
}

function readCbor(bytes: Uint8Array): unknown {
  try {
    return fromCbor(bytes);
  } catch {
    return undefined;
  }
}
