import type { RpcPort } from '#shared/contract/rpc.ts';
import { benchRecord } from '../bench-records.ts';
import { createBenchStore, type StoreKind } from '../stores/bench-store.ts';

/** What the page asks a worker for: fill a fresh store, or start a full one and read its first list. */
export interface WorkerTask {
  readonly task: 'fill' | 'start';
  readonly kind: StoreKind;
  readonly name: string;
  /** Documents to write. */
  readonly docs: number;
  /** Port of the journal, for the store of the app. */
  readonly journal?: RpcPort;
}

/** What the worker answers: milliseconds of writing alone (0 for a start), and the ids of the first list. */
export type WorkerAnswer = { readonly ms: number; readonly rows: readonly string[] } | { readonly failure: string };

async function run({ task, kind, name, docs, journal }: WorkerTask): Promise<WorkerAnswer> {
  const records = task === 'fill' ? Array.from({ length: docs }, (_, n) => benchRecord(n)) : [];
  const store = await createBenchStore(kind, name, journal);
  await store.open();
  const start = performance.now();
  await store.insert(records);
  const ms = performance.now() - start;
  const rows = await store.firstRows();
  await store.close();
  return { ms, rows };
}

addEventListener('message', (event: MessageEvent<WorkerTask>) => {
  run(event.data)
    .catch((error: unknown): WorkerAnswer => ({ failure: error instanceof Error ? error.message : JSON.stringify(error) }))
    .then((answer) => postMessage(answer))
    .catch(() => undefined);
});
