import { getAssumedMasterState, getChangedDocumentsSince, getLastCheckpointDoc, type RxStorageInstanceReplicationState } from 'rxdb/plugins/core';
import type { Subscription } from 'rxjs';
import { OWNER_SELF, type SuarRecord } from '#shared/schema/record.ts';
import { isSameVersion, type LinkRecord } from './link.ts';

const PAGE = 500;

type State = RxStorageInstanceReplicationState<SuarRecord>;

/** The outbox: records with an edit the hub does not have. A view over RxDB's bookkeeping, rebuilt at every start. */
export interface Pending {
  readonly has: (id: string) => boolean;
  readonly count: () => number;
  /** Approximate: characters of JSON, before compression and sealing. */
  readonly bytes: () => number;
  /** Compares the listed records with what the hub is known to have. */
  readonly refresh: () => Promise<void>;
  readonly stop: () => void;
}

/** Follows the writes of the store the replication `state` reads from; calls `changed` after every change. */
export async function trackPending(state: State, changed: () => void): Promise<Pending> {
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
    for (const doc of await unsynced(page.documents)) note(doc);
    checkpoint = page.checkpoint;
  }
  changed();

  return {
    has: (id) => pending.has(id),
    count: () => pending.size,
    bytes: () => [...pending.values()].reduce((sum, size) => sum + size, 0),
    refresh: async () => {
      if (pending.size === 0) return;
      const ids = [...pending.keys()];
      const left = new Set((await unsynced(await store.findDocumentsById(ids, true))).map((doc) => doc.id));
      for (const id of ids) if (!left.has(id)) pending.delete(id);
      changed();
    },
    stop: () => following.unsubscribe(),
  };
}
