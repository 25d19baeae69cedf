import { err, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { settleConflicts } from '#shared/domain/record/settle.ts';
import { entityDefinition } from '#shared/entities.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { SyncLink } from '../../sync/link.ts';
import { createSentFirst } from '../../sync/sent-first.ts';
import { REJECTED_KIND, type SetAsideEdit } from '../../sync/set-aside.ts';
import { answerCorrelation } from '../correlate/answer-correlation.ts';
import { COMMON_ABOVE, warningMatcher } from '../correlate/warning-lists.ts';
import { readConflicted } from '../index/read-conflicted.ts';
import { answerSearch } from '../search/answer-search.ts';
import { recordInvalid } from '../record-factory.ts';
import type { BulkOutcome, RecordChange, Repository } from '../repository.ts';
import { readHistory } from '../versions.ts';
import type { DataService, ImportStep, LinkService, RecordInput } from './protocol.ts';
import { connectRpc, type RpcPort, type Service } from '#shared/contract/rpc.ts';
import { prepareSession, type Body, type DataEnvironment, type Opening, type Session } from './session.ts';

const SET_ASIDE_MAX = 500;

type Write = Promise<Result<SuarRecord, AppError>>;

/** Serves one store over `port`: database, index and replication live here, the UI holds none of it. */
export function serveData(port: RpcPort, environment: DataEnvironment): void {
  let session: Session | undefined;
  let prepared: Opening | undefined;
  let opening = false;
  const imports = new Map<string, AbortController>();
  const open = (): Session => {
    if (session === undefined) throw { code: 'locked' };
    return session;
  };

  /** Applies a write to an existing record, whatever its entity. */
  async function onRecord<T>(id: string, write: (repository: Repository<Body>) => Promise<Result<T, AppError>>): Promise<Result<T, AppError>> {
    const repository = await open().repositoryOf(id);
    return repository === undefined ? err(recordInvalid('record', 'missing')) : write(repository);
  }

  const readRecords = async (ids: readonly string[]) => (await open().db.collections.record.storageInstance.findDocumentsById([...ids], false)) as unknown as SuarRecord[];

  const way = (carried: boolean): Pick<SyncLink, 'push' | 'pull'> => ({
    push: (rows, epoch = '') => ui.request('push', { rows, epoch, carried }),
    pull: (cursor, limit) => ui.request('pull', { cursor, limit, carried }),
  });

  const requests: DataService['requests'] = {
    open: async (options) => {
      if (session !== undefined || opening) throw { code: 'bad-request' };
      opening = true;
      try {
        prepared = await prepareSession(options, environment, {
          ...way(false),
          carried: way(true),
          purged: (ids) => ui.request('purged', ids),
        });
        session = await prepared.open();
        prepared = undefined;
      } finally {
        opening = false;
      }
      return { index: session.indexKind };
    },
    insert: ({ entity, ...input }) => open().repository(entity).insert(input) as Write,
    update: ({ id, patch }) =>
      onRecord(id, (repository) =>
        repository.update(id, (current) => ({ ...patch, ...(patch.body ? { body: withoutUndefined({ ...current.body, ...patch.body }) } : {}) }) as RecordChange<Body>),
      ) as Write,
    remove: (id) => onRecord(id, (repository) => repository.remove(id)),
    get: async (id) => (await (await open().repositoryOf(id))?.get(id)) as SuarRecord | undefined,
    count: ({ entity, status }) => open().repository(entity).count(status),
    correlate: async (query) => {
      await open().keeper.fresh();
      return answerCorrelation(open().index, { matcher: warningMatcher, commonAbove: COMMON_ABOVE }, query);
    },
    search: async (query) => {
      await open().keeper.fresh();
      return answerSearch(open().index, readRecords, query);
    },
    conflicted: async (entities) => {
      await open().keeper.fresh();
      return readConflicted(open().index, readRecords, entities);
    },
    settleConflicts: ({ id, decisions }) =>
      onRecord(id, async (repository) => {
        const { author, hlc } = open().deps;
        const settle = (record: SuarRecord) => settleConflicts(record, decisions, entityDefinition(record.entity)?.mergeRules ?? {}, { by: author, at: hlc.now() });
        const current = await repository.get(id);
        if (current === undefined || settle(current as SuarRecord) === undefined) return err(recordInvalid('record', 'conflict'));
        return repository.update(id, (newest) => (settle(newest as SuarRecord) ?? {}) as RecordChange<Body>);
      }) as Write,
    history: async ({ id, most }) => {
      const current = (await (await open().repositoryOf(id))?.get(id)) as SuarRecord | undefined;
      return current ? readHistory(open().db.collections.local, current, most) : [];
    },
    setIdentity: ({ unit }) => open().adopt(unit),
    getMany: async (ids) =>
      [
        ...(
          await open()
            .db.collections.record.findByIds([...ids])
            .exec()
        ).values(),
      ].map((doc) => doc.toMutableJSON() as SuarRecord),
    compareIntake: (items) => open().intake.compare(items),
    stopImport: async (token) => imports.get(token)?.abort(),
    putLocal: async (entry) => void (await open().db.collections.local.incrementalUpsert({ ...entry, updatedAt: open().deps.hlc.now() })),
    getLocal: async (id) => {
      const doc = (await open().db.collections.local.findOne(id).exec())?.toMutableJSON();
      return doc && { id: doc.id, kind: doc.kind, body: doc.body };
    },
    removeLocal: async (id) => void (await (await open().db.collections.local.findOne(id).exec())?.incrementalRemove()),
    backUp: () => open().backUp(),
    startSync: () => open().sync.start(),
    stopSync: () => open().sync.stop(),
    wake: async () => open().sync.wake(),
    outbox: () => open().sync.outbox(),
    waitingRows: (ids) => open().sync.waitingRows(ids),
    takeAnswer: () => open().sync.takeAnswer(),
    close: async () => {
      const closing = session;
      session = undefined;
      for (const running of imports.values()) running.abort();
      await closing?.close();
    },
  };

  /** Runs an import that `stopImport` can end; its outcome is the last step. */
  function runImport<Outcome>(
    token: string,
    run: (onProgress: (progress: { done: number; total: number }) => void, signal: AbortSignal) => Promise<Outcome>,
    emit: (step: ImportStep<Outcome>) => void,
    fail: (error: unknown) => void,
  ): () => void {
    const stop = new AbortController();
    imports.set(token, stop);
    run((progress) => emit({ progress }), stop.signal)
      .then((outcome) => emit({ outcome }), fail)
      .finally(() => imports.delete(token));
    return () => stop.abort();
  }

  const streams: DataService['streams'] = {
    watch: ({ entity, ...query }, emit, fail) => {
      const sub = open()
        .repository(entity)
        .find(query)
        .subscribe({ next: (rows) => emit(rows as readonly SuarRecord[]), error: fail });
      return () => sub.unsubscribe();
    },
    importEntities: ({ token, rows }, emit, fail) => runImport(token, (onProgress, signal) => importAll(open(), rows, onProgress, signal), emit, fail),
    importIntake: ({ token, rows }, emit, fail) => runImport(token, (onProgress, signal) => open().intake.save(rows, onProgress, signal), emit, fail),
    indexChanged: (_options, emit, fail) => {
      const sub = open().keeper.changed$.subscribe({ next: () => emit(null), error: fail });
      return () => sub.unsubscribe();
    },
    indexState: (_options, emit, fail) => {
      const sub = open().keeper.state$.subscribe({ next: emit, error: fail });
      return () => sub.unsubscribe();
    },
    rebuild: (_options, emit, fail) => {
      const rebuild = async () => {
        if (!prepared) throw { code: 'bad-request' };
        const report = await prepared.rebuild((progress) => emit({ progress }));
        session = await prepared.open();
        prepared = undefined;
        emit({ report });
      };
      rebuild().catch(fail);
      return () => undefined; // cut short it would only have to begin again
    },
    storeAltered: (_options, emit, fail) => {
      const sub = open().altered$.subscribe({ next: () => emit(null), error: fail });
      return () => sub.unsubscribe();
    },
    syncState: (_options, emit, fail) => {
      const sub = open().sync.state$.subscribe({ next: emit, error: fail });
      return () => sub.unsubscribe();
    },
    sentFirst: (_options, emit, fail) => {
      const sub = createSentFirst(open().db).ids$.subscribe({ next: emit, error: fail });
      return () => sub.unsubscribe();
    },
    setAside: (_options, emit, fail) => {
      const query = open().db.collections.local.find({ selector: { kind: REJECTED_KIND }, sort: [{ updatedAt: 'desc' }, { id: 'desc' }], limit: SET_ASIDE_MAX });
      const sub = query.$.subscribe({
        next: (docs) => emit(docs.map((doc) => doc.toMutableJSON()).map(({ id, updatedAt, body }) => ({ ...(body as unknown as SetAsideEdit), id, at: updatedAt }))),
        error: fail,
      });
      return () => sub.unsubscribe();
    },
  };

  const ui = connectRpc<LinkService & Service>(port, { requests, streams } as unknown as Service);
}

function withoutUndefined(body: Body): Body {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

/** Imports rows of several entities, one entity after the other; row numbers in the outcome are those of `rows`. */
async function importAll(session: Session, rows: readonly RecordInput[], onProgress: (progress: { done: number; total: number }) => void, signal: AbortSignal): Promise<BulkOutcome> {
  const invalid: { row: number; error: AppError }[] = [];
  let [inserted, existing, before] = [0, 0, 0];
  for (const entity of new Set(rows.map((row) => row.entity))) {
    const at = rows.flatMap((row, i) => (row.entity === entity ? [i] : []));
    const group = at.map((i) => rows[i]).filter((row) => row !== undefined);
    const part = await session.repository(entity).bulkInsert(
      group.map(({ entity: _entity, ...input }) => input),
      {
        onProgress: ({ done }) => onProgress({ done: before + done, total: rows.length }),
        signal,
      },
    );
    inserted += part.inserted;
    existing += part.existing;
    for (const { row, error } of part.invalid) invalid.push({ row: at[row] ?? row, error });
    if (part.aborted) return { inserted, existing, invalid, aborted: true };
    before += group.length;
  }
  return { inserted, existing, invalid, aborted: false };
}
