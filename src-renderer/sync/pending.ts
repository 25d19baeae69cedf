import { getAssumedMasterState, getChangedDocumentsSince, getLastCheckpointDoc, type RxStorageInstanceReplicationState } from 'rxdb/plugins/core';
import type { Subscription } from 'rxjs';
import type { HubMemory } from '../db/journal/hub-memory.ts';
import { OWNER_SELF, type SuarRecord } from '#shared/schema/record.ts';
import { isSameVersion, type LinkRecord } from './link.ts';

const PAGE = 500;

type State = RxStorageInstanceReplicationState<SuarRecord>;

/** The outbox: records with an edit the hub does not have. A view over RxDB's bookkeeping, rebuilt at every start. */
export interface Pending {
  readonly has: (id: string) => boolean;
  readonly ids: () => readonly string[];
  readonly count: () => number;
  /** Approximate: characters of JSON, before compression and sealing. */
  readonly bytes: () => number;
  /** Compares the listed records with what the hub is known to have. */
  readonly refresh: () => Promise<void>;
  readonly stop: () => void;
}

/** Follows the writes of the store the replication `state` reads from; calls `changed` after every change, `settled` with versions found at the hub. */
export async function trackPending(state: State, changed: () => void, settled: HubMemory['settled']): Promise<Pending> {
  const store = state.input.forkInstance;
  const pending = new Map<string, number>();
  const fromHub = await state.downstreamBulkWriteFlag;
  const note = (doc: SuarRecord) => {
    if (doc.owner !== OWNER_SELF) pending.set(doc.id, JSON.stringify(doc).length);
  };

  async function unsynced(docs: readonly SuarRecord[]): Promise<SuarRecord[]> {
    const known = await getAssumedMasterState(
      state,
      docs.map((doc) => doc.id),
    );
    return docs.filter((doc) => {
      const at = known[doc.id]?.docData as LinkRecord | undefined;
      return doc.owner !== OWNER_SELF && !(at && isSameVersion(at, doc as LinkRecord));
    });
  }

  const following: Subscription = store.changeStream().subscribe((bulk) => {
    if (bulk.context === fromHub) return;
    for (const event of bulk.events) note(event.documentData as SuarRecord);
    changed();
  });

  let checkpoint = await getLastCheckpointDoc<SuarRecord, unknown>(state, 'up');
  for (;;) {
    const page = await getChangedDocumentsSince<SuarRecord, unknown>(store, PAGE, checkpoint);
    if (page.documents.length === 0) break;
    const waiting = await unsynced(page.documents);
    for (const doc of waiting) note(doc);
    await settled(atHub(page.documents, waiting));
    checkpoint = page.checkpoint;
  }
  changed();

  return {
    has: (id) => pending.has(id),
    ids: () => [...pending.keys()],
    count: () => pending.size,
    bytes: () => [...pending.values()].reduce((sum, size) => sum + size, 0),
    refresh: async () => {
      if (pending.size === 0) return;
      const ids = [...pending.keys()];
      const docs = await store.findDocumentsById(ids, true);
      const waiting = await unsynced(docs);
      const left = new Set(waiting.map((doc) => doc.id));
      for (const id of ids) if (!left.has(id)) pending.delete(id);
      changed();
      await settled(atHub(docs, waiting));
    },
    stop: () => following.unsubscribe(),
  };
}

/** The documents the hub has: those that belong to a unit and are not waiting. */
function atHub<D extends SuarRecord>(docs: readonly D[], waiting: readonly SuarRecord[]): D[] {
  const left = new Set(waiting.map((doc) => doc.id));
  return docs.filter((doc) => doc.owner !== OWNER_SELF && !left.has(doc.id));
}
