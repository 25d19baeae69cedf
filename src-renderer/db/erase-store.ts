import { poolFolder } from './index/pool-folder.ts';
import { storeBaseName } from './store-name.ts';

/** How often a folder that its last reader has not let go of yet is tried again, and how long in between. */
const TRIES = 20;
const PAUSE_MS = 250;

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.addEventListener('success', () => resolve());
    request.addEventListener('error', () => reject(new Error('not deleted')));
  });
}

async function removePool(folder: string): Promise<void> {
  const root = await navigator.storage.getDirectory();
  for (let left = TRIES; ; left--) {
    try {
      await root.removeEntry(folder, { recursive: true });
      return;
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NotFoundError') return;
      if (left <= 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/**
 * Erases what the window keeps of a removed profile: its IndexedDB databases and its index files. Its key is destroyed
 * already. Safe to run again; rejects where a file is still held, and the next start tries again.
 */
export async function eraseStore(profile: string): Promise<void> {
  const own = new RegExp(`^rxdb-dexie-${storeBaseName(profile)}(-\\d+)?--`);
  for (const { name = '' } of await indexedDB.databases()) if (own.test(name)) await deleteDatabase(name);
  await removePool(poolFolder(profile));
}
