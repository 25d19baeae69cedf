import { poolFolder, storeFolder } from './sqlite/folders.ts';

/** How often a folder that its last reader has not let go of yet is tried again, and how long in between. */
const TRIES = 20;
const PAUSE_MS = 250;

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
 * Erases what the window keeps of a removed profile: its stores and its index. Its key is destroyed already. Safe to run
 * again; rejects where a file is still held, and the next start tries again.
 */
export async function eraseStore(profile: string): Promise<void> {
  await removePool(storeFolder(profile));
  await removePool(poolFolder(profile));
}
