import { constants, type ClientHttp2Stream } from 'node:http2';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';

/** No byte for this long while one is waited for ends a stream, in milliseconds; the next request goes on from the cursor. */
const SILENCE_MS = 10_000;
/** Largest answer that is an error, in bytes. */
const MAX_ERROR_BYTES = 64 * 1024;

/** An answer read piece by piece. What is not read is not sent for: the window of HTTP/2 fills and the hub waits. */
export interface ByteStream {
  /** The next bytes, or undefined after the last. Once it failed it fails again. */
  readonly read: () => Promise<Result<Uint8Array | undefined, AppError>>;
  /** Whether the answer goes on with what was there before (206); known once a byte was read. */
  readonly isRest: () => boolean;
  readonly close: () => void;
}

/** What a stream needs to know of its connection. */
export interface StreamDeps {
  /** The answer begins. */
  readonly answered: () => void;
  readonly arrived: (bytes: number) => void;
  /** Whether an answer with this `date` may be used; see hub-trust.ts. */
  readonly isTimely: (date: string | undefined) => boolean;
  /** What an answer other than 200 and 206 means. */
  readonly refusal: (status: number, body: Uint8Array) => AppError;
  /** What a broken connection means. */
  readonly failure: (error: unknown) => AppError;
}

/** Reads the answer of a request that was just sent. */
export function readStream(call: ClientHttp2Stream, deps: StreamDeps): ByteStream {
  let status = 0;
  let problem: unknown;
  let ended = false;
  let wake = (): void => undefined;
  call.on('response', (headers) => {
    deps.answered();
    if (deps.isTimely(headers.date)) status = Number(headers[':status']);
    else {
      problem = Object.assign(new Error('the hub is not trusted'), { code: 'CERT_REJECTED' });
      call.close(constants.NGHTTP2_CANCEL);
    }
    wake();
  });
  call.on('readable', () => wake());
  call.on('end', () => {
    ended = true;
    wake();
  });
  call.on('error', (error) => (problem ??= error));
  call.on('close', () => {
    if (!ended) problem ??= new Error('cut');
    wake();
  });

  const isOver = () => ended || problem !== undefined;
  /** Waits until `is` holds, the stream is over, or it was silent for too long. */
  const wait = async (is: () => boolean): Promise<void> => {
    for (const until = Date.now() + SILENCE_MS; !is() && !isOver();) {
      const timer = setTimeout(() => wake(), Math.max(1, until - Date.now()));
      await new Promise<void>((resolve) => (wake = resolve));
      clearTimeout(timer);
      if (Date.now() < until || is() || ended) continue;
      problem ??= new Error('silence');
      call.close(constants.NGHTTP2_CANCEL);
    }
  };
  const take = async (): Promise<Uint8Array | undefined> => {
    let chunk: Buffer | null = null;
    await wait(() => (chunk = call.read() as Buffer | null) !== null);
    chunk ??= call.read() as Buffer | null;
    if (chunk) deps.arrived(chunk.length);
    return chunk ?? undefined;
  };
  const refused = async (): Promise<AppError> => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (let chunk = await take(); chunk && size < MAX_ERROR_BYTES; chunk = await take()) {
      chunks.push(chunk);
      size += chunk.length;
    }
    return deps.refusal(status, Buffer.concat(chunks));
  };
  return {
    read: async () => {
      await wait(() => status !== 0);
      if (status === 0) return err(deps.failure(problem));
      if (status !== 200 && status !== 206) return err(await refused());
      const chunk = await take();
      if (chunk) return ok(chunk);
      return problem === undefined ? ok(undefined) : err(deps.failure(problem));
    },
    isRest: () => status === 206,
    close: () => call.close(constants.NGHTTP2_CANCEL),
  };
}
