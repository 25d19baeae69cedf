import type { Result } from '#shared/base/result.ts';
import type { BackupMade } from '#shared/contract/backup.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { RecordVersion } from '#shared/domain/record/explain.ts';
import type { Decision } from '#shared/domain/record/settle.ts';
import type { EntityName } from '#shared/entities.ts';
import type { IntakeItem } from '#shared/intake/intake-file.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { Outbox } from '../sync/by-courier.ts';
import type { SyncState } from '../sync/sync-state.ts';
import type { LinkPushRow, SyncLink } from '../sync/link.ts';
import type { IndexState } from './index/index-keeper.ts';
import type { Conflicted } from './index/read-conflicted.ts';
import type { CorrelationAnswer, CorrelationQuery } from './correlate/correlation-answer.ts';
import type { IntakeState, IntakeVersion } from './intake.ts';
import type { RebuildProgress, RebuildReport } from './journal/rebuild.ts';
import type { BulkOutcome, BulkProgress } from './repository.ts';
import type { SearchAnswer, SearchQuery } from './search/search-query.ts';
import type { DataService, ImportStep, LinkService, LocalEntry, RebuildStep, RecordInput, RecordPatch, SetAsideEntry, WatchQuery } from './worker/protocol.ts';
import { connectRpc, type RpcError, type RpcPort, type Service } from '#shared/contract/rpc.ts';

type Requests = DataService['requests'];
type Written = Promise<Result<SuarRecord, AppError>>;

/** The UI's view of the store: every call goes to the data worker and rejects with RpcError (`code` of contract/errors.ts), e.g. `locked`, `store-damaged`. */
export interface DataClient {
  /** Opens the store; `storeKey` is transferred, so the caller's array is empty afterwards. */
  readonly open: Requests['open'];
  /** Makes the store again after `open` was refused with `store-lost`, opens it, and resolves with what became of the rows. */
  readonly rebuild: (onProgress: (progress: RebuildProgress) => void) => Promise<RebuildReport>;
  /** Told once when the store is found altered while the officer works; the next unlock makes it again. */
  readonly onStoreAltered: (listener: () => void) => () => void;
  /** On disk when it resolves. Errors: `record-invalid`. */
  readonly insert: (input: RecordInput) => Written;
  /** The fields of `patch.body` replace those of the newest version one by one. */
  readonly update: (entity: EntityName, id: string, patch: RecordPatch) => Written;
  readonly remove: (entity: EntityName, id: string) => Promise<Result<void, AppError>>;
  readonly get: (entity: EntityName, id: string) => Promise<SuarRecord | undefined>;
  /** The records among `ids` the store has, in no order. */
  readonly getMany: (entity: EntityName, ids: readonly string[]) => Promise<readonly SuarRecord[]>;
  readonly count: (entity: EntityName, status?: string) => Promise<number>;
  /** The rows of `query` now and after every change, newest first, at most `limit`; the returned function ends it. */
  readonly watch: (query: WatchQuery, listener: (rows: readonly SuarRecord[]) => void, onError?: (error: RpcError) => void) => () => void;
  /** Inserts in batches, two under way at a time; an abort keeps what is in and what is under way. */
  readonly importEntities: (rows: readonly RecordInput[], onProgress?: (progress: BulkProgress) => void, signal?: AbortSignal) => Promise<BulkOutcome>;
  /** What the store knows of the objects of a file, in their order. */
  readonly compareIntake: (items: readonly IntakeVersion[]) => Promise<readonly IntakeState[]>;
  /** Stores objects of a file that are new or newer. Resolves with their number; an abort is `import-cancelled` with `detail.count`. */
  readonly importIntake: (items: readonly IntakeItem[], onProgress?: (progress: BulkProgress) => void, signal?: AbortSignal) => Promise<Result<number, AppError>>;
  readonly correlate: (query: CorrelationQuery) => Promise<CorrelationAnswer>;
  readonly search: (query: SearchQuery) => Promise<SearchAnswer>;
  /** Whether the index holds the whole store: now and after every change. */
  readonly watchIndexState: (listener: (state: IndexState) => void) => () => void;
  /** Tells when an answer of `correlate` or `search` may have changed. */
  readonly onIndexChanged: (listener: () => void) => () => void;
  /** Records of these kinds with a conflict nobody has decided, as far as they are indexed. */
  readonly conflicted: (entities: readonly EntityName[]) => Promise<Conflicted>;
  /** Settles conflicts of one record in one new version; `record-invalid` where one of them is not open any more. */
  readonly settleConflicts: (id: string, decisions: readonly Decision[]) => Written;
  /** The newest `most` versions of a record this device has seen, newest first. */
  readonly history: (id: string, most: number) => Promise<readonly RecordVersion[]>;
  /** Enrolment: gives the records made before to the unit, each as a new version. Resolves with their number. */
  readonly setIdentity: (identity: { readonly unit: string }) => Promise<number>;
  readonly putLocal: (entry: LocalEntry) => Promise<void>;
  readonly getLocal: (id: string) => Promise<LocalEntry | undefined>;
  readonly removeLocal: (id: string) => Promise<void>;
  /** Sends every row to the backup main has begun. Rejects with `backup-cancelled`, `backup-no-room`, `backup-not-saved`, `store-lost`, `store-damaged`. */
  readonly backUp: () => Promise<BackupMade>;
  readonly startSync: () => Promise<void>;
  readonly stopSync: () => Promise<void>;
  /** The hub has news, or the line is back. */
  readonly wake: () => Promise<void>;
  /** What waits for the hub. Rejects with `not-enrolled` while there is no sync. */
  readonly outbox: () => Promise<Outbox>;
  /** The waiting rows among `ids`, as they would be pushed. */
  readonly waitingRows: (ids: readonly string[]) => Promise<readonly LinkPushRow[]>;
  /** Takes everything from the answer main has opened (`courier.open`). Rejects with the errors of contract/bundle.ts and of the store. */
  readonly takeAnswer: () => Promise<void>;
  /** Records whose change is to be sent first, in that order: now and after every change. */
  readonly watchSentFirst: (listener: (ids: readonly string[]) => void) => () => void;
  readonly watchSyncState: (listener: (state: SyncState) => void) => () => void;
  /** Edits the hub did not take, newest first; dismiss one with `removeLocal(entry.id)`. */
  readonly watchSetAside: (listener: (entries: readonly SetAsideEntry[]) => void) => () => void;
  /** Stops sync, closes the store and ends every stream; terminate the worker then, its memory goes with it. */
  readonly close: () => Promise<void>;
}

