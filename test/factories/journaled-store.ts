import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { connectRpc, type RpcPort } from '#shared/contract/rpc.ts';
import { openJournal, type Journal } from '../../src-main/journal/journal.ts';
import { checkedRequests } from '../../src-main/journal/serve-journal.ts';
import { createMemoryIndex } from '../../src-renderer/db/index/observable-index.ts';
import { TOKEN_FIELDS } from '../../src-renderer/db/record-schema.ts';
import { createSealingStorage } from '../../src-renderer/db/sealing-storage.ts';
import { prepareSession, type DataEnvironment, type Opening } from '../../src-renderer/db/worker/session.ts';
import type { SyncLink } from '../../src-renderer/sync/link.ts';
import { createSeededBytes, createTickingClock, deviceId } from './seeded.ts';
import { storeName } from './stores.ts';

const NO_LINK: SyncLink = { push: () => Promise.reject(new Error('offline')), pull: () => Promise.reject(new Error('offline')) };

/** A profile on a disk of its own: a real journal in a folder, a store in a fake IndexedDB. Survives any number of starts. */
export interface JournaledProfile {
  readonly folder: string;
  readonly profile: string;
  factory: IDBFactory;
  /** Opens the journal as an unlock does, and prepares the store over a port. */
  readonly start: (options?: {
    readonly owner?: string;
    readonly expected?: boolean;
    readonly link?: SyncLink;
  }) => Promise<{ readonly opening: Opening; readonly journal: Journal; readonly stop: () => Promise<void> }>;
  readonly remove: () => void;
}

/** Makes an empty profile. */
export function createJournaledProfile(): JournaledProfile {
  const folder = mkdtempSync(path.join(tmpdir(), 'suar-profile-'));
  const profile = storeName();
  let begun = false;
  const made: JournaledProfile = {
    folder,
    profile,
    factory: new IDBFactory(),
    start: async ({ owner = 'self', expected = begun, link = NO_LINK } = {}) => {
      const journal = await openJournal({ folder: path.join(folder, 'journal'), key: new Uint8Array(32).fill(4), expected });
      begun = true;
      const channel = new MessageChannel();
      connectRpc(channel.port1 as unknown as RpcPort, { requests: checkedRequests(journal), streams: {} });
      const environment: DataEnvironment = {
        storage: (keys, ahead) => createSealingStorage({ keys, tokenFields: TOKEN_FIELDS, indexedDb: { factory: made.factory, keyRange: IDBKeyRange }, ...(ahead ? { journal: ahead } : {}) }),
        indexedDb: () => made.factory,
        openIndex: async () => ({ index: createMemoryIndex(), kind: 'memory' }),
        clock: createTickingClock(),
        random: createSeededBytes(Math.floor(Math.random() * 1e9)),
        retryMs: 5,
      };
      const opening = await prepareSession({ storeKey: new Uint8Array(32).fill(5), profile, deviceId: deviceId(1), owner, journal: channel.port2 as unknown as RpcPort }, environment, link);
      return {
        opening,
        journal,
        stop: async () => {
          await journal.close();
          channel.port1.close();
          channel.port2.close();
        },
      };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  return made;
}
