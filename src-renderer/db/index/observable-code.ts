import { sha256 } from '@noble/hashes/sha2.js';
import type { ObservableKey } from './observable-index.ts';

/** Bytes of the secret that keeps others from choosing two observables with one code. */
export const CODE_SECRET_BYTES = 16;

/**
 * A short code for observables: the first 64 bits of SHA-256 over a secret of the index, kind and key, as a signed integer. Short enough that
 * the table of a million observables stays in the cache of pages. Of a million, two share a code by chance with a probability of 3 in 10^8.
 * @param secret {@link CODE_SECRET_BYTES} random bytes of the file.
 */
export function createObservableCoder(secret: Uint8Array): (observable: ObservableKey) => bigint {
  const utf8 = new TextEncoder();
  let input = new Uint8Array(1024);
  input.set(secret);
  return ({ kind, key }) => {
    const text = `${kind}\0${key}`;
    const most = CODE_SECRET_BYTES + text.length * 3;
    if (most > input.length) {
      input = new Uint8Array(most * 2);
      input.set(secret);
    }
    const { written } = utf8.encodeInto(text, input.subarray(CODE_SECRET_BYTES));
    const hash = sha256(input.subarray(0, CODE_SECRET_BYTES + written));
    return new DataView(hash.buffer, hash.byteOffset).getBigInt64(0);
  };
}
