import type { JournalRow } from '#shared/contract/journal.ts';
import type { PlainDoc } from '../sealing/layout.ts';
import type { RowTable } from '../sqlite/row-table.ts';
import { StoreLostError } from '../store-lost-error.ts';
import { hasContent, heightOf, revisionOf, stampOf, toStoredRow } from './sealed-row.ts';
import { isJournaled, type WriteAhead } from './write-ahead.ts';

/** Newest rows that are asked for their stamp; more than one, because a clock may have been set back. */
const STAMPS = 64;

/**
 * Brings one collection and the journal together before anyone reads: makes the writes in doubt or takes them back, then
 * compares. Rejects with {@link StoreLostError} where rows are missing or too many (`count`), older than what a write in doubt
 * grew from (`content`), or the store has writes the journal does not (`journal-behind`). Nothing is taken back then.
 */
export async function settleDoubt(table: RowTable, collection: string, journal: WriteAhead): Promise<void> {
  const { health, inDoubt, sequence, expected } = journal.state;
  if (!isJournaled(collection) || health !== 'ok') return;
  const writes = inDoubt.filter((write) => write.collection === collection);
  let taken = expected[collection];
  for (const [i, { write, rows }] of writes.entries()) {
    const later = new Set(writes.slice(i + 1).flatMap((next) => next.rows.map(({ id, rev }) => `${id} ${rev}`)));
    const refused = applyOrRefuse(table, write, rows, later);
    if (refused.length > 0) {
      await journal.peer.request('void', { collection, write, ids: refused });
      taken = (await journal.peer.request('expected', null))[collection];
    }
  }
  const newest = table.scan({ index: ['_meta.lwt', table.primary], range: {}, direction: 'prev', most: STAMPS });
  if (newest.rows.some((row) => stampOf(row) > sequence)) throw new StoreLostError('journal-behind', sequence, Math.max(...newest.rows.map(stampOf)));
  const found = table.count();
  if (found !== taken.count) throw new StoreLostError('count', taken.count, found);
}

/** Writes what is missing; answers the ids that cannot be: the hub has them, or another version stands there. */
function applyOrRefuse(table: RowTable, write: number, rows: readonly JournalRow[], later: ReadonlySet<string>): string[] {
  const stored = new Map(table.byId(rows.map(({ id }) => id)).map((row) => [String(row[table.primary]), row]));
  const refused: string[] = [];
  const missing: PlainDoc[] = [];
  for (const row of rows) {
    const there = stored.get(row.id);
    const rev = there === undefined ? null : revisionOf(there);
    if (rev === row.rev || later.has(`${row.id} ${rev}`)) continue;
    if (rev === row.prev) {
      if (hasContent(row)) missing.push(toStoredRow(row, write));
      else refused.push(row.id);
    } else if (heightOf(rev) < heightOf(row.prev)) throw new StoreLostError('content', heightOf(row.prev), heightOf(rev));
    else refused.push(row.id); // another version stood there when it was written, and the store refused it
  }
  table.put(missing);
  return refused;
}
