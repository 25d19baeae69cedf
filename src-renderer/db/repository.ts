import { map, type Observable } from 'rxjs';
import type { RxDocument } from 'rxdb/plugins/core';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { conflictsForReaders } from '#shared/domain/record/settle.ts';
import { entityDefinition } from '#shared/entities.ts';
import type { RecordOf, SuarRecord } from '#shared/schema/record.ts';
import type { SuarDatabase } from './open-database.ts';
import { asNewVersion, findMisfit, makeRecord, recordInvalid, sortedAudience, type NewRecord, type WriteDeps } from './record-factory.ts';

/** Rows a bulk insert writes in one transaction. */
export const BULK_ROWS = 1000;
/** Most rows a live query returns. */
export const FIND_LIMIT_MAX = 1000;

/** The parts of a record an edit may change. */
export type RecordChange<Body> = Partial<Pick<RecordOf<Body>, 'body' | 'status' | 'tlp' | 'audience' | 'ref' | 'conflicts'>>;

/** A list of one entity, newest first; always bound by an index and a limit. */
export interface FindQuery {
  readonly status?: string;
  /** Records about this one. */
  readonly ref?: string;
  /** 1 to {@link FIND_LIMIT_MAX}. */
  readonly limit: number;
}

/** How far a bulk insert has come. */
export interface BulkProgress {
  readonly done: number;
  readonly total: number;
}

/** The outcome of a bulk insert; the rows before an abort stay. */
export interface BulkOutcome {
  readonly inserted: number;
  /** Rows whose id the store already had; left as they are. */
  readonly existing: number;
  readonly invalid: readonly { readonly row: number; readonly error: AppError }[];
  readonly aborted: boolean;
}

/**
 * Reads and writes the records of one entity. Writes are checked against the registry, get their own revision token and
 * clock reading, and are on disk when they resolve. Every method rejects with StoreDamagedError where a seal does not open.
 */
export interface Repository<Body extends object> {
  readonly insert: (input: NewRecord<Body>) => Promise<Result<RecordOf<Body>, AppError>>;
  /** Applies `mutate` to the newest version; two edits at once both take effect, one after the other. `record-kept` where the entity is append-only. */
  readonly update: (id: string, mutate: (current: RecordOf<Body>) => RecordChange<Body>) => Promise<Result<RecordOf<Body>, AppError>>;
  /** Deletes for every reader; the content leaves the store, the tombstone stays. `record-kept` where the entity is append-only or other records rest on it. */
  readonly remove: (id: string) => Promise<Result<void, AppError>>;
  readonly get: (id: string) => Promise<RecordOf<Body> | undefined>;
  readonly find: (query: FindQuery) => Observable<readonly RecordOf<Body>[]>;
  readonly bulkInsert: (rows: readonly NewRecord<Body>[], options?: { readonly onProgress?: (progress: BulkProgress) => void; readonly signal?: AbortSignal }) => Promise<BulkOutcome>;
  readonly count: (status?: string) => Promise<number>;
}

/** Carries an expected failure out of RxDB's write queue. */
class ChangeRefused extends Error {
  readonly error: AppError;
  constructor(error: AppError) {
    super(error.code);
    this.error = error;
  }
}

function toRecord<Body>(doc: RxDocument<SuarRecord>): RecordOf<Body> {
  return doc.toMutableJSON() as unknown as RecordOf<Body>;
}

/** RxDB hands its own fields to a modifier too, and puts them back itself. */
function withoutMeta(record: SuarRecord): SuarRecord {
  return Object.fromEntries(Object.entries(record).filter(([field]) => !field.startsWith('_'))) as SuarRecord;
}

