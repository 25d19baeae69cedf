import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Result } from '#shared/base/result.ts';
import { createUuidV7 } from '#shared/base/ids.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { nodeDisk, type VaultDisk } from '../../../src-main/vault/disk.ts';
import { createThreadHasher } from '../../../src-main/vault/file-hasher.ts';
import { runJob } from '../../../src-main/vault/run-job.ts';
import type { VaultFolder } from '../../../src-main/vault/vault-folder.ts';
import { deriveVaultKeys } from '../../../src-main/vault/vault-keys.ts';

export const MIB = 1024 * 1024;
export const CHUNK = 4 * MIB;
/** Stands in every chunk of a source made here; nothing of it may lie on disk. */
export const VAULT_CANARY = 'ZXQKANARI-exhibit';
/** A synthetic key; a profile derives its own. */
export const VAULT_KEY = new Uint8Array(32).fill(7);

/** A vault in a temporary folder with what a test needs around it. */
export interface TestVault {
  readonly root: string;
  readonly vault: VaultFolder;
  readonly source: (name: string, content: Uint8Array) => string;
  readonly add: (source: string, id?: string, signal?: AbortSignal) => ReturnType<typeof addTo>;
}

export function newId(): string {
  return createUuidV7(Date.now, (length) => randomBytes(length));
}

function addTo(vault: VaultFolder, source: string, id: string, signal: AbortSignal) {
  return runJob(vault, { kind: 'begin', id, source, name: path.basename(source), note: 'words of a witness' }, signal, () => undefined);
}

export function vaultIn(root: string, disk: VaultDisk = nodeDisk, at?: VaultFolder['at']): VaultFolder {
  return { folder: path.join(root, 'vault'), keys: deriveVaultKeys(VAULT_KEY), disk, createHasher: () => createThreadHasher(path.resolve('src-main/vault/hash-thread.ts')), ...(at ? { at } : {}) };
}

export function createTestVault(disk: VaultDisk = nodeDisk): TestVault {
  const root = mkdtempSync(path.join(tmpdir(), 'suar-vault-'));
  const vault = vaultIn(root, disk);
  return {
    root,
    vault,
    source: (name, content) => {
      const file = path.join(root, name);
      writeFileSync(file, content);
      return file;
    },
    add: (source, id = newId(), signal = new AbortController().signal) => addTo(vault, source, id, signal),
  };
}

/** Random bytes with the canary written into every 64 KiB. */
export function content(sizeBytes: number): Uint8Array {
  const bytes = randomBytes(sizeBytes);
  for (let at = 0; at + VAULT_CANARY.length <= sizeBytes; at += 65_536) bytes.write(VAULT_CANARY, at);
  return bytes;
}

export function digest(algorithm: 'sha256' | 'sha512', bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

/** The value of a success; throws the code of a failure. */
export function valueOf<T>(result: Result<T, AppError>): T {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}
