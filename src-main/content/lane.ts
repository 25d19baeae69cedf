import type { Result } from '#shared/base/result.ts';
import { ok } from '#shared/base/result.ts';
import { ContentStateSchema, MAX_PART_BYTES, type ContentEnd, type ContentOffer, type ContentState } from '#shared/contract/content.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { fromCbor } from '#shared/contract/wire.ts';
import { checkAnswer, ContentReceivedSchema } from '../link/answers.ts';
import type { Link } from '../link/link.ts';

/** The requests of contract/content.ts, each at its turn behind the records. */
export interface ContentLane {
  readonly offer: (offer: ContentOffer) => Promise<Result<ContentState, AppError>>;
  readonly state: (content: ContentEnd) => Promise<Result<ContentState, AppError>>;
  /** Answers how many bytes the hub has from the start. */
  readonly put: (id: string, at: number, bytes: Uint8Array) => Promise<Result<number, AppError>>;
  /** Hands over the bytes as they arrive, also those before a cut. */
  readonly get: (content: ContentEnd, at: number, length: number, onBytes: (bytes: Uint8Array) => void) => Promise<Result<null, AppError>>;
  readonly end: (content: ContentEnd) => Promise<Result<null, AppError>>;
}

/** Creates the lane over a link. */
export function createContentLane({ media }: Pick<Link, 'media'>): ContentLane {
  return {
    offer: async (offer) => checkAnswer(ContentStateSchema, await media((client) => client.request('POST', '/v1/content/offer', offer))),
    state: async ({ id, owner }) => checkAnswer(ContentStateSchema, await media((client) => client.request('GET', `/v1/content/state?id=${id}&owner=${owner}`))),
    put: async (id, at, bytes) => {
      const answer = await media((client) => client.octets({ method: 'POST', path: `/v1/content/part?id=${id}&at=${at}`, body: bytes, maxBytes: 1024 }));
      const read = checkAnswer(ContentReceivedSchema, answer.ok ? ok(decoded(answer.value)) : answer);
      return read.ok ? ok(read.value.received) : read;
    },
    get: async ({ id, owner }, at, length, onBytes) => {
      const path = `/v1/content/part?id=${id}&owner=${owner}&at=${at}&length=${length}`;
      const answer = await media((client) => client.octets({ method: 'GET', path, maxBytes: MAX_PART_BYTES, onBytes }));
      return answer.ok ? ok(null) : answer;
    },
    end: async (content) => {
      const answer = await media((client) => client.request('POST', '/v1/content/end', content));
      return answer.ok ? ok(null) : answer;
    },
  };
}

function decoded(bytes: Uint8Array): unknown {
  try {
    return fromCbor(bytes);
  } catch {
    return undefined;
  }
}
