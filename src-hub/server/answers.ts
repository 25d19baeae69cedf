import { toCbor } from '#shared/contract/wire.ts';

export const CBOR = 'application/cbor';

/** Every code a route answers with; the device maps them to its own errors. */
export type HubErrorCode =
  | 'bad-request'
  | 'too-large'
  | 'not-found'
  | 'not-enrolled'
  | 'certificate-ended'
  | 'device-revoked'
  | 'device-unadmitted'
  | 'code-refused'
  | 'content-uncovered'
  | 'content-quota'
  | 'content-gone'
  | 'epoch'
  | 'hub-busy'
  | 'unexpected';

const STATUS = {
  'bad-request': 400,
  'not-enrolled': 401,
  'certificate-ended': 401,
  'device-revoked': 403,
  'device-unadmitted': 403,
  'code-refused': 403,
  'content-uncovered': 403,
  'content-quota': 403,
  'not-found': 404,
  'content-gone': 404,
  epoch: 409,
  'too-large': 413,
  'hub-busy': 429,
  unexpected: 500,
} as const satisfies Record<HubErrorCode, number>;

/** Sends a value as CBOR. */
export function sendCbor(reply: AnyReply, value: unknown): void {
  void reply.type(CBOR).send(Buffer.from(toCbor(value)));
}

/** Sends `{error: code}`: one shape for every failure, with nothing of its cause. */
export function sendError(reply: AnyReply, code: HubErrorCode): void {
  sendCbor(reply.code(STATUS[code]), { error: code });
}

/** The part of a Fastify reply that answering needs, whatever server carries it. */
export interface AnyReply {
  code: (status: number) => AnyReply;
  type: (contentType: string) => AnyReply;
  send: (payload?: unknown) => unknown;
}
