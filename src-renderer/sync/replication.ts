import { getAssumedMasterState, type RxConflictHandler, type RxStorageInstanceReplicationState } from 'rxdb/plugins/core';
import { replicateRxCollection, type RxReplicationState } from 'rxdb/plugins/replication';
import { BehaviorSubject, type Observable, type Subscription } from 'rxjs';
import type { ErrorCode } from '#shared/contract/errors.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { SuarDatabase } from '../db/open-database.ts';
import type { WriteDeps } from '../db/record-factory.ts';
import { NO_HUB_MEMORY, type HubMemory } from '../db/journal/hub-memory.ts';
import { createByCourier, type ByCourier, type Way } from './by-courier.ts';
import { createBringBack } from './bring-back.ts';
import { createConflictHandler } from './conflict-handler.ts';
import { createEpochNotes } from './epoch-notes.ts';
import { createEpochPass } from './epoch-pass.ts';
import { createExpress } from './express.ts';
import { storeCodeOf } from './fault-codes.ts';
import { createLedger } from './ledger.ts';
import { createLine } from './line.ts';
import { toLinkRecord, type SyncLink } from './link.ts';
import { trackPending, type Pending } from './pending.ts';
import { createPullHandler, PULL_BATCH, type PullCheckpoint } from './pull.ts';
import { createPushHandler } from './push.ts';
import { eachRecord } from './record-pages.ts';
import { reportPurges } from './purges.ts';
import { createSetAside, type SetAside } from './set-aside.ts';
import type { SyncState } from './sync-state.ts';
import { untilPersisted } from './until-persisted.ts';
import { untilPushed } from './until-pushed.ts';

const RETRY_MS = 5000;
/** RxDB's own wait after a failure, beside the one that a line coming back ends. */
const SHORT_RETRY_MS = 50;

/** The replication of one store with the hub. */
export interface Replication extends ByCourier {
  readonly state$: Observable<SyncState>;
  readonly start: () => Promise<void>;
  /** Stops; edits made meanwhile wait in the store. */
  readonly stop: () => Promise<void>;
  /** The hub has news, or the line is back: pull and push now. */
  readonly wake: () => void;
  /** Resolves when nothing is under way. For tests and for a clean end. */
  readonly settled: () => Promise<void>;
}

/** Sync in two steps, because the database needs the conflict handler before it is open. */
export interface Sync {
  readonly conflictHandler: RxConflictHandler<SuarRecord>;
  readonly attach: (db: SuarDatabase, link: SyncLink, options?: { readonly retryMs?: number }) => Replication;
}

type Internal = RxStorageInstanceReplicationState<SuarRecord>;

/** Prepares sync for one device; a bare "gone" of the hub removes no record of `deps.owner`; `deps.clock` stamps `lastSuccess`, `hub` is what the journal remembers of the hub. */
export function createSync(deps: Omit<WriteDeps, 'owner'> & Partial<Pick<WriteDeps, 'owner'>>, hub: () => HubMemory = () => NO_HUB_MEMORY): Sync {
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
      return createReplication({ ...deps, owner: deps.owner ?? (() => ''), db, link, ledger, setAside: kept, hub: hub(), retryMs: options.retryMs ?? RETRY_MS });
    },
  };
}

interface ReplicationDeps extends WriteDeps {
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
  /** Replication runs over something else than the line. */
  let isAway = false;
  let beginning: Promise<void> | undefined;
  /** Kept also when it is ended: who compares with its bases must not find none. */
  let latest: typeof running;
  let comparing: Promise<unknown> | undefined;
  let linkError: ErrorCode | undefined;
  let storeError: ErrorCode | undefined;
  let active = false;

  /** Newer versions of others that stay here until their authors bring them back: nothing this device could send. */
  const held = (): number => [...pass.missing.values()].filter(({ again, kept }) => !again && kept === null).length;

  function show(success = false): void {
    const error = storeError ?? linkError;
    const state = !wanted ? 'off' : storeError ? 'failed' : linkError ? 'retrying' : active || pending === undefined || pending.count() > 0 || pass.missing.size > held() ? 'syncing' : 'idle';
    state$.next({
      state,
      pending: (pending?.count() ?? 0) + pass.missing.size - held(),
      pendingBytes: pending?.bytes() ?? 0,
      lastSuccess: success ? deps.clock() : state$.value.lastSuccess,
      ...(error ? { error } : {}),
    });
  }

  const line = createLine({
    link: deps.link,
    retryMs,
    clock: deps.clock,
    onCall: (failure) => {
      linkError = failure;
      show(failure === undefined);
    },
    batches: () => (isAway ? undefined : running?.internalReplicationState?.input),
  });
  const { link } = line;
  const isOwn = ({ owner }: SuarRecord): boolean => owner === deps.owner();
  const isPending = (id: string): boolean => pending?.has(id) ?? false;
  const findBase = async (ids: string[]) => {
    const state = latest?.internalReplicationState;
    if (!state) throw new Error('replication has not begun');
    const bases = Object.entries(await getAssumedMasterState(state, ids));
    return new Map(bases.map(([id, { docData }]) => [id, toLinkRecord(docData)]));
  };
  const pass = createEpochPass({
    notes: createEpochNotes(db, deps.hlc.now),
    setAside,
    hlc: deps.hlc,
    clock: deps.clock,
    self: deps.author,
    findLocal: (ids) => db.collections.record.storageInstance.findDocumentsById(ids, true),
    findBase,
    eachRecord: () => eachRecord(db),
  });
  const express = createExpress({ db, state: () => running?.internalReplicationState, ledger, pass, push: deps.link.push });
  const bringBack = createBringBack({ ...deps, link, pass, isPending });
  const find = (ids: string[]) => db.collections.record.storageInstance.findDocumentsById(ids, false);

