import { createHmac } from 'node:crypto';
import { deriveKey } from '../keys/sealed-box.ts';

/** The keys of a vault, each for one purpose; all come from one 32-byte vault key (HKDF-SHA256). Zeroed by {@link zeroVaultKeys}. */
export interface VaultKeys {
  /** Seals chunks. */
  readonly chunk: Uint8Array;
  /** Makes the names of chunks: without it a name says nothing about its content. */
  readonly address: Uint8Array;
  /** Seals manifests and the files of unfinished work. */
  readonly record: Uint8Array;
}

/** Derives the three keys from `vaultKey` (32 bytes). */
export function deriveVaultKeys(vaultKey: Uint8Array): VaultKeys {
  const salt = new Uint8Array();
  return { chunk: deriveKey(vaultKey, salt, 'suar-vault-chunk-1'), address: deriveKey(vaultKey, salt, 'suar-vault-address-1'), record: deriveKey(vaultKey, salt, 'suar-vault-record-1') };
}

/** Overwrites the keys. */
export function zeroVaultKeys(keys: VaultKeys): void {
  for (const key of [keys.chunk, keys.address, keys.record]) key.fill(0);
}

/** Content address of a chunk: HMAC-SHA256 of its plaintext, 64 lower-case hexadecimal digits. Equal content has one address inside one vault only. */
export function chunkAddress(keys: VaultKeys, plain: Uint8Array): string {
  return createHmac('sha256', keys.address).update(plain).digest('hex');
}
