import type { ContentFrame } from '#shared/contract/content.ts';
import { openSealedPart } from '../content/part-file.ts';
import { VaultFailure } from './failure.ts';
import { beginImport, runImport, type OnProgress } from './import.ts';
import { readJob } from './job-file.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { discardImport } from './unfinished.ts';
import type { VaultFolder } from './vault-folder.ts';

/** A content that has arrived whole, still under the key it travelled with. */
export interface ReceivedPart {
  /** Id it gets in this vault: the one in the exhibit's record. */
  readonly id: string;
  readonly name: string;
  /** The part file. */
  readonly part: string;
  readonly frame: ContentFrame;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Of the exhibit's record. */
  readonly sha256: string;
}

/**
 * Seals what arrived under this vault's own key; its plaintext is only in memory. The manifest, which makes it present, is written only
 * where the whole has the exhibit's SHA-256; else nothing stays and it fails with `content-differs`. Goes on after an abrupt end like any import.
 */
export async function receiveExhibit(vault: VaultFolder, { id, name, part, frame, key, sha256 }: ReceivedPart, signal: AbortSignal, onProgress: OnProgress): Promise<Manifest> {
  const opened: VaultFolder = { ...vault, disk: { ...vault.disk, openFile: (file) => (file === part ? openSealedPart(part, frame, key) : vault.disk.openFile(file)) } };
  try {
    if (!(await readJob(vault, id)) && (await readManifest(vault, id)) === 'missing') await beginImport(opened, { id, source: part, name, note: '', sha256 });
    const manifest = await runImport(opened, id, signal, onProgress);
    if (manifest.sha256 !== sha256) throw new VaultFailure('content-differs', { name });
    return manifest;
  } catch (error) {
    if (error instanceof VaultFailure && error.error.code === 'content-differs') await discardImport(vault, id);
    throw error;
  } finally {
    key.fill(0);
  }
}
