import { createStore, type StoreApi } from 'zustand';
import type { Unlocked } from '#shared/contract/ipc.ts';
import type { DirectoryView, LinkStatus } from '#shared/contract/link.ts';
import { OWNER_SELF } from '#shared/schema/record.ts';
import { RpcError } from '#shared/contract/rpc.ts';
import { createDataClient, type DataClient } from '../db/client.ts';
import { createDataService, type DataService } from '../db/data-service.ts';
import type { RebuildProgress, RebuildReport } from '../db/journal/rebuild.ts';
import { startWorker } from '../db/start-worker.ts';
import type { SetAsideEntry } from '../db/worker/protocol.ts';
import workerUrl from '../db/worker/data-worker.ts?worker&url';
import type { StoreLoss } from '../features/rebuild/rebuild-screen.tsx';
import { loadDemoRecords } from './demo.ts';
import { takeJournalPort } from './journal-port.ts';
import { createIpcLink } from '../sync/ipc-link.ts';

/** What the workspace shows of the line; cleared by lock (the window's process ends). */
export interface LinkView {
  readonly link: LinkStatus | undefined;
  readonly directory: DirectoryView | undefined;
  readonly pending: { readonly count: number; readonly bytes: number };
  readonly setAside: readonly SetAsideEntry[];
  /** The store was found damaged; it is made again at the next unlock. */
  readonly storeAltered: boolean;
}

/** The opened store and the live view of its line. */
export interface OpenedStore {
  readonly data: DataService;
  readonly view: StoreApi<LinkView>;
}

/** A store that is not the one its journal describes, and the way to make it again. */
export interface LostStore {
  readonly loss: StoreLoss;
  readonly rebuild: (onProgress: (progress: RebuildProgress) => void) => Promise<RebuildReport>;
  /** After `rebuild`. */
  readonly goOn: () => Promise<OpenedStore>;
}

/**
 * Opens the encrypted store in its worker and connects it to main: link states, wakes and, once this device belongs to a
 * unit, replication. Rejects with the worker's error where the store does not open for a reason that making it again does not mend.
 */
export async function openStore(unlocked: Unlocked, isDemo: boolean): Promise<OpenedStore | LostStore> {
  const worker = startWorker(workerUrl);
  const link = createIpcLink({
    push: (request) => window.suar.invoke('link.push', request),
    pull: (request) => window.suar.invoke('link.pull', request),
    purged: (request) => window.suar.invoke('link.purged', request),
  });
  const client = createDataClient(worker, link);
  const owner = unlocked.enrolment?.unit ?? OWNER_SELF;
  const goOn = () => followStore(client, owner, isDemo);
  try {
    await client.open({ storeKey: unlocked.storeKey, profile: unlocked.profile, deviceId: unlocked.deviceId, owner, journal: await takeJournalPort() });
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== 'store-lost') throw error;
    return { loss: error.detail as unknown as StoreLoss, rebuild: client.rebuild, goOn };
  }
  return goOn();
}

async function followStore(client: DataClient, owner: string, isDemo: boolean): Promise<OpenedStore> {
  if (isDemo) await loadDemoRecords(client);
  const view = createStore<LinkView>(() => ({ link: undefined, directory: undefined, pending: { count: 0, bytes: 0 }, setAside: [], storeAltered: false }));

  let unit = owner;
  let syncing = false;
  let directoryAsOf: number | undefined;
  const refreshDirectory = async (): Promise<void> => {
    const directory = await window.suar.invoke('link.directory', {});
    if (directory.ok) view.setState({ directory: directory.value });
  };
  const follow = async (status: LinkStatus): Promise<void> => {
    view.setState({ link: status });
    if (status.directoryAsOf !== directoryAsOf) {
      directoryAsOf = status.directoryAsOf;
      void refreshDirectory();
    }
    if (status.enrolment && unit !== status.enrolment.unit) {
      unit = status.enrolment.unit;
      await client.setIdentity({ unit });
    }
    if (status.state === 'online' && status.admitted && !syncing) {
      syncing = true;
      await client.startSync();
    }
  };
  window.suar.on('link.changed', (status) => void follow(status));
  window.suar.on('link.wake', () => {
    if (syncing) void client.wake();
  });
  client.watchSyncState((state) => view.setState({ pending: { count: state.pending, bytes: state.pendingBytes } }));
  client.onStoreAltered(() => view.setState({ storeAltered: true }));
  client.watchSetAside((setAside) => view.setState({ setAside }));
  await follow(await window.suar.invoke('link.status', {}));
  await refreshDirectory();
  return { data: createDataService(client), view };
}
