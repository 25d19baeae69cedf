import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { VaultExport } from '#shared/contract/vault.ts';
import { open, seal } from '../keys/sealed-box.ts';
import { replaceDurably } from './disk.ts';
import { createSha256Hasher } from './file-hasher.ts';
import { systemCode } from '../disk-failure.ts';
import { VaultFailure } from './failure.ts';
import type { OnProgress } from './import.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { readExhibit } from './read-exhibit.ts';
import { CHUNK_BYTES, places, type VaultFolder } from './vault-folder.ts';

/** Bytes between two flushes of an export. */
const FLUSH_BYTES = 128 * 1024 * 1024;

const noteAad = (job: string) => Buffer.from(`suar-export-1:${job}`);

/** What an officer elsewhere checks the file with: `sha256sum -c` reads the first two lines that are no comment. */
function hashesText({ sha256, sha512, sizeBytes, mediaType }: Manifest, fileName: string): string {
  return [`# size ${sizeBytes} bytes`, `# type ${mediaType}`, `# SHA-256 ${sha256}`, `# SHA-512 ${sha512}`, `${sha256}  ${fileName}`, ''].join('\n');
}

/**
 * Writes an exhibit to `target`, the one place where its plaintext is on a disk, and `<name>.hashes.txt` beside it. The content is
 * checked while it is written; the file gets its name only when its digest is right. A failure or a stop removes what was written.
 */
export async function exportExhibit(
  vault: VaultFolder,
  request: { readonly job: string; readonly id: string; readonly target: string },
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<VaultExport> {
  const { disk } = vault;
  const manifest = await readManifest(vault, request.id);
  if (typeof manifest === 'string') throw new VaultFailure('vault-damaged', { name: path.basename(request.target) });
  // A name nobody has: a file of the officer's is never removed for it.
  const partial = `${request.target}.${randomBytes(6).toString('hex')}.part`;
  const name = path.basename(request.target);
  // Noted before the first byte: after an abrupt end the partial file is found and removed (removePartialExports).
  await disk.makeFolder(places.jobs(vault.folder));
  await replaceDurably(disk, places.exportNote(vault.folder, request.job), places.jobs(vault.folder), seal(vault.keys.record, Buffer.from(partial), noteAad(request.job)));
  try {
    await writeOut(vault, manifest, partial, signal, onProgress);
    const folder = path.dirname(request.target);
    await replaceDurably(disk, `${request.target}.hashes.txt`, folder, Buffer.from(hashesText(manifest, name)));
    await disk.rename(partial, request.target);
    await disk.syncFolder(folder);
    return { name, sizeBytes: manifest.sizeBytes, sha256: manifest.sha256, sha512: manifest.sha512 };
  } catch (error) {
    await disk.remove(partial).catch(() => undefined);
    // A system's error here is the officer's disk: full, removed, read-only.
    throw systemCode(error) === '' ? error : new VaultFailure('vault-export-failed', { name });
  } finally {
    await disk.remove(places.exportNote(vault.folder, request.job));
  }
}

async function writeOut(vault: VaultFolder, manifest: Manifest, partial: string, signal: AbortSignal, onProgress: OnProgress): Promise<void> {
  const out = await vault.disk.createFile(partial);
  try {
    let written: Promise<void> = Promise.resolve();
    let flushed: Promise<void> = Promise.resolve();
    let unflushed = 0;
    // One digest proves the copy, and every chunk is under its seal; SHA-512 beside it is the one of the day it was sealed.
    const read = await readExhibit(vault, manifest, signal, createSha256Hasher(), async (plain, index) => {
      await written;
      written = out.write(plain);
      written.catch(() => undefined);
      onProgress('exporting', Math.min(manifest.sizeBytes, (index + 1) * CHUNK_BYTES), manifest.sizeBytes);
      unflushed += plain.length;
      if (unflushed >= FLUSH_BYTES) {
        // Flushed on the way, so that the disk works while the next chunks are opened and the end does not wait for all of it.
        unflushed = 0;
        await flushed;
        flushed = written.then(() => out.sync());
        flushed.catch(() => undefined);
      }
      return true;
    });
    await Promise.all([written, flushed]);
    if (read.faults.length > 0 || read.sha256 !== manifest.sha256) throw new VaultFailure('vault-damaged', { name: manifest.name });
    await out.sync();
  } finally {
    await out.close();
  }
}

/** Removes the partial files of exports an abrupt end cut off; called when the vault is opened, before any other work. */
export async function removePartialExports(vault: VaultFolder): Promise<void> {
  const { disk, folder, keys } = vault;
  for (const name of await disk.list(places.jobs(folder))) {
    if (!name.endsWith('.export')) continue;
    const job = name.slice(0, -'.export'.length);
    const partial = open(keys.record, await disk.read(places.exportNote(folder, job)), noteAad(job));
    try {
      if (partial) await disk.remove(Buffer.from(partial).toString('utf8'));
      await disk.remove(places.exportNote(folder, job));
    } catch {
      // The medium is not there now: the note stays, and the next start tries again.
    }
  }
}
