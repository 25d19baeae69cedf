import type { ErrorCode } from '#shared/contract/errors.ts';
import type { Way } from './by-courier.ts';
import { codeOf } from './fault-codes.ts';
import type { SyncLink } from './link.ts';
import { nextPushRows, PUSH_ROWS } from './push.ts';

/** The hub was restored: replication begins again, and waiting would only delay that. */
const AT_ONCE: readonly ErrorCode[] = ['hub-outdated'];
/** What is to be first may not go by the plan: what is urgent must not wait for it. */
const AHEAD_AT_ONCE: readonly ErrorCode[] = [...AT_ONCE, 'line-held'];

/** What a {@link Line} needs. */
export interface LineDeps {
  readonly link: SyncLink;
  /** Between a failure and the next try, in milliseconds. */
  readonly retryMs: number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** After every call: the error of one that failed. */
  readonly onCall: (failure: ErrorCode | undefined) => void;
  /** Where replication over this line keeps the size of its batches; undefined while it runs over something else. */
  readonly batches: () => { pushBatchSize: number } | undefined;
}

/** The link to the hub as replication uses it. */
export interface Line {
  /** Fails at once. */
  readonly link: SyncLink;
  /** A call that fails rejects only after a wait, and batches follow how quickly pushes are answered. */
  readonly way: Way;
  /** Somebody expects news: waits end, and what was thought to be the end of the feed is asked for again. */
  readonly ask: () => void;
  /** Counts the calls of `ask`. */
  readonly asked: () => number;
}

/** Creates a {@link Line} over a link. */
export function createLine({ link, retryMs, clock, onCall, batches }: LineDeps): Line {
  let asked = 0;
  const waiting = new Set<() => void>();
  const wait = async (): Promise<void> => {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const timer = setTimeout(end, retryMs);
    waiting.add(end);
    await ended;
    clearTimeout(timer);
    waiting.delete(end);
  };
  const watched =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        const answer = await call(...args);
        onCall(undefined);
        return answer;
      } catch (error) {
        onCall(codeOf(error) ?? 'hub-unreachable');
        throw error;
      }
    };
  const patient =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>, atOnce = AT_ONCE) =>
    async (...args: A): Promise<R> => {
      try {
        return await call(...args);
      } catch (error) {
        const code = codeOf(error);
        if (code === undefined || !atOnce.includes(code)) await wait();
        throw error;
      }
    };
  const watch = ({ push, pull }: Pick<SyncLink, 'push' | 'pull'>) => ({ push: watched(push), pull: watched(pull) });
  const quick: SyncLink = { ...watch(link), ...(link.carried ? { carried: watch(link.carried) } : {}) };
  const push: SyncLink['push'] = async (rows, epoch) => {
    const start = clock();
    const answer = await quick.push(rows, epoch);
    const input = batches();
    if (input) input.pushBatchSize = nextPushRows(input.pushBatchSize, rows.length, clock() - start);
    return answer;
  };
  return {
    link: quick,
    way: { link: { push: patient(push), pull: patient(quick.pull) }, ahead: patient(quick.push, AHEAD_AT_ONCE), pushRows: PUSH_ROWS.least, mayPush: Promise.resolve() },
    ask: () => {
      asked++;
      for (const end of waiting) end();
    },
    asked: () => asked,
  };
}
