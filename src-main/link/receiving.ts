import type { Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { PullResult } from '#shared/contract/ipc.ts';
import type { ReceivingState } from '#shared/contract/link.ts';
import { checkAnswer, WaitingAnswerSchema } from './answers.ts';
import type { HubClient } from './hub-client.ts';

/** A shorter time says nothing of how fast the line brings. */
const MEASURE_MS = 2000;
/** How often a line that brings nothing asks what waits, in milliseconds. */
const GLANCE_MS = 20_000;

type Asker = Pick<HubClient, 'request'>;
/** What waits at the hub for this device, as far as it was told, less what came since. */
export interface Receiving {
  readonly state: () => ReceivingState | null;
  /** Asks the hub what waits behind its cursor; keeps what it knew where there is no answer, or all of it came before the answer. */
  readonly ask: (client: Asker, cursor: string) => Promise<void>;
  /** {@link ask} now and then, at last after the last call, for a line that brings nothing by itself: asking costs too. */
  readonly glance: (client: Asker, cursor: string) => void;
  /** Takes what a pull brought off what waits. */
  readonly counting: (pulled: Promise<Result<PullResult, AppError>>) => Promise<Result<PullResult, AppError>>;
}
export interface ReceivingOptions {
  /** Bytes that came on the wire. */
  readonly received: () => number;
  /** Milliseconds. */
  readonly now: () => number;
  readonly later: (run: () => void, ms: number) => void;
  /** Hears of every change of the state. */
  readonly changed: () => void;
}

export function createReceiving({ received, now, later, changed }: ReceivingOptions): Receiving {
  let known: { readonly records: number; readonly bytes: number; readonly more: boolean; readonly from: number; readonly atMs: number; readonly fromBytes: number } | undefined;
  let taken = 0;
  let ends = 0;
  let glancedMs = Number.NEGATIVE_INFINITY;
  let due: (() => void) | undefined;
  const ask: Receiving['ask'] = async (client, cursor) => {
    const [from, end] = [taken, ends];
    const answer = checkAnswer(WaitingAnswerSchema, await client.request('GET', `/v1/waiting?cursor=${encodeURIComponent(cursor)}`));
    if (!answer.ok || end !== ends) return;
    known = { ...answer.value, from, atMs: now(), fromBytes: received() };
    changed();
  };
  return {
    state: () => {
      const left = known ? known.records - (taken - known.from) : 0;
      if (!known || left <= 0) return null;
      const { records, bytes, more, atMs, fromBytes } = known;
      const ms = now() - atMs;
      const came = received() - fromBytes;
      return {
        records: left,
        bytes: Math.ceil((bytes * left) / records),
        more,
        bytesPerSecond: left < records && ms >= MEASURE_MS && came > 0 ? Math.round((came * 1000) / ms) : null,
      };
    },
    ask,
    glance: (client, cursor) => {
      const isDue = due !== undefined;
      due = () => {
        due = undefined;
        glancedMs = now();
        void ask(client, cursor);
      };
      const waitMs = glancedMs + GLANCE_MS - now();
      if (waitMs <= 0) due();
      else if (!isDue) later(() => due?.(), waitMs);
    },
    counting: async (pulled) => {
      const answer = await pulled;
      if (!answer.ok) return answer;
      taken += answer.value.docs.length;
      if (answer.value.done) {
        ends++;
        [known, due] = [undefined, undefined];
      }
      changed();
      return answer;
    },
  };
}
