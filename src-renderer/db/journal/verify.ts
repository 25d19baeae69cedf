import { EMPTY_SET, isSameSet } from '#shared/base/set-digest.ts';
import { afterRow } from '#shared/contract/journal.ts';
import type { SealingCodec } from '../sealing/codec.ts';
import type { PlainDoc } from '../sealing/layout.ts';
import type { TableTurns } from '../sealing/turns.ts';
import type { RowTable } from '../sqlite/row-table.ts';
import { StoreLostError } from '../store-lost-error.ts';
import { revisionOf } from './sealed-row.ts';
import { isJournaled, type WriteAhead } from './write-ahead.ts';

const PAGE = 250;
/** Sorts behind every id. */
const BEHIND_ALL = '\uffff';

/** One collection to read in full. */
export interface VerifyTarget extends TableTurns {
  readonly collection: string;
  readonly table: RowTable;
  readonly codec: SealingCodec;
  readonly journal: WriteAhead;
  readonly signal: AbortSignal;
}

/**
 * Opens every seal of a collection, page by page while the officer works on, and compares count and digest with the journal,
 * and every row with the indexes the lists are read from.
 * Rejects with StoreDamagedError for a seal that does not open, {@link StoreLostError} (`content`) where the whole differs.
 */
export async function verifyCollection({ collection, table, codec, journal, inTurn, atRest, onWritten, signal }: VerifyTarget): Promise<void> {
  if (!isJournaled(collection)) return;
  let digest = EMPTY_SET;
  let at: string | undefined;
  // A row behind the reader that changes meanwhile is counted here; one ahead of it will be read.
  const stop = onWritten((id, rev, prev) => {
    if (at !== undefined && id <= at) digest = afterRow(digest, { id, rev, prev });
  });
  try {
    for (;;) {
      if (signal.aborted) return;
      const rows: PlainDoc[] = await inTurn(async () => {
        const page = table.after(at, PAGE);
        for (const row of page) digest = afterRow(digest, { id: String(row[table.primary]), rev: revisionOf(row), prev: null });
        if (!table.isIndexed(page)) throw new StoreLostError('content', page.length, 0);
        at = page.length < PAGE ? BEHIND_ALL : String(page.at(-1)?.[table.primary]);
        return page;
      });
      await Promise.all(rows.map(codec.unseal));
      if (rows.length < PAGE) break;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const [expected, isEven] = await atRest(async () => [(await journal.peer.request('expected', null))[collection], table.isEven()] as const);
    if (!isEven || !isSameSet(digest, expected)) throw new StoreLostError('content', expected.count, digest.count);
  } finally {
    stop();
  }
}
