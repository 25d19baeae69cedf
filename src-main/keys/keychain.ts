import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { safeStorage } from 'electron';
import { writeDurably } from './durable-file.ts';

/** Whether the system keeps a real keychain; Chromium's fixed-password fallback on Linux does not count. */
export function hasKeychain(): boolean {
  if (!safeStorage.isEncryptionAvailable()) return false;
  return process.platform !== 'linux' || !['basic_text', 'unknown'].includes(safeStorage.getSelectedStorageBackend());
}

/** Makes 32 random bytes, keeps them in `file` encrypted by the system's keychain, and answers them. */
export function createKeychainSecret(file: string): Uint8Array {
  const secret = randomBytes(32);
  writeDurably(file, safeStorage.encryptString(secret.toString('base64')));
  return secret;
}

/** The secret of {@link createKeychainSecret}, or undefined where the keychain no longer opens it. */
export function readKeychainSecret(file: string): Uint8Array | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return Buffer.from(safeStorage.decryptString(readFileSync(file)), 'base64');
  } catch {
    return undefined;
  }
}
