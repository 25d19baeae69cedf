import { ERROR_CODES, type AppError, type ErrorCode } from './errors.ts';

/**
 * A small typed RPC over anything that passes structured clones: requests with one answer, and streams.
 * Both ends may serve; failures cross as {@link AppError}, never as text of the other side.
 */

/** A message as a port hands it over. */
export interface RpcMessage {
  readonly data: unknown;
}

/** What a MessagePort, a Worker and a worker's `self` have in common; `transfer` lists what is handed over instead of copied. */
export interface RpcPort {
  postMessage(message: unknown, transfer?: object[]): void;
  addEventListener(type: 'message', listener: (event: RpcMessage) => void): void;
  removeEventListener(type: 'message', listener: (event: RpcMessage) => void): void;
  /** A MessagePort holds its messages back until it is called. */
  start?(): void;
}

/** Requests by name: one argument, one answer. */
export type Requests = Record<string, (argument: never) => Promise<unknown>>;
/** Streams by name: one argument, many values; the returned function ends the stream. */
export type Streams = Record<string, (argument: never, emit: (value: never) => void, fail: (error: unknown) => void) => () => void>;

/** What one end offers the other. */
export interface Service {
  readonly requests: Requests;
  readonly streams: Streams;
}

type ArgumentOf<F> = F extends (argument: infer A, ...rest: never[]) => unknown ? A : never;
type AnswerOf<F> = F extends (argument: never) => Promise<infer R> ? R : never;
type ValueOf<F> = F extends (argument: never, emit: (value: infer V) => void, ...rest: never[]) => unknown ? V : never;

/** The calls of the other end. */
export interface RpcPeer<Remote extends Service> {
  /** Rejects with {@link RpcError}; `transfer` hands buffers over instead of copying them. */
  readonly request: <K extends keyof Remote['requests'] & string>(name: K, argument: ArgumentOf<Remote['requests'][K]>, transfer?: object[]) => Promise<AnswerOf<Remote['requests'][K]>>;
  /** Starts a stream; the returned function ends it. */
  readonly subscribe: <K extends keyof Remote['streams'] & string>(
    name: K,
    argument: ArgumentOf<Remote['streams'][K]>,
    onValue: (value: ValueOf<Remote['streams'][K]>) => void,
    onError?: (error: RpcError) => void,
  ) => () => void;
  /** Ends all streams and fails what is still asked. */
  readonly close: () => void;
}

/** A failure of the other end. */
export class RpcError extends Error implements AppError {
  readonly code: ErrorCode;
  readonly detail: Readonly<Record<string, string | number>>;
  constructor({ code, detail }: AppError) {
    super(code);
    this.name = 'RpcError';
    this.code = code;
    this.detail = detail ?? {};
  }
}

/** The expected failure in anything thrown; what is not expected becomes `unexpected`, without its text. */
export function toAppError(error: unknown): AppError {
  const { code, detail } = Object(error) as { code?: unknown; detail?: AppError['detail'] };
  const known = ERROR_CODES.find((each) => each === code);
  return known === undefined ? { code: 'unexpected' } : { code: known, ...(detail ? { detail } : {}) };
}

type Message =
  | { readonly t: 'request' | 'subscribe'; readonly id: number; readonly name: string; readonly argument: unknown }
  | { readonly t: 'answer' | 'value'; readonly id: number; readonly value: unknown }
  | { readonly t: 'failure' | 'failed'; readonly id: number; readonly error: AppError }
  | { readonly t: 'unsubscribe'; readonly id: number };

/** Connects this end to `port`: serves `local`, calls the other end's `Remote`. */
export function connectRpc<Remote extends Service>(port: RpcPort, local: Service): RpcPeer<Remote> {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: RpcError) => void }>();
  const following = new Map<number, { onValue: (value: never) => void; onError: ((error: RpcError) => void) | undefined }>();
  const serving = new Map<number, () => void>();
  let nextId = 1;
  let closed = false;
  const post = (message: Message, transfer: object[] = []) => port.postMessage(message, transfer);

  async function serve(id: number, name: string, argument: unknown): Promise<void> {
    try {
      const handler = Object.hasOwn(local.requests, name) ? local.requests[name] : undefined;
      if (handler === undefined) throw { code: 'bad-request' };
      post({ t: 'answer', id, value: await handler(argument as never) });
    } catch (error) {
      post({ t: 'failure', id, error: toAppError(error) });
    }
  }

  function serveStream(id: number, name: string, argument: unknown): void {
    const fail = (error: unknown) => post({ t: 'failed', id, error: toAppError(error) });
    const handler = Object.hasOwn(local.streams, name) ? local.streams[name] : undefined;
    if (handler === undefined) return fail({ code: 'bad-request' });
    try {
      serving.set(
        id,
        handler(argument as never, (value) => post({ t: 'value', id, value }), fail),
      );
    } catch (error) {
      fail(error);
    }
  }

  function onMessage({ data }: RpcMessage): void {
    const message = data as Message;
    switch (message.t) {
      case 'request':
        return void serve(message.id, message.name, message.argument);
      case 'subscribe':
        return serveStream(message.id, message.name, message.argument);
      case 'unsubscribe':
        serving.get(message.id)?.();
        serving.delete(message.id);
        return;
      case 'answer':
        waiting.get(message.id)?.resolve(message.value);
        waiting.delete(message.id);
        return;
      case 'failure':
        waiting.get(message.id)?.reject(new RpcError(message.error));
        waiting.delete(message.id);
        return;
      case 'value':
        return following.get(message.id)?.onValue(message.value as never);
      case 'failed':
        return following.get(message.id)?.onError?.(new RpcError(message.error));
    }
  }
  port.addEventListener('message', onMessage);
  port.start?.();

  return {
    request: (name, argument, transfer) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new RpcError({ code: 'locked' }));
        const id = nextId++;
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
        post({ t: 'request', id, name, argument }, transfer);
      }),
    subscribe: (name, argument, onValue, onError) => {
      const id = nextId++;
      following.set(id, { onValue: onValue as (value: never) => void, onError });
      post({ t: 'subscribe', id, name, argument });
      return () => {
        if (following.delete(id)) post({ t: 'unsubscribe', id });
      };
    },
    close: () => {
      closed = true;
      port.removeEventListener('message', onMessage);
      for (const end of serving.values()) end();
      for (const { reject } of waiting.values()) reject(new RpcError({ code: 'locked' }));
      waiting.clear();
      following.clear();
      serving.clear();
    },
  };
}
