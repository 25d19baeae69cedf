/** Runs in a utility process of its own, one job a process: hashing and sealing never stall main, and its memory ends with it. */
import path from 'node:path';
import { nodeDisk } from './disk.ts';
import { createThreadHasher } from './file-hasher.ts';
import type { OnProgress } from './import.ts';
import { runJob, type VaultJob } from './run-job.ts';
import { deriveVaultKeys, zeroVaultKeys } from './vault-keys.ts';

/** What main tells the process: the job first, then perhaps a stop. */
export type VaultMessage = { readonly vaultKey: Uint8Array; readonly folder: string; readonly job: VaultJob } | 'stop';

/** What the process tells main: progress, then the end. */
export type VaultReply = { readonly progress: readonly [stage: Parameters<OnProgress>[0], doneBytes: number, totalBytes: number] } | { readonly result: Awaited<ReturnType<typeof runJob>> };

/** Milliseconds between two reports. */
const REPORT_MS = 100;
/** Chunks between two small collections: the cipher's output lies outside the heap, where up to 64 MiB would pile up before V8 looks. */
const COLLECT_CHUNKS = 4;

const stop = new AbortController();
const tell = (reply: VaultReply): void => process.parentPort.postMessage(reply);

async function run(message: Exclude<VaultMessage, 'stop'>): Promise<void> {
  const keys = deriveVaultKeys(message.vaultKey);
  message.vaultKey.fill(0);
  let [chunks, last] = [0, 0];
  let lastStage = '';
  const result = await runJob(
    { folder: message.folder, keys, disk: nodeDisk, createHasher: () => createThreadHasher(path.join(import.meta.dirname, 'vault-hash.js')) },
    message.job,
    stop.signal,
    (stage, doneBytes, totalBytes) => {
      chunks += 1;
      if (chunks % COLLECT_CHUNKS === 0) globalThis.gc?.({ type: 'minor', execution: 'sync' });
      const now = performance.now();
      if (now - last < REPORT_MS && doneBytes < totalBytes && stage === lastStage) return;
      last = now;
      lastStage = stage;
      tell({ progress: [stage, doneBytes, totalBytes] });
    },
  );
  zeroVaultKeys(keys);
  tell({ result });
}

process.parentPort.on('message', (event) => {
  const message = event.data as VaultMessage;
  if (message === 'stop') stop.abort();
  else void run(message);
});
