import { createStore, type StoreApi } from 'zustand';
import type { DirectoryView, LinkStatus, Unlocked } from '#shared/contract/ipc.ts';
import { OWNER_SELF } from '#shared/schema/record.ts';
import { createDataClient } from '../db/client.ts';
import { createDataService, type DataService } from '../db/data-service.ts';
import { startWorker } from '../db/start-worker.ts';
import type { SetAsideEntry } from '../db/worker/protocol.ts';
import workerUrl from '../db/worker/data-worker.ts?worker&url';
import { loadDemoRecords } from './demo.ts';
import { createIpcLink } from '../sync/ipc-link.ts';

/** What the workspace shows of the line; cleared by lock (the window's process ends). */
export interface LinkView {
  readonly link: LinkStatus | undefined;
  readonly directory: DirectoryView | undefined;
  readonly pending: { readonly count: number; readonly bytes: number };
  readonly setAside: readonly SetAsideEntry[];
}

/** The opened store and the live view of its line. */
export interface OpenedStore {
  readonly data: DataService;
  readonly view: StoreApi<LinkView>;
}

/**
 * Opens the encrypted store in its worker and connects it to main: link states, wakes and, once this device belongs to a
 * unit, replication. Rejects with the worker's error where the store does not open.
 */
export async function openStore(unlocked: Unlocked, isDemo: boolean): Promise<OpenedStore> {
  const worker = startWorker(workerUrl);
  const link = createIpcLink({
    push: (request) => window.suar.invoke('link.push', request),
    pull: (request) => window.suar.invoke('link.pull', request),
  });
  const client = createDataClient(worker, link);
  const owner = unlocked.enrolment?.unit ?? OWNER_SELF;
  await client.open({ storeKey: unlocked.storeKey, profile: unlocked.profile, deviceId: unlocked.deviceId, owner });
  if (isDemo) await loadDemoRecords(client);
  const view = createStore<LinkView>(() => ({ link: undefined, directory: undefined, pending: { count: 0, bytes: 0 }, setAside: [] }));

  let unit = owner;
  let syncing = false;
  const follow = async (status: LinkStatus): Promise<void> => {
    view.setState({ link: status });
    if (status.enrolment && unit !== status.enrolment.unit) {
      unit = status.enrolment.unit;
      await client.setIdentity({ unit });
    }
    if (status.state === 'online' && status.admitted && !syncing) {
      syncing = true;
      await client.startSync();
    }
  };
  const refreshDirectory = async (): Promise<void> => {
    const directory = await window.suar.invoke('link.directory', {});
    if (directory.ok) view.setState({ directory: directory.value });
  };
  window.suar.on('link.changed', (status) => void follow(status));
  window.suar.on('link.wake', () => {
    void refreshDirectory();
    if (syncing) void client.wake();
  });
  client.watchSyncState((state) => view.setState({ pending: { count: state.pending, bytes: state.pendingBytes } }));
  client.watchSetAside((setAside) => view.setState({ setAside }));
  await follow(await window.suar.invoke('link.status', {}));
  await refreshDirectory();
  return { data: createDataService(client), view };
}
