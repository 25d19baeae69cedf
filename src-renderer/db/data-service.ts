import type { Result } from '#shared/base/result.ts';
import { err, ok } from '#shared/base/result.ts';
import type { BackupMade } from '#shared/contract/backup.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { RecordVersion } from '#shared/domain/record/explain.ts';
import type { Decision } from '#shared/domain/record/settle.ts';
import type { EntityName } from '#shared/entities.ts';
import type { IntakeItem } from '#shared/intake/intake-file.ts';
import type { RecordOf, SuarRecord, Tlp } from '#shared/schema/record.ts';
import { FIRST_KIND, firstMark } from '../sync/sent-first.ts';
import type { DataClient } from './client.ts';
import type { IndexState } from './index/index-keeper.ts';
import type { Conflicted } from './index/read-conflicted.ts';
import type { CorrelationAnswer, CorrelationQuery, Suppressed } from './correlate/correlation-answer.ts';
import type { Correlation, RecordLine } from './index/observable-index.ts';
import type { SearchAnswer, SearchHit, SearchQuery } from './search/search-query.ts';

export type { Conflicted, Correlation, CorrelationAnswer, RecordLine, Suppressed, IndexState, SearchAnswer, SearchHit, SearchQuery };

/** How far an import has come, in objects. */
export interface ImportProgress {
  readonly done: number;
  readonly total: number;
}

/** A new record: body and coded envelope fields; the store adds the rest. */
export interface NewRecordOf<Body> {
  /** Where something outside the store names the record already, e.g. the vault; else a fresh one. */
  readonly id?: string;
  readonly body: Body;
  readonly status: string;
  readonly tlp: Tlp;
  readonly audience?: readonly string[];
  readonly ref?: string;
}

/** A change: fields of the body are replaced one by one on the newest version. */
export interface ChangeOf<Body> {
  readonly body?: Partial<Body>;
  readonly status?: string;
  readonly tlp?: Tlp;
  readonly audience?: readonly string[];
}

/** The store as features see it, typed by entity body. Every write is on disk when it resolves. */
export interface DataService {
  readonly insert: <Body extends object>(entity: EntityName, input: NewRecordOf<Body>) => Promise<Result<RecordOf<Body>, AppError>>;
  readonly update: <Body extends object>(entity: EntityName, id: string, change: ChangeOf<Body>) => Promise<Result<RecordOf<Body>, AppError>>;
  readonly get: <Body extends object>(entity: EntityName, id: string) => Promise<RecordOf<Body> | undefined>;
  readonly watch: <Body extends object>(
    query: { readonly entity: EntityName; readonly status?: string; readonly ref?: string; readonly limit: number },
    listener: (rows: readonly RecordOf<Body>[]) => void,
  ) => () => void;
  /** Where else observables occur, by observable and by record; what occurs nowhere else is left out, what says nothing is counted. */
  readonly correlate: (query: CorrelationQuery) => Promise<CorrelationAnswer>;
  /** Records that hold all the words, ranked; an empty query has none. Rejects where the store is locked or damaged. */
  readonly search: (query: SearchQuery) => Promise<SearchAnswer>;
  /** Whether the index holds the whole store: now and after every change; the returned function ends it. */
  readonly watchIndexState: (listener: (state: IndexState) => void) => () => void;
  /** Tells when an answer of `correlate` or `search` may have changed; the returned function ends it. */
  readonly onIndexChanged: (listener: () => void) => () => void;
  /** Records of these kinds with a conflict nobody has decided, as far as they are indexed. Rejects where the store is locked or damaged. */
  readonly conflicted: DataClient['conflicted'];
  /** Settles conflicts of one record in one new version. Errors: `record-invalid`. */
  readonly settleConflicts: (id: string, decisions: readonly Decision[]) => Promise<Result<SuarRecord, AppError>>;
  /** The newest `most` versions of a record this device has seen, newest first; empty where they cannot be read. */
  readonly history: (id: string, most: number) => Promise<readonly RecordVersion[]>;
  /** Whether each item of a file is new here, known, or a newer version of one known. */
  readonly compareIntake: (items: readonly IntakeItem[]) => Promise<readonly ('new' | 'known' | 'changed')[]>;
  /** Stores items in batches; the ones before a stop are kept. Answers how many were saved. */
  readonly importIntake: (items: readonly IntakeItem[], onProgress: (progress: ImportProgress) => void, signal: AbortSignal) => Promise<Result<number, AppError>>;
  /** The unsaved content of a form, sealed on this device. */
  readonly getDraft: <T extends object>(id: string) => Promise<T | undefined>;
  readonly putDraft: (id: string, value: object) => Promise<void>;
  readonly dropDraft: (id: string) => Promise<void>;
  /** Fills the backup main has begun, and remembers when. Errors: `backup-cancelled`, `backup-no-room`, `backup-not-saved`, `store-lost`, `store-damaged`. */
  readonly backUp: () => Promise<Result<BackupMade, AppError>>;
  /** The last backup made of this profile, kept sealed in it. */
  readonly lastBackup: () => Promise<BackupMade | undefined>;
  /** What waits for the hub, as a bundle holds it; see sync/replication.ts. */
  readonly outbox: DataClient['outbox'];
  readonly waitingRows: DataClient['waitingRows'];
  /** Records whose change is to be sent first, in that order: now and after every change; the returned function ends it. */
  readonly watchSentFirst: DataClient['watchSentFirst'];
  /** Sends the change of a record that waits before all else when the line is next up, or in its turn again; outlives lock and restart. */
  readonly sendFirst: (id: string, isFirst: boolean) => Promise<void>;
  /** Takes everything from the answer main has opened. */
  readonly takeAnswer: () => Promise<Result<null, AppError>>;
  /** Takes a refused edit off the list once the officer has seen it. */
  readonly dismissSetAside: (id: string) => Promise<void>;
}

