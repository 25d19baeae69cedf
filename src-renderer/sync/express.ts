import { getAssumedMasterState, type RxStorageInstanceReplicationState } from 'rxdb/plugins/core';
import type { Subscription } from 'rxjs';
import { entityDefinition, URGENT_LANES } from '#shared/entities.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { EpochPass } from './epoch-pass.ts';
import type { SyncLedger } from './ledger.ts';
import type { SyncLink } from './link.ts';
import { rowToSend } from './push.ts';

/** What {@link followUrgent} needs of a replication that has begun. */
export interface ExpressDeps {
  readonly state: RxStorageInstanceReplicationState<SuarRecord>;
  readonly ledger: SyncLedger;
  readonly pass: Pick<EpochPass, 'believed' | 'isDue' | 'missing'>;
  readonly push: SyncLink['push'];
}

/**
 * Sends an urgent edit at once while other pushes are on their way; in order it would wait for all of them. Nobody listens to the answer: RxDB
 * sends the edit again in its turn, as after an answer that was lost, and hears then what became of it. So nothing new can go wrong here.
 */
export async function followUrgent({ state, ledger, pass, push }: ExpressDeps): Promise<Subscription> {
  const fromHub = await state.downstreamBulkWriteFlag;
  return state.input.forkInstance.changeStream().subscribe((bulk) => {
    if (bulk.context === fromHub || ledger.inFlight.size === 0 || pass.isDue()) return;
    for (const { documentData } of bulk.events) {
      const lane = entityDefinition(documentData.entity)?.lane;
      const isFree = !ledger.inFlight.has(documentData.id) && !ledger.neverAccepted.has(documentData.id);
      if (lane !== undefined && URGENT_LANES.has(lane) && isFree) void send(documentData).catch(() => undefined);
    }
  });

  async function send(doc: SuarRecord): Promise<void> {
    const known = await getAssumedMasterState(state, [doc.id]);
    const sent = rowToSend(doc, known[doc.id]?.docData, ledger, pass);
    if (sent) await push([sent.row], pass.believed());
  }
}
