import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';

/** Both digests of a file, lower-case hexadecimal. */
export interface FileDigests {
  readonly sha256: string;
  readonly sha512: string;
}

/** Hashes a file front to back, once. */
export interface FileHasher {
  /** Takes the next bytes, which must not change before it resolves. */
  readonly update: (bytes: Uint8Array) => Promise<void>;
  readonly digests: () => Promise<FileDigests>;
  /** Ends it; needed after a failure too. */
  readonly close: () => void;
}

/** Memory two threads can share without a copy. */
export function createSharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

/** Hashes where it is called. */
export function createFileHasher(): FileHasher {
  const sha256 = createHash('sha256');
  const sha512 = createHash('sha512');
  return {
    update: async (bytes) => {
      sha256.update(bytes);
      sha512.update(bytes);
    },
    digests: async () => ({ sha256: sha256.digest('hex'), sha512: sha512.digest('hex') }),
    close: () => undefined,
  };
}

/** SHA-256 alone, where SHA-512 would prove nothing more: a digest is compared, not made. `sha512` is empty. */
export function createSha256Hasher(): FileHasher {
  const sha256 = createHash('sha256');
  return {
    update: async (bytes) => void sha256.update(bytes),
    digests: async () => ({ sha256: sha256.digest('hex'), sha512: '' }),
    close: () => undefined,
  };
}

/** What the thread is told: bytes to take, or the end. It answers each in turn. */
export type HashRequest = Uint8Array | 'end';
export type HashAnswer = FileDigests | null;

/** Hashes in a thread of its own, beside sealing: digests cost as much as AES-GCM. `script` is the built hash-thread.ts. */
export function createThreadHasher(script: string): FileHasher {
  const worker = new Worker(script);
  let waiting: { readonly resolve: (answer: HashAnswer) => void; readonly reject: (error: unknown) => void }[] = [];
  worker.on('message', (answer: HashAnswer) => waiting.shift()?.resolve(answer));
  worker.on('error', (error) => {
    for (const { reject } of waiting) reject(error);
    waiting = [];
  });
  const ask = (request: HashRequest) =>
    new Promise<HashAnswer>((resolve, reject) => {
      waiting.push({ resolve, reject });
      worker.postMessage(request);
    });
  return {
    update: async (bytes) => void (await ask(bytes)),
    digests: async () => {
      const digests = await ask('end');
      if (!digests) throw new Error('no digests');
      return digests;
    },
    close: () => void worker.terminate(),
  };
}
