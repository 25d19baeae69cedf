import IndexedDbAdapter from 'pouchdb-adapter-indexeddb';
import PouchDB from 'pouchdb-core';
import FindPlugin from 'pouchdb-find';
import { batchesOf, FIRST_ROWS, type BenchStore } from './bench-store.ts';

const Pouch = PouchDB.plugin(IndexedDbAdapter).plugin(FindPlugin);

/** PouchDB with its IndexedDB adapter and a Mango index for the list: plain text, its own (relaxed) durability. */
export function createPouchStore(name: string): BenchStore {
  const db = new Pouch(name, { adapter: 'indexeddb', auto_compaction: false });
  return {
    open: async () => void (await db.createIndex({ index: { fields: ['entity', 'updatedAt'] } })),
    insert: async (records) => {
      for (const batch of batchesOf(records)) {
        const answers = await db.bulkDocs(batch.map(({ id, ...rest }) => ({ _id: id, ...rest })));
        if (answers.some((answer) => 'error' in answer)) throw new Error('rows were not stored');
      }
    },
    firstRows: async () => {
      const { docs } = await db.find({ selector: { entity: 'case', updatedAt: { $gt: null } }, sort: [{ entity: 'desc' }, { updatedAt: 'desc' }], limit: FIRST_ROWS });
      return docs.map((doc) => doc._id);
    },
    close: async () => db.close(),
  };
}
