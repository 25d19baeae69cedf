import type { RxDocumentData } from 'rxdb/plugins/core';
import { fromStorageToDexie } from 'rxdb/plugins/storage-dexie';
import type { PlainDoc } from '../sealing/layout.ts';
import type { DexieState } from '../sealing/scan.ts';

/** Puts sealed rows into a table past RxDB: no event, no check of revisions. Only while nobody has the collection open. */
export async function putRows(state: DexieState, rows: readonly PlainDoc[]): Promise<void> {
  if (rows.length > 0) await state.dexieTable.bulkPut(rows.map((row) => fromStorageToDexie(state.booleanIndexes, row as RxDocumentData<PlainDoc>)));
}
