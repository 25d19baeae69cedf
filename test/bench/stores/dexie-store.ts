import { Dexie } from 'dexie';
import type { SuarRecord } from '#shared/schema/record.ts';
import { batchesOf, FIRST_ROWS, type BenchStore } from './bench-store.ts';

/** Dexie alone with the one index the list needs: plain text, the floor of what IndexedDB costs. */
export function createDexieStore(name: string, durability: 'strict' | 'relaxed'): BenchStore {
  const db = new Dexie(name, { chromeTransactionDurability: durability });
  db.version(1).stores({ docs: 'id, [entity+updatedAt+id]' });
  return {
    open: async () => void (await db.open()),
    insert: async (records) => {
      for (const batch of batchesOf(records)) await db.table('docs').bulkPut(batch);
    },
    firstRows: async () => {
      const rows: SuarRecord[] = await db.table('docs').where('[entity+updatedAt+id]').between(['case', '', ''], ['case', '\uffff', '\uffff']).reverse().limit(FIRST_ROWS).toArray();
      return rows.map(({ id }) => id);
    },
    close: async () => db.close(),
  };
}
