import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BackupService } from '#shared/contract/backup.ts';
import { connectRpc, type RpcPort } from '#shared/contract/rpc.ts';
import { openJournal, type Journal } from '../../src-main/journal/journal.ts';
import { checkedRequests } from '../../src-main/journal/serve-journal.ts';
import type { JournalService } from '#shared/contract/journal.ts';
import { createMemoryIndex } from '../../src-renderer/db/index/memory-index.ts';
import { prepareSession, type DataEnvironment, type Opening } from '../../src-renderer/db/worker/session.ts';
import type { SyncLink } from '../../src-renderer/sync/link.ts';
import { createSeededBytes, createTickingClock, deviceId } from './seeded.ts';
import { createMemoryDisk, type MemoryDisk } from './memory-disk.ts';
import { storeName } from './stores.ts';

const NO_LINK: SyncLink = { push: () => Promise.reject(new Error('offline')), pull: () => Promise.reject(new Error('offline')) };

/** The key of every journal here. */
export const LAB_KEY = new Uint8Array(32).fill(4);

/** Bends the journal on purpose, to prove that a checker sees it. */
export type JournalFlaw = (requests: JournalService['requests']) => Partial<JournalService['requests']>;

/** A profile on a disk of its own: a real journal in a folder, a store on a disk in memory. Survives any number of starts. */
export interface JournaledProfile {
  readonly folder: string;
  readonly profile: string;
  disk: MemoryDisk;
  /** Opens the journal as an unlock does, and prepares the store over a port. */
  readonly start: (options?: { readonly owner?: string; readonly expected?: boolean; readonly link?: SyncLink }) => Promise<{
    readonly opening: Opening;
    readonly journal: Journal;
    /** What the store last said it has flushed. */
    readonly flushed: () => number;
    readonly stop: () => Promise<void>;
  }>;
  readonly remove: () => void;
}

/** Options of {@link createJournaledProfile}. */
export interface JournaledProfileOptions {
  readonly flaw?: JournalFlaw;
  readonly seed?: number;
  readonly sizes?: { readonly logBytes?: number; readonly mergeBytes?: number };
  /** 32 bytes of the journal. */
  readonly key?: Uint8Array;
  /** Serves backups beside the journal. */
  readonly backup?: BackupService['requests'];
}

/** Makes an empty profile; `sizes` makes logs short, so that they are closed and merged within a test. */
export function createJournaledProfile({ flaw, seed, sizes = {}, key = LAB_KEY, backup }: JournaledProfileOptions = {}): JournaledProfile {
  const folder = mkdtempSync(path.join(tmpdir(), 'suar-profile-'));
  const profile = storeName();
  let begun = false;
  let starts = 0;
  const made: JournaledProfile = {
    folder,
    profile,
    disk: createMemoryDisk(),
    start: async ({ owner = 'self', expected = begun, link = NO_LINK } = {}) => {
      const journal = await openJournal({ folder: path.join(folder, 'journal'), key, expected, ...sizes });
      const bent: Journal = flaw ? { ...journal, requests: { ...journal.requests, ...flaw(journal.requests) } } : journal;
      begun = true;
      const channel = new MessageChannel();
      let flushed = 0;
      const noted: Journal = {
        ...bent,
        requests: {
          ...bent.requests,
          append: (write) => {
            flushed = write.applied;
            return bent.requests.append(write);
          },
        },
      };
      connectRpc(channel.port1 as unknown as RpcPort, { requests: checkedRequests(noted, backup), streams: {} });
      const environment: DataEnvironment = {
        openDisk: async () => made.disk,
        openIndex: async () => ({ index: createMemoryIndex(), kind: 'memory' }),
        clock: createTickingClock(),
        random: createSeededBytes((seed ?? Math.floor(Math.random() * 1e9)) + starts++),
        retryMs: 5,
      };
      const opening = await prepareSession({ storeKey: new Uint8Array(32).fill(5), profile, deviceId: deviceId(1), owner, journal: channel.port2 as unknown as RpcPort }, environment, link);
      return {
        opening,
        journal,
        flushed: () => flushed,
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
