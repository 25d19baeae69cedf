import { deriveStoreKeys } from '../../../src-renderer/db/keys.ts';
import { openDatabase } from '../../../src-renderer/db/open-database.ts';
import { TOKEN_FIELDS } from '../../../src-renderer/db/record-schema.ts';
import { createSealingStorage } from '../../../src-renderer/db/sealing-storage.ts';
import { FIRST_ROWS, type BenchStore } from './bench-store.ts';

/** The store of the app: RxDB with its schemas, indexes and validator over the sealing storage. */
export function createSealedStore(name: string): BenchStore {
  let db: Awaited<ReturnType<typeof openDatabase>> | undefined;
  const collection = () => {
    if (db === undefined) throw new Error('not open');
    return db.collections.record;
  };
  return {
    open: async () => {
      const keys = await deriveStoreKeys(new Uint8Array(32).fill(9));
      db = await openDatabase({ name, storage: createSealingStorage({ keys, tokenFields: TOKEN_FIELDS }) as never });
    },
    insert: async (records) => {
      const { error } = await collection().bulkInsert(records);
      if (error.length > 0) throw new Error(`${error.length} rows were not stored`);
    },
    firstRows: async () =>
      (
        await collection()
          .find({ selector: { entity: 'case' }, sort: [{ updatedAt: 'desc' }, { id: 'desc' }], limit: FIRST_ROWS })
          .exec()
      ).map((doc) => doc.toMutableJSON().id),
    close: async () => void (await db?.close()),
  };
}
