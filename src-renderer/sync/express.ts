import { getAssumedMasterState, type RxStorageInstanceReplicationState } from 'rxdb/plugins/core';
import type { Subscription } from 'rxjs';
import { entityDefinition, URGENT_LANES } from '#shared/entities.ts';
import { OWNER_SELF, type SuarRecord } from '#shared/schema/record.ts';
import type { SyncLedger } from './ledger.ts';
import { toLinkRecord, type LinkRecord, type SyncLink } from './link.ts';

/**
 * Sends an urgent edit at once while other pushes are on their way; in order it would wait for all of them. Nobody listens to the answer: RxDB
 * sends the edit again in its turn, as after an answer that was lost, and hears then what became of it. So nothing new can go wrong here.
 */
export async function followUrgent(state: RxStorageInstanceReplicationState<SuarRecord>, ledger: SyncLedger, push: SyncLink['push']): Promise<Subscription> {
  const fromHub = await state.downstreamBulkWriteFlag;
  return state.input.forkInstance.changeStream().subscribe((bulk) => {
    if (bulk.context === fromHub || ledger.inFlight.size === 0) return;
    for (const { documentData } of bulk.events) {
      const doc = toLinkRecord(documentData);
      const lane = entityDefinition(doc.entity)?.lane;
      if (doc.owner !== OWNER_SELF && lane !== undefined && URGENT_LANES.has(lane) && !ledger.inFlight.has(doc.id)) void send(doc).catch(() => undefined);
    }
  });

  async function send(doc: LinkRecord): Promise<void> {
    const known = await getAssumedMasterState(state, [doc.id]);
    await push([{ doc, assumedRev: known[doc.id]?.docData.rev ?? null }]);
  }
}