/** Lets waiting reads and messages run between two batches. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Creates the repository of `entity` over an open store. */
export function createRepository<Body extends object>(db: SuarDatabase, entity: string, deps: WriteDeps): Repository<Body> {
  const collection = db.collections.record;
  const definition = entityDefinition(entity);
  const kept: AppError = { code: 'record-kept', detail: { entity } };

  async function modify(id: string, change: (current: SuarRecord) => SuarRecord & { _deleted?: boolean }): Promise<Result<RecordOf<Body>, AppError>> {
    const doc = await collection.findOne(id).exec();
    if (doc === null || doc.entity !== entity) return err(recordInvalid(entity, 'missing'));
    try {
      const written = await doc.incrementalModify((current) => change(structuredClone(current) as SuarRecord) as typeof current);
      return ok(toRecord<Body>(written));
    } catch (error) {
      if (error instanceof ChangeRefused) return err(error.error);
      throw error;
    }
  }

  return {
    insert: async (input) => {
      const made = makeRecord(entity, input, deps);
      if (!made.ok) return made;
      const { error } = await collection.bulkInsert([made.value as unknown as SuarRecord]);
      return error.length === 0 ? made : err(recordInvalid(entity, error[0]?.status === 409 ? 'exists' : 'envelope'));
    },

    update: async (id, mutate) => {
      if (definition?.appendOnly) return err(kept);
      return modify(id, (current) => {
        if ((current as SuarRecord & { _deleted?: boolean })._deleted) throw new ChangeRefused(recordInvalid(entity, 'missing'));
        const record = withoutMeta(current);
        const change = mutate(structuredClone(record) as unknown as RecordOf<Body>);
        const next = asNewVersion({ ...record, ...change, schemaVersion: definition?.version ?? record.schemaVersion } as SuarRecord, deps);
        next.audience = sortedAudience(next.audience);
        next.conflicts = conflictsForReaders(record, next);
        const misfit = findMisfit(next);
        if (misfit !== undefined) throw new ChangeRefused(recordInvalid(entity, misfit));
        return next;
      });
    },

    remove: async (id) => {
      if (definition?.appendOnly) return err(kept);
      if (definition?.heldBy && (await collection.findOne({ selector: { entity: definition.heldBy, ref: id } }).exec()) !== null) return err(kept);
      const removed = await modify(id, (current) => ({ ...asNewVersion(withoutMeta(current), deps), conflicts: [], body: {}, _deleted: true }));
      return removed.ok ? ok(undefined) : removed;
    },

    get: async (id) => {
      const doc = await collection.findOne(id).exec();
      return doc !== null && doc.entity === entity ? toRecord<Body>(doc) : undefined;
    },

    find: ({ status, ref, limit }) =>
      collection
        .find({
          selector: { entity, ...(status === undefined ? {} : { status }), ...(ref === undefined ? {} : { ref }) },
          sort: [{ updatedAt: 'desc' }, { id: 'desc' }],
          limit: Math.min(Math.max(1, limit), FIND_LIMIT_MAX),
        })
        .$.pipe(map((docs) => docs.map((doc) => toRecord<Body>(doc)))),

    bulkInsert: async (rows, { onProgress, signal } = {}) => {
      let inserted = 0;
      let existing = 0;
      const invalid: { row: number; error: AppError }[] = [];
      // Two batches are under way: one is being made and sealed while the disk has the other.
      let writing: Promise<void> = Promise.resolve();
      const write = async (batch: SuarRecord[], done: number): Promise<void> => {
        const { success, error } = await collection.bulkInsert(batch);
        inserted += success.length;
        existing += error.filter((failure) => failure.status === 409).length;
        onProgress?.({ done, total: rows.length });
      };
      for (let at = 0; at < rows.length; at += BULK_ROWS) {
        if (signal?.aborted) break;
        const batch: SuarRecord[] = [];
        rows.slice(at, at + BULK_ROWS).forEach((row, i) => {
          const made = makeRecord(entity, row, deps);
          if (made.ok) batch.push(made.value as unknown as SuarRecord);
          else invalid.push({ row: at + i, error: made.error });
        });
        const next = write(batch, Math.min(at + BULK_ROWS, rows.length));
        next.catch(() => undefined); // told below, when its turn has come
        await Promise.all([writing, breathe()]);
        writing = next;
      }
      await writing;
      return { inserted, existing, invalid, aborted: signal?.aborted === true && inserted + existing + invalid.length < rows.length };
    },

    count: (status) => collection.count({ selector: { entity, ...(status === undefined ? {} : { status }) } }).exec(),
  };
}
