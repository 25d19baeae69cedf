import type { RxConflictHandler, RxStorageInstanceReplicationState } from 'rxdb/plugins/core';
import { replicateRxCollection, type RxReplicationState } from 'rxdb/plugins/replication';
import { BehaviorSubject, type Observable, type Subscription } from 'rxjs';
import { ERROR_CODES, type ErrorCode } from '#shared/contract/errors.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { SuarDatabase } from '../db/open-database.ts';
import type { WriteDeps } from '../db/record-factory.ts';
import { NO_HUB_MEMORY, type HubMemory } from '../db/journal/hub-memory.ts';
import { createConflictHandler } from './conflict-handler.ts';
import { followUrgent } from './express.ts';
import { createLedger } from './ledger.ts';
import type { SyncLink } from './link.ts';
import { trackPending, type Pending } from './pending.ts';
import { createPullHandler, PULL_BATCH, type PullCheckpoint } from './pull.ts';
import { createPushHandler, nextPushRows, PUSH_ROWS } from './push.ts';
import { createSetAside, type SetAside } from './set-aside.ts';

const RETRY_MS = 5000;
/** RxDB's own wait after a failure, beside the one that a line coming back ends. */
const SHORT_RETRY_MS = 50;
const POLL_MS = 2;
const POLL_MAX_MS = 8;

/** What the status line shows. */
export interface SyncState {
  /** `retrying`: the hub cannot be reached, edits wait; `failed`: the store refused a write, see `error`. */
  readonly state: 'off' | 'syncing' | 'idle' | 'retrying' | 'failed';
  /** Records with an edit the hub does not have. */
  readonly pending: number;
  /** Approximate size of these, in bytes. */
  readonly pendingBytes: number;
  /** Last answer of the hub, in milliseconds since the epoch, or null. */
  readonly lastSuccess: number | null;
  readonly error?: ErrorCode;
}

/** The replication of one store with the hub. */
export interface Replication {
  readonly state$: Observable<SyncState>;
  readonly start: () => Promise<void>;
  /** Stops; edits made meanwhile wait in the store. */
  readonly stop: () => Promise<void>;
  /** The hub has news, or the line is back: pull and push now. */
  readonly wake: () => void;
  /** Resolves when nothing is under way. For tests and for a clean end. */
  readonly settled: () => Promise<void>;
}

/** Options of {@link Sync.attach}. */
export interface AttachOptions {
  readonly retryMs?: number;
}

/** Sync in two steps, because the database needs the conflict handler before it is open. */
export interface Sync {
  readonly conflictHandler: RxConflictHandler<SuarRecord>;
  readonly attach: (db: SuarDatabase, link: SyncLink, options?: AttachOptions) => Replication;
}

type Internal = RxStorageInstanceReplicationState<SuarRecord>;

/** Prepares sync for one device; `deps.clock` stamps `lastSuccess`, `hub` is what the journal remembers of the hub. */
export function createSync(deps: Omit<WriteDeps, 'owner'>, hub: () => HubMemory = () => NO_HUB_MEMORY): Sync {
  const ledger = createLedger();
  let setAside: SetAside | undefined;
  const needSetAside = (): SetAside => {
    if (setAside === undefined) throw new Error('sync is not attached to a database');
    return setAside;
  };
  return {
    conflictHandler: createConflictHandler({ ...deps, ledger, setAside: needSetAside }),
    attach: (db, link, options = {}) => {
      const kept = (setAside = createSetAside(db, deps.hlc.now));
      return createReplication({ db, link, ledger, setAside: kept, hlc: deps.hlc, clock: deps.clock, hub: hub(), retryMs: options.retryMs ?? RETRY_MS });
    },
  };
}

interface ReplicationDeps extends Pick<WriteDeps, 'hlc' | 'clock'> {
  readonly db: SuarDatabase;
  readonly link: SyncLink;
  readonly ledger: ReturnType<typeof createLedger>;
  readonly setAside: SetAside;
  readonly hub: HubMemory;
  readonly retryMs: number;
}

