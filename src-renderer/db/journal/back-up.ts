import type { BackupMade } from '#shared/contract/backup.ts';
import { packRows, type Journaled } from '#shared/contract/journal.ts';
import type { SealedTable, SealingStorage } from '../sealing-storage.ts';
import type { PlainDoc } from '../sealing/layout.ts';
import { toJournalRow } from './sealed-row.ts';
import type { JournalPeer } from './write-ahead.ts';

const PAGE = 500;
/** Sorts behind every id. */
const BEHIND_ALL = '\uffff';

/**
 * Sends every sealed row of an open store to the backup main has begun, while the officer works on: rows that change behind the reader are
 * sent again at the end, between two writes. Rejects with StoreDamagedError for a seal that does not open, else with main's errors.
 */
export async function backUpStore({ tables }: SealingStorage, peer: JournalPeer): Promise<BackupMade> {
  for (const [collection, table] of tables) await sendRows(collection, table, peer);
  return peer.request('backupEnd', null);
}

async function sendRows(collection: Journaled, { table, codec, turns }: SealedTable, peer: JournalPeer): Promise<void> {
  const { primary } = table;
  /** The revision sent of each row that changed since, or null where it is new. */
  const changed = new Map<string, string | null>();
  let at: string | undefined;
  const send = async (page: readonly PlainDoc[], prevOf: (id: string) => string | null): Promise<void> => {
    await Promise.all(page.map(codec.unseal)); // a backup of a row that does not open is none
    const rows = page.map((row) => toJournalRow(String(row[primary]), row, prevOf(String(row[primary]))));
    await peer.request('backupRows', { collection, packed: packRows(rows), last: false });
  };
  const stop = turns.onWritten((id, _rev, prev) => {
    if (at !== undefined && id <= at && !changed.has(id)) changed.set(id, prev);
  });
  try {
    for (;;) {
      const page = await turns.inTurn(async () => {
        const read = table.after(at, PAGE);
        at = read.length < PAGE ? BEHIND_ALL : String(read.at(-1)?.[primary]);
        return read;
      });
      await send(page, () => null);
      if (page.length < PAGE) break;
    }
    await turns.atRest(async () => {
      const ids = [...changed.keys()];
      for (let from = 0; from < ids.length; from += PAGE) await send(table.byId(ids.slice(from, from + PAGE)), (id) => changed.get(id) ?? null);
      await peer.request('backupRows', { collection, packed: packRows([]), last: true });
    });
  } finally {
    stop();
  }
}