const LAST_BACKUP = 'setting:last-backup';

/** What a rejected call of the worker means to the officer. */
function toAppError(error: unknown): AppError {
  const code = (Object(error) as { readonly code?: AppError['code'] }).code;
  return { code: code ?? 'unexpected' };
}

/** Turns a rejection into an error value, so that no screen has to catch. */
async function settled<T>(call: Promise<Result<SuarRecord, AppError>>): Promise<Result<T, AppError>> {
  try {
    return (await call) as unknown as Result<T, AppError>;
  } catch (error) {
    return err(toAppError(error));
  }
}

/** Creates the typed view of `client`. */
export function createDataService(client: DataClient): DataService {
  return {
    insert: (entity, input) => settled(client.insert({ ...input, entity, body: input.body as Record<string, unknown> })),
    update: (entity, id, change) => settled(client.update(entity, id, change as Parameters<DataClient['update']>[2])),
    get: async <Body extends object>(entity: EntityName, id: string) => (await client.get(entity, id)) as RecordOf<Body> | undefined,
    watch: (query, listener) => client.watch(query, (rows) => listener(rows as never)),
    correlate: (query) => client.correlate(query),
    search: (query) => client.search(query),
    watchIndexState: (listener) => client.watchIndexState(listener),
    onIndexChanged: (listener) => client.onIndexChanged(listener),
    conflicted: (entities) => client.conflicted(entities),
    settleConflicts: (id, decisions) => settled(client.settleConflicts(id, decisions)),
    history: (id, most) => client.history(id, most).catch(() => []),
    compareIntake: (items) => client.compareIntake(items.map(({ sourceKey, body }) => ({ sourceKey, modified: body.source.modified }))),
    importIntake: async (items, onProgress, signal) => {
      try {
        const saved = await client.importIntake(items, onProgress, signal);
        // A stop is no failure: what was saved before is kept and counted.
        return !saved.ok && saved.error.code === 'import-cancelled' ? ok(Number(saved.error.detail?.['count'] ?? 0)) : saved;
      } catch (error) {
        return err(toAppError(error));
      }
    },
    getDraft: async <T extends object>(id: string) => (await client.getLocal(`draft:${id}`))?.body['value'] as T | undefined,
    putDraft: (id, value) => client.putLocal({ id: `draft:${id}`, kind: 'draft', body: { value } }),
    dropDraft: (id) => client.removeLocal(`draft:${id}`),
    backUp: async () => {
      try {
        const made = await client.backUp();
        await client.putLocal({ id: LAST_BACKUP, kind: 'setting', body: { ...made } });
        return ok(made);
      } catch (error) {
        return err(toAppError(error));
      }
    },
    lastBackup: async () => (await client.getLocal(LAST_BACKUP))?.body as unknown as BackupMade | undefined,
    outbox: () => client.outbox(),
    waitingRows: (ids) => client.waitingRows(ids),
    watchSentFirst: (listener) => client.watchSentFirst(listener),
    sendFirst: (id, isFirst) => (isFirst ? client.putLocal({ id: firstMark(id), kind: FIRST_KIND, body: {} }) : client.removeLocal(firstMark(id))),
    takeAnswer: async () => {
      try {
        await client.takeAnswer();
        return ok(null);
      } catch (error) {
        return err(toAppError(error));
      }
    },
    dismissSetAside: (id) => client.removeLocal(id),
  };
}
