import type { RpcPort } from '#shared/contract/rpc.ts';
import { stockedRandom } from '#shared/base/ids.ts';
import { createHybridClock } from '#shared/base/time.ts';
import { deriveStoreKeys } from '../../../src-renderer/db/keys.ts';
import { createRepository } from '../../../src-renderer/db/repository.ts';
import type { StoreDisk } from '../../../src-renderer/db/sqlite/store-disk.ts';
import { openOpfsDisk } from '../../../src-renderer/db/sqlite/open-opfs-disk.ts';
import { connectJournal, openJournaled } from '../../../src-renderer/db/worker/open-journaled.ts';
import { FIRST_ROWS, type BenchStore } from './bench-store.ts';

type Opened = Awaited<ReturnType<typeof openJournaled>>;

/** The store of the app as its imports use it: repository, schemas, validator, sealing, journal. */
export function createSealedStore(name: string, journal: RpcPort | undefined): BenchStore {
  let opened: Opened | undefined;
  let disk: StoreDisk | undefined;
  const store = (): Opened => {
    if (opened === undefined) throw new Error('not open');
    return opened;
  };
  return {
    open: async () => {
      const keys = await deriveStoreKeys(new Uint8Array(32).fill(9));
      disk = await openOpfsDisk(name);
      opened = await openJournaled({ profile: name, keys, disk }, journal && connectJournal(journal));
    },
    insert: async (records) => {
      const [first] = records;
      if (first === undefined) return;
      const random = stockedRandom((length) => crypto.getRandomValues(new Uint8Array(length)));
      const repository = createRepository<Record<string, unknown>>(store().db, 'case', { hlc: createHybridClock(Date.now), clock: Date.now, random, author: first.author, owner: () => first.owner });
      const outcome = await repository.bulkInsert(records);
      if (outcome.inserted !== records.length) throw new Error('rows were not stored');
    },
    firstRows: async () =>
      (
        await store()
          .db.collections.record.find({ selector: { entity: 'case' }, sort: [{ updatedAt: 'desc' }, { id: 'desc' }], limit: FIRST_ROWS })
          .exec()
      ).map((doc) => doc.toMutableJSON().id),
    close: async () => {
      await store().db.close();
      await store().journal?.closed();
      disk?.close();
    },
  };
}
