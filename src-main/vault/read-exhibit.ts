import { createChunkRooms, readChunk, type ChunkFault } from './chunk-store.ts';
import { throwIfStopped } from './failure.ts';
import type { FileDigests, FileHasher } from './file-hasher.ts';
import { chunkLength, type Manifest } from './manifest.ts';
import type { VaultFolder } from './vault-folder.ts';

/** A chunk of an exhibit that cannot be read; `index` counts from 0. */
export interface FaultyChunk {
  readonly index: number;
  readonly kind: ChunkFault;
}

/** What reading a whole exhibit showed; the digests are over all chunks and only of meaning without faults. */
export interface WholeRead extends FileDigests {
  readonly faults: readonly FaultyChunk[];
}

/**
 * Reads an exhibit front to back through `hasher` (closed at the end), opening every chunk, and hands the plaintext to `onChunk`,
 * valid until the second call after this one; an answer of false says that the chunk is not the right one. The next chunk is read
 * while this one is worked on. Goes on after a fault, so that all of them are known.
 */
export async function readExhibit(
  vault: VaultFolder,
  manifest: Manifest,
  signal: AbortSignal,
  hasher: FileHasher,
  onChunk: (plain: Uint8Array, index: number) => Promise<boolean> | boolean,
): Promise<WholeRead> {
  const faults: FaultyChunk[] = [];
  // Three: the chunk being read, the one handed out, and the one before it that may still be on its way to a disk.
  const rooms = createChunkRooms();
  const read = (index: number) => readChunk(vault, manifest.chunks[index] ?? '', chunkLength(manifest.sizeBytes, index), rooms[index % 3] ?? rooms[0]);
  let [hashed, hashedBefore] = [Promise.resolve(), Promise.resolve()];
  try {
    let next = manifest.chunks.length > 0 ? read(0) : undefined;
    for (let index = 0; next !== undefined; index++) {
      const chunk = await next;
      throwIfStopped(signal);
      // The next chunk goes into the room of the one before the last, which must be hashed by now.
      await hashedBefore;
      hashedBefore = hashed;
      next = index + 1 < manifest.chunks.length ? read(index + 1) : undefined;
      next?.catch(() => undefined);
      if (typeof chunk === 'string') {
        faults.push({ index, kind: chunk });
        continue;
      }
      hashed = hasher.update(chunk);
      hashed.catch(() => undefined);
      if (!(await onChunk(chunk, index))) faults.push({ index, kind: 'damaged' });
    }
    await hashed;
    return { faults, ...(await hasher.digests()) };
  } finally {
    hasher.close();
  }
}
