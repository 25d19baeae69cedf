import records from '../../resources/region/demo-records.json' with { type: 'json' };
import type { DataClient } from '../db/client.ts';
import type { RecordInput } from '../db/worker/protocol.ts';

/** Fills an empty store with the synthetic records of the demonstration; each says in its title that it is synthetic. */
export async function loadDemoRecords(client: DataClient): Promise<void> {
  if ((await client.count('case')) > 0) return;
  await client.importEntities(records as unknown as readonly RecordInput[]);
}
