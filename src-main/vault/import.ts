import { clearTemporary, sealChunk, writeChunk } from './chunk-store.ts';
import { createChunkWriter } from './chunk-writer.ts';
import type { FileFacts, OpenFile } from './disk.ts';
import { systemCode } from '../disk-failure.ts';
import { throwIfStopped, VaultFailure, writeFailure } from './failure.ts';
import { createFileHasher, createSharedBytes } from './file-hasher.ts';
import { mendLog, readJob, restartJob, writeJob, type ImportJob } from './job-file.ts';
import { chunkCount, chunkLength, readManifest, writeManifest, type Manifest } from './manifest.ts';
import { mediaTypeOf } from './media-type.ts';
import { CHUNK_BYTES, makeVaultFolders, places, SEAL_BYTES, type VaultFolder } from './vault-folder.ts';
import { chunkAddress } from './vault-keys.ts';

/** What long work in the vault is doing. */
export type VaultStage = 'checking' | 'sealing' | 'verifying' | 'exporting';
export type OnProgress = (stage: VaultStage, doneBytes: number, totalBytes: number) => void;

/** Room an import leaves free for the store and its journal. */
const SPARE_BYTES = 64 * 1024 * 1024;

/** A new import of the file at `source`; durable when it resolves. */
export async function beginImport(
  vault: VaultFolder,
  start: { readonly id: string; readonly source: string; readonly name: string; readonly note: string; readonly sha256?: string },
): Promise<ImportJob> {
  await makeVaultFolders(vault);
  const file = await openSource(vault, start);
  try {
    const job: ImportJob = { version: 1, ...start, ...(await file.stat()), generation: 1 };
    await checkRoom(vault, job, 0);
    await writeJob(vault, job).catch((error: unknown) => {
      throw writeFailure(error);
    });
    vault.at?.('job-made');
    return job;
  } finally {
    await file.close();
  }
}

async function openSource(vault: VaultFolder, { source, name }: { readonly source: string; readonly name: string }): Promise<OpenFile> {
  try {
    return await vault.disk.openFile(source);
  } catch {
    throw new VaultFailure('vault-source-gone', { name });
  }
}

/** Refuses before the first byte where the volume cannot take the rest; equal chunks may need less, never more. */
async function checkRoom(vault: VaultFolder, job: ImportJob, durableChunks: number): Promise<void> {
  const left = Math.max(0, job.sizeBytes - durableChunks * CHUNK_BYTES);
  const neededBytes = left + (chunkCount(job.sizeBytes) - durableChunks) * SEAL_BYTES + SPARE_BYTES;
  const freeBytes = await vault.disk.freeBytes(vault.folder);
  if (neededBytes > freeBytes) throw new VaultFailure('vault-no-room', { name: job.name, neededBytes, freeBytes });
}

function sameFacts(a: FileFacts, b: FileFacts): boolean {
  return a.sizeBytes === b.sizeBytes && a.modifiedMs === b.modifiedMs;
}

/** Reads chunk `index` of the source into `buffer`. Fewer bytes than the file had when it was chosen: it changed. */
async function readSource(file: OpenFile, job: ImportJob, index: number, buffer: Uint8Array): Promise<Uint8Array> {
  const wanted = chunkLength(job.sizeBytes, index);
  let filled: number;
  try {
    filled = await file.read(buffer.subarray(0, wanted), index * CHUNK_BYTES);
  } catch (error) {
    if (systemCode(error) === '') throw error;
    throw new VaultFailure('vault-source-gone', { name: job.name });
  }
  if (filled !== wanted) throw new VaultFailure('vault-source-changed', { name: job.name });
  return buffer.subarray(0, wanted);
}

/**
 * Brings the source of a job into the vault, from where an earlier run stopped; resolves with its manifest when it is durable.
 * Fails with `vault-source-gone`, `vault-source-changed` (the next run begins again), `vault-no-room`, `store-full`, `vault-stopped`;
 * what was durable stays in every case. The source is opened for reading only.
 */
export async function runImport(vault: VaultFolder, id: string, signal: AbortSignal, onProgress: OnProgress): Promise<Manifest> {
  const done = await readManifest(vault, id);
  if (typeof done !== 'string') return done;
  const job = await readJob(vault, id);
  if (!job) throw new VaultFailure('vault-damaged', { name: id });
  await makeVaultFolders(vault);
  await clearTemporary(vault);
  const file = await openSource(vault, job);
  try {
    return await importFrom(vault, file, job, signal, onProgress);
  } catch (error) {
    if (error instanceof VaultFailure && error.error.code === 'vault-source-changed') await restartJob(vault, job, await file.stat());
    throw writeFailure(error);
  } finally {
    await file.close();
  }
}

async function importFrom(vault: VaultFolder, file: OpenFile, job: ImportJob, signal: AbortSignal, onProgress: OnProgress): Promise<Manifest> {
  const changed = () => new VaultFailure('vault-source-changed', { name: job.name });
  if (!sameFacts(await file.stat(), job)) throw changed();
  const durable = await mendLog(vault, job);
  await checkRoom(vault, job, durable.length);
  const writer = createChunkWriter(vault, job, durable);
  const hasher = (vault.createHasher ?? createFileHasher)();
  const total = chunkCount(job.sizeBytes);
  let mediaType = mediaTypeOf(new Uint8Array());
  const buffers = [createSharedBytes(CHUNK_BYTES), createSharedBytes(CHUNK_BYTES)] as const;
  const readInto = (index: number) => readSource(file, job, index, buffers[index % 2 === 0 ? 0 : 1]);
  try {
    let next = total > 0 ? readInto(0) : undefined;
    for (let index = 0; next !== undefined; index++) {
      const plain = await next;
      throwIfStopped(signal);
      // The next chunk is read while this one is hashed and sealed.
      next = index + 1 < total ? readInto(index + 1) : undefined;
      next?.catch(() => undefined);
      if (index === 0) mediaType = mediaTypeOf(plain);
      const hashed = hasher.update(plain);
      hashed.catch(() => undefined);
      if (index >= durable.length) await writer.put(plain);
      else await recheck(vault, durable[index] ?? '', plain, changed);
      await hashed;
      onProgress(index < durable.length ? 'checking' : 'sealing', index * CHUNK_BYTES + plain.length, job.sizeBytes);
    }
    const chunks = [...(await writer.finish())];
    if (!sameFacts(await file.stat(), job)) throw changed();
    const digests = await hasher.digests();
    if (job.sha256 !== undefined && job.sha256 !== digests.sha256) throw new VaultFailure('content-differs', { name: job.name });
    const manifest: Manifest = { version: 1, id: job.id, name: job.name, sizeBytes: job.sizeBytes, ...digests, mediaType, chunks };
    await writeManifest(vault, manifest);
    vault.at?.('manifest-written');
    return manifest;
  } catch (error) {
    await writer.settle();
    throw error;
  } finally {
    hasher.close();
  }
}

/** A chunk noted as durable: the source must still hold the same bytes, and the vault the chunk; one that was lost since is written again. */
async function recheck(vault: VaultFolder, address: string, plain: Uint8Array, changed: () => VaultFailure): Promise<void> {
  if (chunkAddress(vault.keys, plain) !== address) throw changed();
  const facts = await vault.disk.facts(places.chunk(vault.folder, address));
  if (facts?.sizeBytes === plain.length + SEAL_BYTES) return;
  await writeChunk(vault, address, sealChunk(vault.keys, address, plain, new Uint8Array(plain.length + SEAL_BYTES)));
  await vault.disk.syncFolder(places.chunkFolder(vault.folder, address));
}
