import { getAssumedMasterState, getLastCheckpointDoc, type RxStorageInstanceReplicationState } from 'rxdb/plugins/core';
import { filter, firstValueFrom, map, merge } from 'rxjs';
import { hlcToMs, MAX_CLOCK_AHEAD_MS } from '#shared/base/time.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import { epochOf, type EpochPass, type EpochPassDeps } from './epoch-pass.ts';
import type { SyncLedger } from './ledger.ts';
import { isGone, toLinkRecord, type LinkDoc, type LinkPushRow, type SyncLink } from './link.ts';
import type { Pending } from './pending.ts';
import type { PullCheckpoint } from './pull.ts';
import { rowToSend } from './push.ts';

const POLL_MS = 10;

/** How a replication reaches the hub, and how many rows it hands over at once. */
export interface Way {
  readonly link: Pick<SyncLink, 'push' | 'pull'>;
  /** Takes what is to go before the rest; undefined where rows go one by one in their order. */
  readonly ahead?: SyncLink['push'];
  readonly pushRows: number;
  /** Resolves when rows may be pushed; until then none counts as on its way. */
  readonly mayPush: Promise<void>;
}

/** What waits for the hub. */
export interface Outbox {
  /** The hub's epoch these edits grew in; empty before the first pull. */
  readonly epoch: string;
  /** Where this device is in the hub's order; empty before the first pull. */
  readonly cursor: string;
  /** In no order. */
  readonly ids: readonly string[];
}

/** Sync over files that somebody carries. */
export interface ByCourier {
  /** What a bundle for the hub has to hold. Rejects with `not-enrolled` while there is no replication. */
  readonly outbox: () => Promise<Outbox>;
  /** The waiting rows among `ids`, as they would be pushed. */
  readonly waitingRows: (ids: readonly string[]) => Promise<readonly LinkPushRow[]>;
  /** Takes everything from a line that is up only once: its whole pull first, then what it says of the waiting rows, one by one. Rejects with the error of its pull; with `hub-outdated` where this device compares itself with a restored hub and the answer is of before. */
  readonly takeAnswer: () => Promise<void>;
}

/** What {@link ByCourier} needs of the replication. */
export interface ByCourierDeps {
  readonly link: SyncLink;
  readonly ledger: SyncLedger;
  readonly pass: Pick<EpochPass, 'believed' | 'isBehind' | 'missing'>;
  readonly pending: () => Pending | undefined;
  /** The versions the hub is known to have, by id. */
  readonly findBase: EpochPassDeps['findBase'];
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly internal: () => RxStorageInstanceReplicationState<SuarRecord> | undefined;
  readonly isWanted: () => boolean;
  /** Runs `work` with the usual replication ended, and begins that again afterwards; `begin` starts one over another way. */
  readonly instead: (work: (begin: (way: Way) => Promise<void>) => Promise<void>) => Promise<void>;
}

/** Creates the courier's side of a replication. */
export function createByCourier({ link, ledger, pass, pending, findBase, clock, internal, isWanted, instead }: ByCourierDeps): ByCourier {
  /** The replication, once it has begun: it may be beginning again just now. */
  const running = async () => {
    for (;;) {
      if (!isWanted()) throw { code: 'not-enrolled' };
      const state = internal();
      if (state && pending()) return state;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  };
  /**
   * A file may hold what this device pushed over the line since. Replication would take it for news, and what replaced it may be lost at a hub that is
   * restored before it comes back. It comes later in the hub's order than anything in the file, so nothing is missed.
   */
  const withoutOlder = async (docs: readonly LinkDoc[]): Promise<readonly LinkDoc[]> => {
    const bases = await findBase(docs.map(({ id }) => id));
    return docs.filter((doc) => {
      const base = bases.get(doc.id);
      return isGone(doc) || base === undefined || doc.updatedAt >= base.updatedAt || hlcToMs(base.updatedAt) > clock() + MAX_CLOCK_AHEAD_MS;
    });
  };
  /** What a restored hub lost and this device wrote: replication knows of nothing to send. */
  const lostHere = () => new Map([...pass.missing].filter(([, { again, kept }]) => again && kept === null));
  return {
    outbox: async () => {
      const state = await running();
      await pending()?.refresh();
      const at = await getLastCheckpointDoc<SuarRecord, PullCheckpoint>(state, 'down');
      return { epoch: pass.believed(), cursor: at?.cursor ?? '', ids: [...new Set([...(pending()?.ids() ?? []), ...lostHere().keys()])] };
    },
    waitingRows: async (ids) => {
      const state = await running();
      const [docs, assumed] = await Promise.all([state.input.forkInstance.findDocumentsById([...ids], true), getAssumedMasterState(state, [...ids])]);
      const lost = lostHere();
      return docs.flatMap((doc) => {
        const again = lost.get(doc.id);
        return rowToSend(doc, assumed[doc.id]?.docData, ledger, pass)?.row ?? (again ? { doc: toLinkRecord(doc), assumedRev: again.hubRev } : []);
      });
    },
    takeAnswer: () =>
      instead(async (begin) => {
        const { carried } = link;
        if (!carried) throw { code: 'hub-unreachable' };
        const once = createOnce({
          push: carried.push,
          pull: async (cursor, limit) => {
            const answer = await carried.pull(cursor, limit);
            if (pass.isBehind(answer, cursor)) throw { code: 'hub-outdated' };
            return pass.believed() === epochOf(answer.cursor) ? { ...answer, docs: await withoutOlder(answer.docs) } : answer;
          },
        });
        await begin(once);
        const state = internal();
        if (!state) throw { code: 'unexpected' };
        const ended = state.events.canceled.pipe(
          filter(Boolean),
          map(() => true),
        );
        const reached = (direction: 'down' | 'up') => firstValueFrom(merge(state.firstSyncDone[direction].pipe(filter(Boolean)), ended));
        await Promise.race([reached('down'), once.failed]);
        once.letPush();
        await Promise.race([reached('up'), once.exhausted]);
      }),
  };
}

/** A line that answers as long as it knows something, and then no more. */
interface OnceWay extends Way {
  /** Rejects with the first failure of a pull. */
  readonly failed: Promise<never>;
  /** Resolves when a push met a row the line knows nothing of. */
  readonly exhausted: Promise<void>;
  readonly letPush: () => void;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let ends: Pick<Deferred<T>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<T>((resolve, reject) => (ends = { resolve, reject }));
  return { promise, resolve: (value) => ends?.resolve(value), reject: (error) => ends?.reject(error) };
}

/**
 * Rows are pushed one at a time, so that those the line knows are settled before the first it does not; pushes wait until the
 * pull is through: a pull would wait for a push that never ends.
 */
function createOnce(link: Way['link']): OnceWay {
  const opened = deferred<void>();
  const exhausted = deferred<void>();
  const failed = deferred<never>();
  failed.promise.catch(() => undefined);
  return {
    pushRows: 1,
    mayPush: opened.promise,
    failed: failed.promise,
    exhausted: exhausted.promise,
    letPush: () => opened.resolve(),
    link: {
      pull: async (cursor, limit) => {
        try {
          return await link.pull(cursor, limit);
        } catch (error) {
          failed.reject(error);
          throw error;
        }
      },
      push: async (rows, epoch) => {
        try {
          return await link.push(rows, epoch);
        } catch (error) {
          exhausted.resolve();
          throw error;
        }
      },
    },
  };
}
