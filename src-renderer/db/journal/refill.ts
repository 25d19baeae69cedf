import type { JournalRow, JournalVersion } from '#shared/contract/journal.ts';
import type { SealedTable, SealingStorage } from '../sealing-storage.ts';
import type { PlainDoc } from '../sealing/layout.ts';
import { hasContent, heightOf, revisionOf, toStoredRow } from './sealed-row.ts';
import { putRows } from './put-rows.ts';
import type { JournalPeer } from './write-ahead.ts';

const PAGE = 500;

/**
 * Puts into open tables what the journal tells (a damaged one: what it still tells) and they do not have, or have in an older version.
 * Answers the number of rows. What the journal cannot tell any more is in the store, or with the hub.
 */
export async function refillStore({ tables }: Pick<SealingStorage, 'tables'>, peer: JournalPeer): Promise<number> {
  let filled = 0;
  for (let from: number | null = 0; from !== null;) {
    const page: { readonly versions: readonly JournalVersion[]; readonly next: number | null } = await peer.request('versions', { from, most: PAGE });
    from = page.next;
    for (const [collection, table] of tables) {
      const rows = page.versions.filter((version) => version.collection === collection && hasContent(version.row)).map(({ row }) => row);
      filled += await putNewer(table, rows);
    }
  }
  return filled;
}

async function putNewer({ inner, primary, codec }: SealedTable, rows: readonly JournalRow[]): Promise<number> {
  const ids = rows.map(({ id }) => id);
  const storedById = new Map((await inner.findDocumentsById(ids, true)).map((doc) => [String(doc[primary]), doc]));
  const newer: PlainDoc[] = [];
  for (const row of rows) {
    const there = storedById.get(row.id);
    if (there !== undefined && heightOf(revisionOf(there)) >= heightOf(row.rev)) continue;
    const stored = toStoredRow(row, 0);
    await codec.unseal(stored);
    newer.push(stored);
  }
  await putRows(await inner.internals, newer);
  return newer.length;
}
