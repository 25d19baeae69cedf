import { createCipheriv, createDecipheriv, randomBytes, type Cipheriv, type Decipheriv } from 'node:crypto';
import path from 'node:path';
import { systemCode } from '../disk-failure.ts';
import { createSharedBytes } from './file-hasher.ts';
import { CHUNK_BYTES, places, SEAL_BYTES, type VaultFolder } from './vault-folder.ts';
import type { VaultKeys } from './vault-keys.ts';

/** Why a chunk cannot be read: its file is gone, or what is in it is not what was sealed under this address. */
export type ChunkFault = 'missing' | 'damaged';

const NONCE_BYTES = 12;

function aadOf(address: string): Uint8Array {
  return Buffer.from(`suar-chunk-1:${address}`);
}

/** Piece of a chunk that goes through the cipher at once. */
const SLICE_BYTES = 64 * 1024;

/** Runs `input` through `cipher` into `out` from `at`. Each piece the cipher answers is given back at once: left to the collector, every one lies in fresh pages of the system, which cost four times as much as the cipher. */
function transform(cipher: Cipheriv | Decipheriv, input: Uint8Array, out: Uint8Array, at: number): void {
  for (let from = 0; from < input.length; from += SLICE_BYTES) {
    const piece = cipher.update(input.subarray(from, from + SLICE_BYTES));
    out.set(piece, at + from);
    piece.buffer.transfer(0);
  }
}

/**
 * Seals a chunk into `out` (SEAL_BYTES more than `plain`) with AES-256-GCM under a fresh random nonce, bound to its address: a chunk
 * file put in another's place does not open. Answers nonce(12), ciphertext, tag(16). One key seals at most 2^32 chunks (NIST SP
 * 800-38D §8.3), 16 PiB.
 */
export function sealChunk(keys: VaultKeys, address: string, plain: Uint8Array, out: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keys.chunk, nonce).setAAD(aadOf(address));
  out.set(nonce);
  transform(cipher, plain, out, NONCE_BYTES);
  cipher.final();
  out.set(cipher.getAuthTag(), NONCE_BYTES + plain.length);
  return out.subarray(0, plain.length + SEAL_BYTES);
}

/** Opens what {@link sealChunk} made into `out`; undefined where the seal does not hold for this address. */
export function openChunk(keys: VaultKeys, address: string, sealed: Uint8Array, out: Uint8Array): Uint8Array | undefined {
  const plain = out.subarray(0, sealed.length - SEAL_BYTES);
  try {
    const decipher = createDecipheriv('aes-256-gcm', keys.chunk, sealed.subarray(0, NONCE_BYTES), { authTagLength: 16 }).setAAD(aadOf(address));
    decipher.setAuthTag(sealed.subarray(sealed.length - 16));
    transform(decipher, sealed.subarray(NONCE_BYTES, -16), plain, 0);
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** Room to read one chunk: its sealed form and its plaintext. */
export interface ChunkRoom {
  readonly sealed: Uint8Array;
  readonly plain: Uint8Array;
}

/** Rooms for chunks read one after the other; the sealed form is needed only until it is opened, so they share its memory. */
export function createChunkRooms(): readonly [ChunkRoom, ChunkRoom, ChunkRoom] {
  const sealed = new Uint8Array(CHUNK_BYTES + SEAL_BYTES + 1);
  const room = (): ChunkRoom => ({ sealed, plain: createSharedBytes(CHUNK_BYTES) });
  return [room(), room(), room()];
}

/** Reads and opens a chunk of `lengthBytes` into `room`; the answer lies in it. */
export async function readChunk(vault: VaultFolder, address: string, lengthBytes: number, room: ChunkRoom): Promise<Uint8Array | ChunkFault> {
  let filled: number;
  try {
    const file = await vault.disk.openFile(places.chunk(vault.folder, address));
    // One byte more than it may have, so that a longer file is seen.
    try {
      filled = await file.read(room.sealed.subarray(0, lengthBytes + SEAL_BYTES + 1), 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    // An unreadable sector (EIO) is damage, not absence.
    return systemCode(error) === 'ENOENT' ? 'missing' : 'damaged';
  }
  const plain = filled === lengthBytes + SEAL_BYTES ? openChunk(vault.keys, address, room.sealed.subarray(0, filled), room.plain) : undefined;
  return plain ?? 'damaged';
}

/** Whether the vault holds this chunk whole. A damaged one is reported absent, so that the same content added again heals it. */
export async function holdsChunk(vault: VaultFolder, address: string, lengthBytes: number): Promise<boolean> {
  const facts = await vault.disk.facts(places.chunk(vault.folder, address));
  if (facts?.sizeBytes !== lengthBytes + SEAL_BYTES) return false;
  const [room] = createChunkRooms();
  return typeof (await readChunk(vault, address, lengthBytes, room)) !== 'string';
}

/** Writes a sealed chunk: temporary file, flush to the medium, then its name. Its folder is flushed by the batch (chunk-writer.ts). */
export async function writeChunk(vault: VaultFolder, address: string, sealed: Uint8Array): Promise<void> {
  const { disk, folder } = vault;
  const temporary = path.join(places.temporary(folder), randomBytes(12).toString('hex'));
  try {
    const file = await disk.createFile(temporary);
    try {
      await file.write(sealed);
      await file.sync();
    } finally {
      await file.close();
    }
    vault.at?.('chunk-written');
    await disk.makeFolder(places.chunkFolder(folder, address));
    await disk.rename(temporary, places.chunk(folder, address));
    vault.at?.('chunk-named');
  } catch (error) {
    await disk.remove(temporary).catch(() => undefined);
    throw error;
  }
}

/** Removes what an abrupt end left half written; only while no import runs. */
export async function clearTemporary({ disk, folder }: VaultFolder): Promise<void> {
  for (const name of await disk.list(places.temporary(folder))) await disk.remove(path.join(places.temporary(folder), name));
}
