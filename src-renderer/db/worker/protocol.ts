import type { BackupMade } from '#shared/contract/backup.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { EntityName } from '#shared/entities.ts';
import type { Result } from '#shared/base/result.ts';
import type { RecordVersion } from '#shared/domain/record/explain.ts';
import type { Decision } from '#shared/domain/record/settle.ts';
import type { SuarRecord, Tlp } from '#shared/schema/record.ts';
import type { LinkPullAnswer, LinkPushAnswer, LinkPushRow } from '../../sync/link.ts';
import type { Outbox } from '../../sync/by-courier.ts';
import type { SyncState } from '../../sync/sync-state.ts';
import type { SetAsideEdit } from '../../sync/set-aside.ts';
import type { RpcPort } from '#shared/contract/rpc.ts';
import type { IntakeItem } from '#shared/intake/intake-file.ts';
import type { IntakeState, IntakeVersion } from '../intake.ts';
import type { CorrelationAnswer, CorrelationQuery } from '../correlate/correlation-answer.ts';
import type { IndexState } from '../index/index-keeper.ts';
import type { Conflicted } from '../index/read-conflicted.ts';
import type { RebuildProgress, RebuildReport } from '../journal/rebuild.ts';
import type { BulkOutcome, BulkProgress } from '../repository.ts';
import type { SearchAnswer, SearchQuery } from '../search/search-query.ts';

/** What opens a store in the data worker. */
export interface OpenStore {
  /** 32 bytes; transferred to the worker and zeroed there once the keys are derived. */
  readonly storeKey: Uint8Array;
  /** Names the store on disk; opaque, never personal. */
  readonly profile: string;
  readonly deviceId: string;
  /** The unit, or OWNER_SELF before enrolment. */
  readonly owner: string;
  /** The port of the journal in main (contract/journal.ts), transferred; without it, in tests, SQLite flushes every write. */
  readonly journal?: RpcPort;
}

/** A new record as the UI sends it. */
export interface RecordInput {
  readonly id?: string;
  readonly entity: EntityName;
  readonly body: Readonly<Record<string, unknown>>;
  readonly status: string;
  readonly tlp: Tlp;
  readonly audience?: readonly string[];
  readonly ref?: string;
}

/** An edit as the UI sends it: whole values of the parts that change. */
export interface RecordPatch {
  readonly body?: Readonly<Record<string, unknown>>;
  readonly status?: string;
  readonly tlp?: Tlp;
  readonly audience?: readonly string[];
  readonly ref?: string;
}

/** A live list of one entity, newest first. */
export interface WatchQuery {
  readonly entity: EntityName;
  readonly status?: string;
  readonly ref?: string;
  /** 1 to FIND_LIMIT_MAX (repository.ts). */
  readonly limit: number;
}

/** An edit the hub did not take, with the id to dismiss it by. */
export type SetAsideEntry = SetAsideEdit & { readonly id: string; readonly at: string };

