import { categorizeBulkWriteRows, type BulkWriteRow, type EventBulk, type RxDocumentData, type RxStorageChangeEvent, type RxStorageWriteError } from 'rxdb/plugins/core';
import type { RowTable } from '../sqlite/row-table.ts';
import type { PlainDoc } from './layout.ts';

type Doc = RxDocumentData<PlainDoc>;

/** What a write did: rows it did not take, and the event of those it took (none where it took none). */
export interface RowsWritten {
  readonly error: RxStorageWriteError<PlainDoc>[];
  readonly event: EventBulk<RxStorageChangeEvent<Doc>, { readonly id: string; readonly lwt: number }> | undefined;
}

/** Writes rows with RxDB's rules of revisions, all in one transaction. Throws where the table does; then nothing is written. */
export function writeRows(table: RowTable, rows: BulkWriteRow<PlainDoc>[], context: string): RowsWritten {
  const { primary } = table;
  const stored = new Map(table.byId(rows.map(({ document }) => String(document[primary]))).map((row) => [String(row[primary]), row]));
  const storage = { schema: { version: 0 } };
  const { errors, bulkInsertDocs, bulkUpdateDocs, eventBulk, newestRow } = categorizeBulkWriteRows<PlainDoc>(storage as never, primary as never, stored as never, rows, context);
  table.put([...bulkInsertDocs, ...bulkUpdateDocs].map(({ document }) => document as Doc));
  const newest = newestRow?.document as Doc | undefined;
  if (newest) eventBulk.checkpoint = { id: String(newest[primary]), lwt: newest._meta.lwt };
  return { error: errors, event: newest ? (eventBulk as unknown as RowsWritten['event']) : undefined };
}
