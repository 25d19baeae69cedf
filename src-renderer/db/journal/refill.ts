import type { JournalRow, JournalVersion } from '#shared/contract/journal.ts';
import type { SealedTable, SealingStorage } from '../sealing-storage.ts';
import type { PlainDoc } from '../sealing/layout.ts';
import type { RowTable } from '../sqlite/row-table.ts';
import { hasContent, heightOf, revisionOf, toJournalRow, toStoredRow } from './sealed-row.ts';
import type { JournalPeer } from './write-ahead.ts';

const PAGE = 500;

/**
 * Puts into an open store what a damaged journal still tells and the store does not have, or has in an older version.
 * Answers the number of rows. What the journal cannot tell any more is in the store, or with the hub.
 */
export async function refillStore({ tables }: SealingStorage, peer: JournalPeer): Promise<number> {
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

/** Puts into `into` every row of `from` that opens and that `into` does not have, or has in an older version. A table that cannot be read on ends there. */
export async function gatherRows(from: SealingStorage, into: SealingStorage): Promise<void> {
  for (const [collection, { table, codec }] of from.tables) {
    const target = into.tables.get(collection);
    if (target === undefined) continue;
    for (let at: string | undefined; ;) {
      const page = readOn(table, at);
      if (page.length === 0) break;
      at = String(page.at(-1)?.[table.primary]);
      const opened = await Promise.allSettled(page.map(codec.unseal));
      const whole = page.filter((_, i) => opened[i]?.status === 'fulfilled');
      await putNewer(
        target,
        whole.map((row) => toJournalRow(String(row[table.primary]), row, null)),
      );
    }
  }
}

function readOn(table: RowTable, at: string | undefined): PlainDoc[] {
  try {
    return table.after(at, PAGE);
  } catch {
    return [];
  }
}

async function putNewer({ table, codec }: SealedTable, rows: readonly JournalRow[]): Promise<number> {
  const ids = rows.map(({ id }) => id);
  const storedById = new Map(table.byId(ids).map((row) => [String(row[table.primary]), row]));
  const newer: PlainDoc[] = [];
  for (const row of rows) {
    const there = storedById.get(row.id);
    if (there !== undefined && heightOf(revisionOf(there)) >= heightOf(row.rev)) continue;
    const stored = toStoredRow(row, 0);
    await codec.unseal(stored);
    newer.push(stored);
  }
  table.put(newer);
  return newer.length;
}
