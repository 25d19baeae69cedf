import type { Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IpcRequest, PushResult } from '#shared/contract/ipc.ts';
import { pushRecords, type ExchangeContext } from './exchange.ts';
import type { HubClient } from './hub-client.ts';
import type { LineGate } from './line-gate.ts';
import type { Unsettled } from './unsettled.ts';

/** What pushing over the line needs. */
export interface PushingDeps {
  readonly exchange: (client: HubClient) => ExchangeContext;
  readonly unsettled: Unsettled;
  /** Bytes on the wire since the start. */
  readonly sentBytes: () => number;
  /** Hears what a push took, for what the next one is said to cost. */
  readonly took: LineGate['pushed'];
}

/** Pushes rows over a line that is up, without those that arrived before although nobody heard so. */
export type Pushing = (request: IpcRequest<'link.push'>, client: HubClient) => Promise<Result<PushResult, AppError>>;

/** Creates {@link Pushing}. */
export function createPushing({ exchange, unsettled, sentBytes, took }: PushingDeps): Pushing {
  return async (request, client) => {
    const left = await unsettled.withoutKnown(client, request);
    if (!left.ok) return left;
    const [before, start] = [sentBytes(), performance.now()];
    const answer = await pushRecords({ ...request, rows: left.value }, exchange(client));
    if (!answer.ok) return answer;
    took(JSON.stringify(left.value.map(({ doc }) => doc)).length, sentBytes() - before, performance.now() - start);
    unsettled.heard(request.rows);
    return answer;
  };
}