/** A draft or a setting of this device. */
export interface LocalEntry {
  readonly id: string;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One step of an import: how far it is, or how it ended. */
export type ImportStep<Outcome> = { readonly progress: BulkProgress } | { readonly outcome: Outcome };

/** One step of a rebuild: how far it is, or what became of the rows. */
export type RebuildStep = { readonly progress: RebuildProgress } | { readonly report: RebuildReport };

/** What the worker serves. Every expected failure of a write is in its Result; a damaged store rejects with `store-damaged`. */
export interface DataService {
  readonly requests: {
    open: (options: OpenStore) => Promise<{ readonly index: 'opfs' | 'memory' }>;
    insert: (input: RecordInput) => Promise<Result<SuarRecord, AppError>>;
    /** The fields of `patch.body` replace the body's, one by one, on the newest version. */
    update: (edit: { readonly id: string; readonly patch: RecordPatch }) => Promise<Result<SuarRecord, AppError>>;
    remove: (id: string) => Promise<Result<void, AppError>>;
    get: (id: string) => Promise<SuarRecord | undefined>;
    count: (of: { readonly entity: EntityName; readonly status?: string }) => Promise<number>;
    correlate: (query: CorrelationQuery) => Promise<CorrelationAnswer>;
    /** Answers from what is indexed so far; `indexState` tells whether that is everything. */
    search: (query: SearchQuery) => Promise<SearchAnswer>;
    /** Records of these kinds with a conflict nobody has decided, as far as they are indexed. */
    conflicted: (entities: readonly EntityName[]) => Promise<Conflicted>;
    settleConflicts: (of: { readonly id: string; readonly decisions: readonly Decision[] }) => Promise<Result<SuarRecord, AppError>>;
    /** Versions of a record, newest first, the one in force among them. */
    history: (of: { readonly id: string; readonly most: number }) => Promise<readonly RecordVersion[]>;
    /** Resolves with the number of records adopted. */
    setIdentity: (identity: { readonly unit: string }) => Promise<number>;
    /** Ids imported objects have or would get, by their identity in the source. */
    /** The records among `ids` the store has, in no order. */
    getMany: (ids: readonly string[]) => Promise<readonly SuarRecord[]>;
    compareIntake: (items: readonly IntakeVersion[]) => Promise<readonly IntakeState[]>;
    /** Ends the import started with `token` after the batch under way. */
    stopImport: (token: string) => Promise<void>;
    putLocal: (entry: LocalEntry) => Promise<void>;
    getLocal: (id: string) => Promise<LocalEntry | undefined>;
    removeLocal: (id: string) => Promise<void>;
    /** After main began one (`backup.begin`). Rejects with the errors of contract/backup.ts. */
    backUp: (options: null) => Promise<BackupMade>;
    startSync: (options: null) => Promise<void>;
    stopSync: (options: null) => Promise<void>;
    wake: (options: null) => Promise<void>;
    /** See sync/replication.ts: what a bundle for the hub holds, and taking one of its answers that main has opened. */
    outbox: (options: null) => Promise<Outbox>;
    waitingRows: (ids: readonly string[]) => Promise<readonly LinkPushRow[]>;
    takeAnswer: (options: null) => Promise<void>;
    close: (options: null) => Promise<void>;
  };
  readonly streams: {
    watch: (query: WatchQuery, emit: (rows: readonly SuarRecord[]) => void, fail: (error: unknown) => void) => () => void;
    importEntities: (of: { readonly token: string; readonly rows: readonly RecordInput[] }, emit: (step: ImportStep<BulkOutcome>) => void, fail: (error: unknown) => void) => () => void;
    importIntake: (of: { readonly token: string; readonly rows: readonly IntakeItem[] }, emit: (step: ImportStep<Result<number, AppError>>) => void, fail: (error: unknown) => void) => () => void;
    /** Says that the derived index changed. */
    indexChanged: (options: null, emit: (changed: null) => void, fail: (error: unknown) => void) => () => void;
    /** Makes the store again after `open` was refused with `store-lost`, and opens it. */
    rebuild: (options: null, emit: (step: RebuildStep) => void, fail: (error: unknown) => void) => () => void;
    /** Says that the store is not what the journal describes; found while the officer works. */
    storeAltered: (options: null, emit: (altered: null) => void, fail: (error: unknown) => void) => () => void;
    indexState: (options: null, emit: (state: IndexState) => void, fail: (error: unknown) => void) => () => void;
    syncState: (options: null, emit: (state: SyncState) => void, fail: (error: unknown) => void) => () => void;
    /** Records whose change is to be sent first, in that order. */
    sentFirst: (options: null, emit: (ids: readonly string[]) => void, fail: (error: unknown) => void) => () => void;
    setAside: (options: null, emit: (entries: readonly SetAsideEntry[]) => void, fail: (error: unknown) => void) => () => void;
  };
}

/** What the UI serves the worker: the way to the hub, through main. */
export interface LinkService {
  readonly requests: {
    push: (argument: { readonly rows: readonly LinkPushRow[]; readonly epoch: string; readonly carried: boolean }) => Promise<LinkPushAnswer>;
    pull: (from: { readonly cursor: string | null; readonly limit: number; readonly carried: boolean }) => Promise<LinkPullAnswer>;
    purged: (ids: readonly string[]) => Promise<readonly string[]>;
  };
  readonly streams: Readonly<Record<string, never>>;
}
