import { getChangedDocumentsSince } from 'rxdb/plugins/core';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { SuarDatabase } from '../db/open-database.ts';
import { toLinkRecord, type LinkRecord } from './link.ts';

const PAGE = 500;

/** Every record, deleted ones too, a page at a time. */
export async function* eachRecord(db: SuarDatabase): AsyncIterable<readonly LinkRecord[]> {
  const store = db.collections.record.storageInstance;
  for (let checkpoint: unknown; ;) {
    const page: Awaited<ReturnType<typeof nextPage>> = await nextPage(checkpoint);
    if (page.documents.length === 0) return;
    yield page.documents.map((doc) => toLinkRecord(doc));
    checkpoint = page.checkpoint;
  }
  function nextPage(from: unknown) {
    return getChangedDocumentsSince<SuarRecord, unknown>(store, PAGE, from);
  }
}