function createReplication(deps: ReplicationDeps): Replication {
  const { db, ledger, setAside, retryMs } = deps;
  const state$ = new BehaviorSubject<SyncState>({ state: 'off', pending: 0, pendingBytes: 0, lastSuccess: null });
  let running: RxReplicationState<SuarRecord, PullCheckpoint> | undefined;
  let pending: Pending | undefined;
  let urgent: Subscription | undefined;
  let wanted = false;
  let linkError: ErrorCode | undefined;
  let storeError: ErrorCode | undefined;
  let active = false;
  let asked = 0;
  let resume = (): void => undefined;

  function show(success = false): void {
    const error = storeError ?? linkError;
    const state = !wanted ? 'off' : storeError ? 'failed' : linkError ? 'retrying' : active || pending === undefined || pending.count() > 0 ? 'syncing' : 'idle';
    state$.next({ state, pending: pending?.count() ?? 0, pendingBytes: pending?.bytes() ?? 0, lastSuccess: success ? deps.clock() : state$.value.lastSuccess, ...(error ? { error } : {}) });
  }

  /** Waits before the next try; a line that is back ends it. */
  const untilAsked = async (): Promise<void> => {
    const before = resume;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, retryMs);
      resume = () => {
        before();
        resolve();
      };
    });
    clearTimeout(timer);
  };

  const watched =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        const answer = await call(...args);
        linkError = undefined;
        show(true);
        return answer;
      } catch (error) {
        linkError = codeOf(error) ?? 'hub-unreachable';
        show();
        await untilAsked();
        throw error;
      }
    };
  const push: SyncLink['push'] = async (rows) => {
    const start = deps.clock();
    const answer = await deps.link.push(rows);
    const input = running?.internalReplicationState?.input;
    if (input) input.pushBatchSize = nextPushRows(input.pushBatchSize, rows.length, deps.clock() - start);
    return answer;
  };
  const link: SyncLink = { push: watched(push), pull: watched(deps.link.pull) };

  /** Nothing runs, nothing waits, the hub answered: it has everything this device has. */
  const compared = async (): Promise<void> => {
    if (state$.value.state === 'idle' && state$.value.lastSuccess !== null) await deps.hub.compared();
  };

  async function run(): Promise<void> {
    storeError = undefined;
    ledger.neverAccepted = await setAside.loadNeverAccepted();
    ledger.inFlight.clear();
    let fault: unknown;
    const internal = (): Internal | undefined => replication.internalReplicationState;
    const settledPush = async () => internal()?.streamQueue.up;
    const replication: RxReplicationState<SuarRecord, PullCheckpoint> = replicateRxCollection<SuarRecord, PullCheckpoint>({
      replicationIdentifier: 'hub-1',
      collection: db.collections.record,
      live: true,
      retryTime: Math.min(retryMs, SHORT_RETRY_MS),
      waitForLeadership: false,
      toggleOnDocumentVisible: false,
      autoStart: false,
      pull: {
        batchSize: PULL_BATCH,
        handler: createPullHandler({
          link,
          ledger,
          setAside,
          hlc: deps.hlc,
          persisted: (checkpoint) => untilPersisted(internal, checkpoint, () => fault),
          pushed: settledPush,
          isPending: (id) => pending?.has(id) ?? false,
          findLocal: (ids) => db.collections.record.storageInstance.findDocumentsById(ids, false),
          asked: () => asked,
        }) as never,
      },
      push: { batchSize: PUSH_ROWS.least, handler: createPushHandler({ link, ledger, setAside, settled: settledPush, knownToHub: deps.hub.known }) as never },
    });
    running = replication;
    replication.error$.subscribe((error) => {
      const { direction } = Object((error as { parameters?: unknown }).parameters) as { direction?: string };
      if (direction !== undefined && storeCodeOf(error) === undefined) return; // a handler failed: RxDB tries again
      fault = error;
      internal()?.events.canceled.next(true); // before anything later can move a checkpoint past what failed
      storeError = storeCodeOf(error) ?? 'unexpected';
      show();
      void restart(replication);
    });
    replication.active$.subscribe((now) => {
      active = now;
      if (!now)
        void pending
          ?.refresh()
          .then(compared)
          .catch(() => undefined);
      show();
    });
    await replication.start();
    const started = internal();
    if (started) {
      pending = await trackPending(started, () => show(), deps.hub.settled);
      urgent = await followUrgent(started, ledger, deps.link.push);
    }
    show();
  }

  /** Somebody expects news: waits end, and what was thought to be the end of the feed is asked for again. */
  function ask(): void {
    asked++;
    resume();
    resume = () => undefined;
  }

  async function restart(failed: RxReplicationState<SuarRecord, PullCheckpoint>): Promise<void> {
    await halt(failed);
    await new Promise((resolve) => setTimeout(resolve, retryMs));
    if (wanted && running === undefined) await run();
  }

  async function halt(replication: RxReplicationState<SuarRecord, PullCheckpoint> | undefined): Promise<void> {
    if (replication === undefined || replication !== running) return;
    running = undefined;
    pending?.stop();
    urgent?.unsubscribe();
    await replication.cancel();
  }

  return {
    state$: state$.asObservable(),
    start: async () => {
      if (wanted) return;
      wanted = true;
      show();
      await run();
    },
    stop: async () => {
      wanted = false;
      ask();
      await halt(running);
      pending = undefined;
      linkError = storeError = undefined;
      show();
    },
    wake: () => {
      ask();
      running?.reSync();
    },
    settled: async () => {
      await running?.awaitInSync();
      await pending?.refresh();
    },
  };
}

/** Waits until RxDB has stored `checkpoint`; it writes it only after the documents before it. */
async function untilPersisted(internal: () => Internal | undefined, checkpoint: PullCheckpoint | undefined, fault: () => unknown): Promise<void> {
  if (checkpoint === undefined) return;
  for (let waitMs = POLL_MS; ; waitMs = Math.min(waitMs * 2, POLL_MAX_MS)) {
    const stored = internal()?.lastCheckpointDoc.down?.checkpointData as PullCheckpoint | undefined;
    if (stored?.cursor === checkpoint.cursor) return;
    if (fault() !== undefined || internal()?.events.canceled.getValue()) throw new Error('the documents before could not be stored');
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

function codeOf(error: unknown): ErrorCode | undefined {
  const code = (Object(error) as { code?: unknown }).code;
  return ERROR_CODES.find((known) => known === code);
}

/** The store's own failure inside an error, also where RxDB wrapped it: damaged, full, or undefined. */
function storeCodeOf(error: unknown): ErrorCode | undefined {
  const text = JSON.stringify([error, (Object(error) as { parameters?: unknown }).parameters, String(error)]) ?? '';
  if (codeOf(error) === 'store-damaged' || text.includes('store-damaged')) return 'store-damaged';
  return codeOf(error) === 'store-full' || text.includes('store-full') ? 'store-full' : undefined;
}
