import { PIECE_BYTES, pieceCount, pieceLength, sealedContentBytes, type ContentFrame } from '#shared/contract/content.ts';
import { createChunkRooms, readChunk, type ChunkRoom } from '../vault/chunk-store.ts';
import { VaultFailure } from '../vault/failure.ts';
import { chunkLength, type Manifest } from '../vault/manifest.ts';
import { CHUNK_BYTES, type VaultFolder } from '../vault/vault-folder.ts';
import { pieceOfSealed, sealedPlace, sealPiece } from './pieces.ts';

/** An exhibit of the vault as the row of its sealed pieces, made while it is read: nothing of it is written anywhere. */
export interface SealedSource {
  readonly sizeBytes: number;
  /** Bytes from `at`, at most `length`. Rejects with `vault-damaged` where a chunk cannot be read. */
  readonly read: (at: number, length: number) => Promise<Uint8Array>;
  /** Forgets the plaintext it holds. */
  readonly close: () => void;
}

/** Opens an exhibit for sending; `key` stays the caller's. */
export function openSealedSource(vault: VaultFolder, manifest: Manifest, frame: ContentFrame, key: Uint8Array): SealedSource {
  const sizeBytes = sealedContentBytes(manifest.sizeBytes);
  let room: ChunkRoom | undefined;
  let held: { readonly index: number; readonly plain: Uint8Array } | undefined;
  const chunk = async (index: number): Promise<Uint8Array> => {
    if (held?.index === index) return held.plain;
    held = undefined;
    [room] = room ? [room] : createChunkRooms();
    const plain = await readChunk(vault, manifest.chunks[index] ?? '', chunkLength(manifest.sizeBytes, index), room);
    if (typeof plain === 'string') throw new VaultFailure('vault-damaged', { name: manifest.name });
    held = { index, plain };
    return plain;
  };
  const sealed = async (piece: number): Promise<Uint8Array> => {
    const length = pieceLength(manifest.sizeBytes, piece);
    if (length === 0) return sealPiece(key, frame, piece, new Uint8Array());
    const from = piece * PIECE_BYTES;
    const plain = await chunk(Math.floor(from / CHUNK_BYTES));
    return sealPiece(key, frame, piece, plain.subarray(from % CHUNK_BYTES, (from % CHUNK_BYTES) + length));
  };
  return {
    sizeBytes,
    read: async (at, length) => {
      const end = Math.min(sizeBytes, at + length);
      const parts: Uint8Array[] = [];
      for (let piece = pieceOfSealed(frame, at); piece < pieceCount(manifest.sizeBytes); piece++) {
        const { start } = sealedPlace(frame, piece);
        if (start >= end) break;
        parts.push((await sealed(piece)).subarray(Math.max(0, at - start), end - start));
      }
      return Buffer.concat(parts);
    },
    close: () => {
      room?.plain.fill(0);
      room = undefined;
      held = undefined;
    },
  };
}
