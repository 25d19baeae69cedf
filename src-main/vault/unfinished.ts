import type { UnfinishedImport, VaultItem } from '#shared/contract/vault.ts';
import { jobIds, readJob, readLog, removeJob } from './job-file.ts';
import { manifestIds, readManifest, type Manifest } from './manifest.ts';
import { CHUNK_BYTES, places, type VaultFolder } from './vault-folder.ts';

/** What the window learns of a sealed exhibit. */
export function toItem({ id, name, sizeBytes, sha256, sha512, mediaType }: Manifest): VaultItem {
  return { vaultId: id, name, sizeBytes, sha256, sha512, mediaType };
}

/** Imports that are not settled: stopped ones, and sealed ones whose record the window may not have written yet. */
export async function listUnfinished(vault: VaultFolder): Promise<readonly UnfinishedImport[]> {
  const found: UnfinishedImport[] = [];
  for (const id of await jobIds(vault)) {
    const job = await readJob(vault, id);
    if (!job || job.sha256 !== undefined) continue;
    const manifest = await readManifest(vault, id);
    const doneBytes = Math.min(job.sizeBytes, (await readLog(vault, job)).length * CHUNK_BYTES);
    const item = typeof manifest === 'string' ? null : toItem(manifest);
    found.push({ job: id, name: job.name, sizeBytes: job.sizeBytes, doneBytes, note: job.note, item });
  }
  return found;
}

/** The window has written the exhibit's record: the import is over. */
export async function settleImport(vault: VaultFolder, id: string): Promise<void> {
  if (typeof (await readManifest(vault, id)) === 'string') return;
  await removeJob(vault, id);
  vault.at?.('job-settled');
}

/** Gives an unfinished import up: its chunks that nothing else needs are removed. A sealed exhibit is never discarded. */
export async function discardImport(vault: VaultFolder, id: string): Promise<void> {
  const job = await readJob(vault, id);
  if (!job || (await readManifest(vault, id)) !== 'missing') return;
  const mine = await readLog(vault, job);
  await removeJob(vault, id);
  const needed = await neededChunks(vault);
  // One manifest that does not open: what it needs is unknown, so nothing is removed.
  if (!needed) return;
  for (const address of new Set(mine)) if (!needed.has(address)) await vault.disk.remove(places.chunk(vault.folder, address));
}

async function neededChunks(vault: VaultFolder): Promise<ReadonlySet<string> | undefined> {
  const needed = new Set<string>();
  for (const id of await manifestIds(vault)) {
    const manifest = await readManifest(vault, id);
    if (typeof manifest === 'string') return undefined;
    for (const address of manifest.chunks) needed.add(address);
  }
  for (const id of await jobIds(vault)) {
    const job = await readJob(vault, id);
    if (!job) return undefined;
    for (const address of await readLog(vault, job)) needed.add(address);
  }
  return needed;
}
