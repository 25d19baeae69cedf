import { createRxDatabase, type RxCollection, type RxConflictHandler, type RxDatabase, type RxStorage } from 'rxdb/plugins/core';
import type { SuarRecord } from '#shared/schema/record.ts';
import { LOCAL_SCHEMA, RECORD_SCHEMA, type LocalDoc } from './record-schema.ts';
import { withValidation } from './validating-storage.ts';
import { keepReplaced } from './versions.ts';

/** The collections of a store. */
export interface SuarCollections {
  readonly record: RxCollection<SuarRecord>;
  readonly local: RxCollection<LocalDoc>;
}
export type SuarDatabase = RxDatabase<SuarCollections>;

/** Options of {@link openDatabase}. */
export interface OpenDatabaseOptions {
  /** One store per profile; the name of its file, so never personal. */
  readonly name: string;
  /** The sealing storage; tests may pass RxDB's memory storage. */
  readonly storage: RxStorage<unknown, unknown>;
  /** Merges what two devices changed (sync/conflict-handler.ts). */
  readonly conflictHandler?: RxConflictHandler<SuarRecord>;
}

/**
 * Opens the store. One per realm and profile; the sealing storage expects no second writer (`multiInstance: false`).
 */
export async function openDatabase({ name, storage, conflictHandler }: OpenDatabaseOptions): Promise<SuarDatabase> {
  const database = await createRxDatabase<SuarCollections>({
    name,
    storage: withValidation({ storage }),
    multiInstance: false,
    eventReduce: true,
    allowSlowCount: true,
  });
  try {
    await database.addCollections({
      record: { schema: RECORD_SCHEMA, ...(conflictHandler ? { conflictHandler } : {}) },
      local: { schema: LOCAL_SCHEMA },
    });
    await keepReplaced(database.collections);
    return database;
  } catch (error) {
    await database.close().catch(() => undefined); // else the name stays taken and another key can never be tried
    throw error;
  }
}
