/** Runs in a utility process of its own, so that 64 MiB and half a second of Argon2id never stall main or the window. */
import { argon2id } from 'hash-wasm';
import type { KdfAnswer, KdfRequest } from './kdf.ts';

process.parentPort.on('message', (event) => {
  const { passphrase, params } = event.data as KdfRequest;
  argon2id({
    password: passphrase,
    salt: Buffer.from(params.salt, 'base64'),
    memorySize: params.memoryKiB,
    iterations: params.iterations,
    parallelism: params.parallelism,
    hashLength: 32,
    outputType: 'binary',
  }).then(
    (key) => process.parentPort.postMessage({ key } satisfies KdfAnswer),
    () => process.parentPort.postMessage({ key: null } satisfies KdfAnswer),
  );
});
