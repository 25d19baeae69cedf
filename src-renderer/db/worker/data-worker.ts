import { stockedRandom } from '#shared/base/ids.ts';
import { createMemoryIndex } from '../index/memory-index.ts';
import { openSqliteIndex } from '../index/open-sqlite-index.ts';
import { openOpfsDisk } from '../sqlite/open-opfs-disk.ts';
import { serveData } from './serve-data.ts';
import type { RpcPort } from '#shared/contract/rpc.ts';

/** Entry of the dedicated data worker; started by the composition root of the app and handed to `createDataClient`. */
serveData(globalThis as unknown as RpcPort, {
  openDisk: openOpfsDisk,
  openIndex: async (key, profile) => {
    try {
      return { index: await openSqliteIndex(key, profile), kind: 'opfs' };
    } catch {
      return { index: createMemoryIndex(), kind: 'memory' }; // built anew from the store, which remains the truth
    }
  },
  clock: Date.now,
  random: stockedRandom((length) => crypto.getRandomValues(new Uint8Array(length))),
});
