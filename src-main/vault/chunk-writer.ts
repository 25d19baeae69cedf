import { holdsChunk, sealChunk, writeChunk } from './chunk-store.ts';
import { noteChunks, type ImportJob } from './job-file.ts';
import { CHUNK_BYTES, places, SEAL_BYTES, type VaultFolder } from './vault-folder.ts';
import { chunkAddress } from './vault-keys.ts';

/** Chunks on their way to the disk at once; each holds 4 MiB of memory. */
const IN_FLIGHT = 3;
/** Chunks of a batch: after each, 64 MiB, the log says that they are durable. */
const BATCH = 16;

/** Writes the chunks of one import in order, flushing while the next ones are sealed. */
export interface ChunkWriter {
  /** Seals a chunk and hands it to the disk, waiting for room where there is none. `plain` may be used again when it resolves. */
  readonly put: (plain: Uint8Array) => Promise<void>;
  /** Resolves with the addresses of all chunks when every one is durable and noted. */
  readonly finish: () => Promise<readonly string[]>;
  /** Waits for what is under way after a failure or a stop, and notes the chunks that became durable. */
  readonly settle: () => Promise<void>;
}

/**
 * Creates the writer of `job`; `durable` are the addresses noted before. An entry is noted only after the file of its chunk,
 * its name and the folder of the name are flushed.
 */
export function createChunkWriter(vault: VaultFolder, job: ImportJob, durable: readonly string[]): ChunkWriter {
  const addresses = [...durable];
  const known = new Set(durable);
  // One buffer for each chunk in flight, used again and again: memory stays flat.
  const buffers: Uint8Array[] = Array.from({ length: IN_FLIGHT }, () => new Uint8Array(CHUNK_BYTES + SEAL_BYTES));
  const inFlight = new Set<Promise<void>>();
  let batch: { readonly address: string; readonly written: Promise<void> }[] = [];
  let noted: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | undefined;

  /** Starts one write; `inFlight` never rejects, the failure is told at the next put and at the end. */
  const write = (address: string, plain: Uint8Array, buffer: Uint8Array): Promise<void> => {
    const written = writeChunk(vault, address, sealChunk(vault.keys, address, plain, buffer));
    const ended = written
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .then(() => {
        buffers.push(buffer);
        inFlight.delete(ended);
      });
    inFlight.add(ended);
    return written;
  };

  const room = async (): Promise<void> => {
    while (buffers.length === 0) await Promise.race(inFlight);
  };

  const flush = (): void => {
    const chunks = batch;
    batch = [];
    if (chunks.length === 0) return;
    const from = addresses.length - chunks.length;
    noted = noted.then(async () => {
      await Promise.all(chunks.map(({ written }) => written));
      for (const folder of new Set(chunks.map(({ address }) => places.chunkFolder(vault.folder, address)))) await vault.disk.syncFolder(folder);
      await vault.disk.syncFolder(places.chunks(vault.folder));
      vault.at?.('batch-synced');
      await noteChunks(
        vault,
        job,
        from,
        chunks.map(({ address }) => address),
      );
      vault.at?.('batch-noted');
    });
    noted.catch((error: unknown) => {
      failure ??= { error };
    });
  };

  return {
    put: async (plain) => {
      const address = chunkAddress(vault.keys, plain);
      const isNew = !known.has(address) && !(await holdsChunk(vault, address, plain.length));
      if (isNew) await room();
      if (failure) throw failure.error;
      const buffer = isNew ? buffers.pop() : undefined;
      known.add(address);
      addresses.push(address);
      batch.push({ address, written: buffer ? write(address, plain, buffer) : Promise.resolve() });
      if (batch.length >= BATCH) flush();
    },
    finish: async () => {
      flush();
      await noted;
      vault.at?.('all-noted');
      return addresses;
    },
    settle: async () => {
      if (!failure) flush();
      await noted.catch(() => undefined);
      await Promise.all(inFlight);
    },
  };
}