  /** What a restored hub lost goes back to it while replication rests. */
  const rested = async (): Promise<void> => {
    if (running === undefined || pass.missing.size === 0) return;
    await bringBack();
    show();
  };
  /** Nothing runs, nothing waits, the hub answered: it has everything this device has. */
  const compared = async (): Promise<void> => {
    if (state$.value.state === 'idle' && state$.value.lastSuccess !== null) await deps.hub.compared();
  };

  async function run(way: Way = line.way): Promise<void> {
    storeError = undefined;
    ledger.neverAccepted = await setAside.loadNeverAccepted();
    await pass.load();
    ledger.inFlight.clear();
    let fault: unknown;
    const internal = (): Internal | undefined => replication.internalReplicationState;
    const settledPush = async () => internal()?.streamQueue.up;
    const isOver = (): boolean => internal()?.events.canceled.getValue() ?? false;
    /** A pull that outlives its replication must not speak for the next one. */
    const alive = <T>(work: () => Promise<T>): Promise<T> => {
      if (isOver()) return Promise.reject(new Error('this replication was ended'));
      const done = work();
      comparing = done;
      return done;
    };
    const beginAgain = (): void => {
      if (isOver()) return;
      internal()?.events.canceled.next(true);
      void restart(replication);
    };
    const push = createPushHandler({ link: express.over(way), ledger, setAside, settled: settledPush, knownToHub: deps.hub.known, pass, outdated: beginAgain, isOwn, isOver });
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
          link: way.link,
          ledger,
          setAside,
          hlc: deps.hlc,
          persisted: (checkpoint) => untilPersisted(internal, checkpoint, () => fault),
          pushed: (ids) => untilPushed(ids, { ledger, isDue: pass.isDue, isOver, beginAgain }),
          isPending,
          pass: { admit: (answer, cursor) => alive(() => pass.admit(answer, cursor)), handedOver: (answer) => alive(() => pass.handedOver(answer)) },
          findLocal: find,
          isOwn,
          asked: line.asked,
        }) as never,
      },
      push: { batchSize: way.pushRows, handler: (async (rows: Parameters<typeof push>[0]) => (await way.mayPush, push(rows))) as never },
    });
    latest = running = replication;
    replication.error$.subscribe((error) => {
      const { direction } = Object((error as { parameters?: unknown }).parameters) as { direction?: string };
      if (direction !== undefined && storeCodeOf(error) === undefined) return; // a handler failed: RxDB tries again
      fault = error;
      internal()?.events.canceled.next(true); // before anything later can move a checkpoint past what failed
      storeError = storeCodeOf(error) ?? 'unexpected';
      show();
      void restart(replication);
    });
    const purges = reportPurges(deps.link, find);
    replication.received$.subscribe(({ id, _deleted }) => _deleted && purges.removed(id));
    replication.active$.subscribe((now) => {
      active = now;
      if (!now)
        void pending
          ?.refresh()
          .then(rested)
          .then(compared)
          .then(express.tidy)
          .catch(() => undefined);
      show();
    });
    await replication.start();
    purges.lookBack();
    const started = internal();
    if (started) {
      pending = await trackPending(started, () => show(), deps.hub.settled);
      if (way.ahead) urgent = await express.follow(started);
    }
    show();
  }

  /** Ends the usual replication for the time of `work`. */
  async function instead(work: (begin: (way: Way) => Promise<void>) => Promise<void>): Promise<void> {
    if (!wanted || isAway) throw { code: 'not-enrolled' };
    isAway = true;
    line.ask();
    try {
      await Promise.allSettled([beginning, comparing]);
      await halt(running);
      await work((way) => (beginning = run(way)));
      if (storeError) throw { code: storeError };
    } finally {
      await Promise.allSettled([beginning, comparing]);
      await halt(running);
      isAway = false;
      if (wanted) await (beginning = run());
    }
  }

  async function restart(failed: RxReplicationState<SuarRecord, PullCheckpoint>): Promise<void> {
    await halt(failed);
    await Promise.allSettled([comparing, failed.internalReplicationState?.streamQueue.up]); // what was acknowledged is written down before anything is compared with it
    await new Promise((resolve) => setTimeout(resolve, retryMs));
    if (wanted && !isAway && running === undefined) await (beginning = run());
  }

  async function halt(replication: RxReplicationState<SuarRecord, PullCheckpoint> | undefined): Promise<void> {
    if (replication === undefined || replication !== running) return;
    running = undefined;
    line.ask();
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
      await (beginning = run());
    },
    stop: async () => {
      wanted = false;
      line.ask();
      await Promise.allSettled([beginning, comparing]); // what has begun can be ended, what begins cannot
      await halt(running);
      pending = undefined;
      linkError = storeError = undefined;
      show();
    },
    wake: () => {
      line.ask();
      running?.reSync();
    },
    ...createByCourier({ link, ledger, pass, findBase, clock: deps.clock, pending: () => pending, internal: () => running?.internalReplicationState, isWanted: () => wanted, instead }),
    settled: async () => {
      await running?.awaitInSync();
      await pending?.refresh();
      await rested();
    },
  };
}
