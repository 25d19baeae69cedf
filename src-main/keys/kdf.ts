import path from 'node:path';
import { utilityProcess } from 'electron';

/** Argon2id (RFC 9106) parameters as stored beside the wrapped key, which authenticates them. */
export interface KdfParams {
  readonly name: 'argon2id';
  /** KiB, at least {@link MIN_MEMORY_KIB}. */
  readonly memoryKiB: number;
  /** Passes, at least {@link MIN_ITERATIONS}. */
  readonly iterations: number;
  readonly parallelism: number;
  /** 16 random bytes, base64. */
  readonly salt: string;
}

export const MIN_MEMORY_KIB = 64 * 1024;
export const MIN_ITERATIONS = 3;

export interface KdfRequest {
  readonly passphrase: Uint8Array;
  readonly params: KdfParams;
}
export interface KdfAnswer {
  readonly key: Uint8Array | null;
}

/** 32 bytes from a passphrase (contract/passphrase.ts). Fails where the parameters are weaker than the minimum or the helper process dies. */
export function derivePassphraseKey(passphrase: Uint8Array, params: KdfParams): Promise<Uint8Array> {
  if (params.memoryKiB < MIN_MEMORY_KIB || params.iterations < MIN_ITERATIONS) return Promise.reject(new Error('weak parameters'));
  return new Promise((resolve, reject) => {
    const child = utilityProcess.fork(path.join(import.meta.dirname, 'kdf.js'), [], { serviceName: 'suar-kdf', stdio: 'ignore' });
    child.once('exit', () => reject(new Error('key derivation stopped')));
    child.once('message', (answer: KdfAnswer) => {
      if (answer.key) resolve(answer.key);
      else reject(new Error('key derivation failed'));
      child.kill();
    });
    child.postMessage({ passphrase, params } satisfies KdfRequest);
  });
}
