import { JOURNAL_ROWS_MAX, packRows } from '#shared/contract/journal.ts';
import type { SealingStorage } from '../sealing-storage.ts';
import { revisionOf, stampOf, toJournalRow, toLightRow } from './sealed-row.ts';
import type { JournalPeer } from './write-ahead.ts';

const PAGE = Math.min(500, JOURNAL_ROWS_MAX);

/** Options of {@link restockJournal}. */
export interface RestockOptions {
  readonly generation: number;
  /** The hub may have to be told everything again. */
  readonly resync: boolean;
  /** Whether the hub has this version, so that the journal needs no content. */
  readonly isSettled: (id: string, rev: string) => boolean;
  readonly onProgress: (rows: number) => void;
}

/** Writes the journal anew from an open store that nobody writes. Rows whose seal does not open are removed from the store; their number is the answer. */
export async function restockJournal({ tables }: SealingStorage, peer: JournalPeer, { generation, resync, isSettled, onProgress }: RestockOptions): Promise<number> {
  let unreadable = 0;
  let done = 0;
  let stamp = 0;
  await peer.request('restockBegin', null);
  for (const [collection, { table, codec }] of tables) {
    const { primary } = table;
    for (let at: string | undefined; ;) {
      const page = table.after(at, PAGE);
      if (page.length === 0) break;
      at = String(page.at(-1)?.[primary]);
      stamp = Math.max(stamp, ...page.map(stampOf));
      const opened = await Promise.allSettled(page.map(codec.unseal));
      const good = page.filter((_, i) => opened[i]?.status === 'fulfilled');
      const bad = page.filter((_, i) => opened[i]?.status === 'rejected').map((row) => String(row[primary]));
      if (bad.length > 0) table.remove(bad);
      unreadable += bad.length;
      const rows = good.map((row) => {
        const id = String(row[primary]);
        return isSettled(id, revisionOf(row)) ? toLightRow(id, revisionOf(row), null) : toJournalRow(id, row, null);
      });
      await peer.request('restockRows', { collection, packed: packRows(rows) });
      onProgress((done += page.length));
    }
  }
  await peer.request('restockEnd', { generation, resync, stamp });
  return unreadable;
}
