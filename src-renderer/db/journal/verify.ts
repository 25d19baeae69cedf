import { EMPTY_SET, isSameSet } from '#shared/base/set-digest.ts';
import { afterRow } from '#shared/contract/journal.ts';
import type { SealingCodec } from '../sealing/codec.ts';
import type { PlainDoc } from '../sealing/layout.ts';
import type { TableTurns } from '../sealing-storage.ts';
import { readRows, type DexieState } from '../sealing/scan.ts';
import { StoreLostError } from '../store-lost-error.ts';
import { revisionOf } from './sealed-row.ts';
import { isJournaled, type WriteAhead } from './write-ahead.ts';

const PAGE = 250;
/** Sorts behind every id. */
const BEHIND_ALL = '\uffff';

/** One collection to read in full. */
export interface VerifyTarget extends TableTurns {
  readonly collection: string;
  readonly primary: string;
  readonly codec: SealingCodec;
  readonly state: DexieState;
  readonly journal: WriteAhead;
  readonly signal: AbortSignal;
}

/**
 * Opens every seal of a collection, page by page while the officer works on, and compares count and digest with the journal.
 * Rejects with StoreDamagedError for a seal that does not open, {@link StoreLostError} (`content`) where the whole differs.
 */
export async function verifyCollection({ collection, primary, codec, state, journal, inTurn, atRest, onWritten, signal }: VerifyTarget): Promise<void> {
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
        const page = await readRows(state, at, PAGE);
        for (const row of page) digest = afterRow(digest, { id: String(row[primary]), rev: revisionOf(row), prev: null });
        at = page.length < PAGE ? BEHIND_ALL : String(page.at(-1)?.[primary]);
        return page;
      });
      await Promise.all(rows.map(codec.unseal));
      if (rows.length < PAGE) break;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const expected = await atRest(async () => (await journal.peer.request('expected', null))[collection]);
    if (!isSameSet(digest, expected)) throw new StoreLostError('content', expected.count, digest.count);
  } finally {
    stop();
  }
}
