import type { JournalRow } from '#shared/contract/journal.ts';
import type { PlainDoc } from '../sealing/layout.ts';

const NOTHING = new Uint8Array();

/** The revision RxDB gave a stored row. */
export function revisionOf(row: PlainDoc): string {
  return String(row['_rev']);
}

/** How often a row was written: RxDB's revisions count up (`12-token`); 0 for no version. */
export function heightOf(rev: string | null): number {
  return rev === null ? 0 : Number.parseInt(rev, 10);
}

/** A stored row as the journal keeps it. */
export function toJournalRow(id: string, row: PlainDoc, prev: string | null): JournalRow {
  const { ct, ...clear } = row;
  return { id, rev: revisionOf(row), prev, clear: JSON.stringify(clear), ct: ct as Uint8Array };
}

/** A row whose content the hub has: only its place in the count. */
export function toLightRow(id: string, rev: string, prev: string | null): JournalRow {
  return { id, rev, prev, clear: '', ct: NOTHING };
}

/** Whether the journal has the content of `row`. */
export function hasContent(row: JournalRow): boolean {
  return row.ct.length > 0;
}

/** The stored row of a journal row that has content, stamped with the number of its write. */
export function toStoredRow(row: JournalRow, sequence: number): PlainDoc {
  return stamped({ ...(JSON.parse(row.clear) as PlainDoc), ct: row.ct }, sequence);
}

/** `row` with the number of the journal's write in RxDB's metadata. */
export function stamped(row: PlainDoc, sequence: number): PlainDoc {
  return { ...row, _meta: { ...(row['_meta'] as object), j: sequence } };
}

/** The number a stored row was stamped with; 0 where it was written before there was a journal. */
export function stampOf(row: PlainDoc): number {
  const { j } = Object(row['_meta']) as { j?: unknown };
  return typeof j === 'number' ? j : 0;
}
