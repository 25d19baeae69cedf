import type { VaultCheck } from '#shared/contract/vault.ts';
import type { OnProgress } from './import.ts';
import { readManifest } from './manifest.ts';
import { readExhibit } from './read-exhibit.ts';
import { createFileHasher } from './file-hasher.ts';
import { CHUNK_BYTES, type VaultFolder } from './vault-folder.ts';
import { chunkAddress } from './vault-keys.ts';

/** Most faulty chunks a check names; it counts all of them. */
const NAMED_FAULTS = 20;

/** Checks an exhibit as it lies in the vault: every seal, every address, both digests against `expectedSha256` (the exhibit's record) and the manifest. */
export async function verifyExhibit(vault: VaultFolder, id: string, expectedSha256: string, signal: AbortSignal, onProgress: OnProgress): Promise<VaultCheck> {
  const manifest = await readManifest(vault, id);
  if (typeof manifest === 'string') return { state: manifest === 'missing' ? 'manifest-missing' : 'manifest-damaged', chunks: 0, faultCount: 0, faults: [], sha256: '', sha512: '' };
  const chunks = manifest.chunks.length;
  const read = await readExhibit(vault, manifest, signal, (vault.createHasher ?? createFileHasher)(), (plain, index) => {
    onProgress('verifying', Math.min(manifest.sizeBytes, (index + 1) * CHUNK_BYTES), manifest.sizeBytes);
    // The seal proves who wrote it; the address proves that it was written under the right name.
    return chunkAddress(vault.keys, plain) === manifest.chunks[index];
  });
  const faults = read.faults.slice(0, NAMED_FAULTS).map(({ index, kind }) => ({ chunk: index + 1, kind }));
  if (read.faults.length > 0) return { state: 'chunks-damaged', chunks, faultCount: read.faults.length, faults, sha256: '', sha512: '' };
  const isSame = read.sha256 === manifest.sha256 && read.sha512 === manifest.sha512 && read.sha256 === expectedSha256;
  return { state: isSame ? 'intact' : 'hash-differs', chunks, faultCount: 0, faults: [], sha256: read.sha256, sha512: read.sha512 };
}