/** Connects to a data worker; `link` is the way to the hub the worker calls back for, through main's IPC. */
export function createDataClient(worker: RpcPort, link: SyncLink): DataClient {
  const wayOf = (carried: boolean): Pick<SyncLink, 'push' | 'pull'> => {
    if (!carried) return link;
    if (!link.carried) throw { code: 'hub-unreachable' };
    return link.carried;
  };
  const service: LinkService = {
    requests: {
      push: ({ rows, epoch, carried }) => wayOf(carried).push(rows, epoch),
      pull: ({ cursor, limit, carried }) => wayOf(carried).pull(cursor, limit),
      purged: (ids) => link.purged?.(ids) ?? Promise.resolve([]),
    },
    streams: {},
  };
  const rpc = connectRpc<DataService & Service>(worker, service as unknown as Service);
  const call = rpc.request as <K extends keyof Requests>(name: K, argument: Parameters<Requests[K]>[0], transfer?: object[]) => ReturnType<Requests[K]>;
  const follow = rpc.subscribe as unknown as <T>(name: keyof DataService['streams'], argument: unknown, onValue: (value: T) => void, onError?: (error: RpcError) => void) => () => void;

  /** Ids are unique over all entities; a record of another one is as good as none. */
  async function getOf(entity: EntityName, id: string): Promise<SuarRecord | undefined> {
    const record = await call('get', id);
    return record?.entity === entity ? record : undefined;
  }

  function runImport<Outcome>(name: 'importEntities' | 'importIntake', rows: readonly unknown[], onProgress?: (progress: BulkProgress) => void, signal?: AbortSignal): Promise<Outcome> {
    const token = crypto.randomUUID();
    const stop = () => void call('stopImport', token);
    return new Promise<Outcome>((resolve, reject) => {
      follow<ImportStep<Outcome>>(name, { token, rows }, (step) => ('progress' in step ? onProgress?.(step.progress) : resolve(step.outcome)), reject);
      if (signal?.aborted) stop();
      signal?.addEventListener('abort', stop, { once: true });
    }).finally(() => signal?.removeEventListener('abort', stop));
  }

  return {
    open: (options) => call('open', options, [options.storeKey.buffer, ...(options.journal ? [options.journal] : [])]),
    rebuild: (onProgress) =>
      new Promise((resolve, reject) => {
        follow<RebuildStep>('rebuild', null, (step) => ('progress' in step ? onProgress(step.progress) : resolve(step.report)), reject);
      }),
    onStoreAltered: (listener) => follow('storeAltered', null, listener),
    insert: (input) => call('insert', input),
    update: (_entity, id, patch) => call('update', { id, patch }),
    remove: (_entity, id) => call('remove', id),
    get: getOf,
    getMany: async (entity, ids) => (await call('getMany', ids)).filter((record) => record.entity === entity),
    count: (entity, status) => call('count', { entity, ...(status === undefined ? {} : { status }) }),
    watch: (query, listener, onError) => follow('watch', query, listener, onError),
    importEntities: (rows, onProgress, signal) => runImport('importEntities', rows, onProgress, signal),
    compareIntake: (items) => call('compareIntake', items),
    importIntake: (items, onProgress, signal) => runImport('importIntake', items, onProgress, signal),
    correlate: (query) => call('correlate', query),
    search: (query) => call('search', query),
    watchIndexState: (listener) => follow('indexState', null, listener),
    onIndexChanged: (listener) => follow('indexChanged', null, listener),
    conflicted: (entities) => call('conflicted', entities),
    settleConflicts: (id, decisions) => call('settleConflicts', { id, decisions }),
    history: (id, most) => call('history', { id, most }),
    setIdentity: (identity) => call('setIdentity', identity),
    putLocal: (entry) => call('putLocal', entry),
    getLocal: (id) => call('getLocal', id),
    removeLocal: (id) => call('removeLocal', id),
    backUp: () => call('backUp', null),
    startSync: () => call('startSync', null),
    stopSync: () => call('stopSync', null),
    wake: () => call('wake', null),
    outbox: () => call('outbox', null),
    waitingRows: (ids) => call('waitingRows', ids),
    takeAnswer: () => call('takeAnswer', null),
    watchSentFirst: (listener) => follow('sentFirst', null, listener),
    watchSyncState: (listener) => follow('syncState', null, listener),
    watchSetAside: (listener) => follow('setAside', null, listener),
    close: async () => {
      await call('close', null);
      rpc.close();
    },
  };
}
