import type { SuarDatabase } from '../open-database.ts';
import { hasContent, revisionOf } from './sealed-row.ts';
import type { WriteAhead } from './write-ahead.ts';

const PAGE = 500;

/** What sync and the journal tell each other. */
export interface HubMemory {
  /** The hub has these versions; their content leaves the journal. */
  readonly settled: (docs: readonly { readonly id: string; readonly _rev: string }[]) => Promise<void>;
  /** After a rebuild: which of `docs` the hub had before, so that nothing is sent twice over a thin line. */
  readonly known: (docs: readonly { readonly id: string; readonly rev: string }[]) => Promise<ReadonlySet<string>>;
  /** Everything was compared with the hub once: the memory of before the rebuild is needed no more. */
  readonly compared: () => Promise<void>;
}

/** Sync without a journal remembers nothing. */
export const NO_HUB_MEMORY: HubMemory = { settled: async () => undefined, known: async () => new Set(), compared: async () => undefined };

/** The memory the journal keeps of the hub. */
export function createHubMemory(db: () => SuarDatabase, journal: WriteAhead): HubMemory {
  let resync = journal.state.resync;
  let before: Promise<ReadonlyMap<string, string>> | undefined;

  async function readBefore(): Promise<ReadonlyMap<string, string>> {
    const revById = new Map<string, string>();
    for (let from: number | null = 0; from !== null;) {
      const page: Awaited<ReturnType<typeof nextPage>> = await nextPage(from);
      from = page.next;
      for (const { collection, row, settled } of page.versions) if (collection === 'record' && (settled || !hasContent(row))) revById.set(row.id, row.rev);
    }
    return revById;
  }
  const nextPage = (from: number) => journal.peer.request('versions', { from, most: PAGE });

  return {
    settled: async (docs) => {
      for (let at = 0; at < docs.length; at += PAGE) {
        const versions = docs.slice(at, at + PAGE).map(({ id, _rev }) => ({ id, rev: _rev }));
        await journal.peer.request('settle', { collection: 'record', versions });
      }
    },
    known: async (docs) => {
      if (!resync) return new Set();
      const revById = await (before ??= readBefore());
      const ids = docs.filter(({ id }) => revById.has(id)).map(({ id }) => id);
      const stored = await db().collections.record.storageInstance.findDocumentsById(ids, true);
      const sentRev = new Map(docs.map(({ id, rev }) => [id, rev]));
      return new Set(stored.filter((doc) => revById.get(doc.id) === revisionOf(doc as never) && sentRev.get(doc.id) === doc.rev).map(({ id }) => id));
    },
    compared: async () => {
      if (!resync) return;
      resync = false;
      before = undefined;
      await journal.peer.request('resynced', null);
    },
  };
}
