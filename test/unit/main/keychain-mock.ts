import { argon2id } from 'hash-wasm';
import type { KdfParams } from '../../../src-main/keys/kdf.ts';

/** A system keychain for tests: reversible, and it can be absent or closed. */
export function fakeKeychain(state: { isThere: boolean; isBroken: boolean }) {
  return {
    isEncryptionAvailable: () => state.isThere,
    getSelectedStorageBackend: () => 'gnome_libsecret',
    encryptString: (text: string) => Buffer.from(text).map((byte) => byte ^ 0x55),
    decryptString: (bytes: Uint8Array) => {
      if (state.isBroken) throw new Error('another user');
      return Buffer.from(bytes)
        .map((byte) => byte ^ 0x55)
        .toString();
    },
  };
}

/** Argon2id in this process and with 64 KiB, so that many cases run; the parameters still decide the key. */
export function quickArgon(passphrase: Uint8Array, { salt, memoryKiB, iterations, parallelism }: KdfParams): Promise<Uint8Array> {
  return argon2id({
    password: `${Buffer.from(passphrase).toString('hex')}|${memoryKiB}|${iterations}|${parallelism}`,
    salt: Buffer.from(salt, 'base64'),
    memorySize: 64,
    iterations: 1,
    parallelism: 1,
    hashLength: 32,
    outputType: 'binary',
  });
}
