import type { Journaled, JournalVersion } from '#shared/contract/journal.ts';
import type { SealedTable, SealingStorage } from '../sealing-storage.ts';
import type { PlainDoc } from '../sealing/layout.ts';
import { restockJournal } from './restock.ts';
import { hasContent, revisionOf, toStoredRow } from './sealed-row.ts';
import type { JournalPeer } from './write-ahead.ts';

const PAGE = 500;

/** How far a rebuild is. `total` counts rows, deleted ones too. */
export interface RebuildProgress {
  readonly stage: 'journal' | 'store' | 'finish';
  readonly done: number;
  readonly total: number;
}

/** What became of every row the journal knows, deleted ones too. */
export interface RebuildReport {
  readonly fromJournal: number;
  /** Found intact in what was left of the store. */
  readonly fromStore: number;
  /** The hub has them and sends them again. */
  readonly fromHub: number;
  /** Not to be had from anywhere this device knows. */
  readonly lost: number;
  /** The end of the journal was cut off too, so the last entries may be missing without a trace. */
  readonly cut: boolean;
}

/** What a rebuild works on. */
export interface RebuildParts {
  readonly peer: JournalPeer;
  /** What is left of the store, or undefined where it does not open. */
  readonly old: SealingStorage | undefined;
  /** An empty store, open; takes the place of the old one when the journal says so. */
  readonly fresh: SealingStorage;
  readonly generation: number;
  /** The journal ended inside an entry. */
  readonly cut: boolean;
  /** Rows in all, as the journal counts them. */
  readonly total: number;
  /** The device belongs to a unit, so the hub can send again what it has. */
  readonly isEnrolled: boolean;
  readonly onProgress: (progress: RebuildProgress) => void;
  readonly crashPoint: (name: string) => Promise<void>;
}

/**
 * Makes the store again: content from the journal, then rows of the old store that are exactly the version the journal
 * names, the rest from the hub. Safe to be cut at any moment: until the journal is written anew the old state stands.
 */
export async function rebuildStore({ peer, old, fresh, generation, total, cut, isEnrolled, onProgress, crashPoint }: RebuildParts): Promise<RebuildReport> {
  const wanted = new Map<string, string>();
  const settled = new Map<string, string>();
  const named = new Set<string>();
  let fromJournal = 0;
  for (let from: number | null = 0; from !== null;) {
    const page: { readonly versions: readonly JournalVersion[]; readonly next: number | null } = await peer.request('versions', { from, most: PAGE });
    from = page.next;
    for (const version of page.versions) {
      named.add(`${version.collection} ${version.row.id}`);
      if (version.settled) settled.set(version.row.id, version.row.rev);
      if (!hasContent(version.row)) wanted.set(`${version.collection} ${version.row.id}`, version.row.rev);
    }
    for (const [collection, table] of fresh.tables) {
      const rows = page.versions.filter((version) => version.collection === collection && hasContent(version.row)).map(({ row }) => toStoredRow(row, 0));
      table.table.put(rows);
      fromJournal += rows.length;
    }
    onProgress({ stage: 'journal', done: fromJournal, total });
    await crashPoint('rebuild-page');
  }
  // What the journal does not name at all (it is damaged, or was cut before it was first written from the store) is taken as it lies there: a deletion would be named.
  const isWanted = (name: string, rev: string) => wanted.get(name) === rev || !named.has(name);
  const take = (name: string) => {
    wanted.delete(name);
    named.add(name);
  };
  const fromStore = old === undefined ? 0 : await salvage(old, fresh, { isWanted, take }, (found) => onProgress({ stage: 'store', done: fromJournal + found, total }));
  await crashPoint('rebuild-before-restock');
  await restockJournal(fresh, peer, {
    generation,
    resync: isEnrolled,
    isSettled: (id, rev) => settled.get(id) === rev,
    onProgress: (done) => onProgress({ stage: 'finish', done, total }),
  });
  await crashPoint('rebuild-after-restock');
  const fromHub = isEnrolled ? wanted.size : 0;
  return { fromJournal, fromStore, fromHub, lost: Math.max(0, total - fromJournal - fromStore - fromHub), cut };
}

interface Wanted {
  readonly isWanted: (name: string, rev: string) => boolean;
  readonly take: (name: string) => void;
}

/** Takes over the rows of `old` that are wanted. A table that cannot be read on ends there. */
async function salvage(old: SealingStorage, fresh: SealingStorage, wanted: Wanted, onProgress: (found: number) => void): Promise<number> {
  let found = 0;
  for (const [collection, from] of old.tables) {
    const to = fresh.tables.get(collection);
    if (to === undefined) continue;
    try {
      for (let at: string | undefined; ;) {
        const page = from.table.after(at, PAGE);
        if (page.length === 0) break;
        at = String(page.at(-1)?.[from.table.primary]);
        const kept = await intact(collection, from, page, wanted);
        to.table.put(kept);
        found += kept.length;
        onProgress(found);
      }
    } catch {
      // What the disk does not give any more is wanted still.
    }
  }
  return found;
}

async function intact(collection: Journaled, { table, codec }: SealedTable, page: readonly PlainDoc[], { isWanted, take }: Wanted): Promise<PlainDoc[]> {
  const nameOf = (row: PlainDoc) => `${collection} ${String(row[table.primary])}`;
  const named = page.filter((row) => isWanted(nameOf(row), revisionOf(row)));
  const opened = await Promise.allSettled(named.map(codec.unseal));
  const kept = named.filter((_, i) => opened[i]?.status === 'fulfilled');
  for (const row of kept) take(nameOf(row));
  return kept;
}
