import { JOURNAL_PORT } from '#shared/contract/ipc.ts';
import { createDataClient } from '../../../src-renderer/db/client.ts';
import { startWorker } from '../../../src-renderer/db/start-worker.ts';
import dataWorkerUrl from '../../../src-renderer/db/worker/data-worker.ts?worker&url';
import { benchRecord } from '../bench-records.ts';
import { BATCH, createBenchStore, type StoreKind } from '../stores/bench-store.ts';
import type { WorkerAnswer, WorkerTask } from './store-worker.ts';
import storeWorkerUrl from './store-worker.ts?worker&url';

/** One store, measured once. */
export interface StoreRun {
  readonly insertPerSecond: number;
  /** From starting a new worker to the first list, on a store that is full; in milliseconds. */
  readonly coldStartMs: number;
  readonly rows: readonly string[];
}

/** What the bench process calls in the page. */
export interface BenchPage {
  readonly measureStore: (kind: StoreKind, docs: number) => Promise<StoreRun>;
  /** The longest time the page could not run anything while `docs` documents were written by the app's worker, or to Dexie in the page; in milliseconds. */
  readonly longestBlock: (where: 'worker' | 'page', docs: number) => Promise<number>;
}

let made = 0;
const newName = () => `bench-${made++}`;

/** Asks the main process for the journal of one store. */
function journalOf(name: string): Promise<MessagePort> {
  return new Promise((resolve) => {
    const onMessage = (event: MessageEvent): void => {
      const [port] = event.ports;
      if (event.data !== JOURNAL_PORT || !port) return;
      window.removeEventListener('message', onMessage);
      resolve(port);
    };
    window.addEventListener('message', onMessage);
    (window as unknown as { benchJournal: (name: string) => void }).benchJournal(name);
  });
}

async function inWorker(plain: WorkerTask): Promise<{ ms: number; rows: readonly string[] }> {
  const journal = plain.kind === 'sealed' ? await journalOf(plain.name) : undefined;
  const task = { ...plain, ...(journal ? { journal } : {}) };
  const worker = startWorker(storeWorkerUrl);
  return new Promise<{ ms: number; rows: readonly string[] }>((resolve, reject) => {
    worker.addEventListener('error', (event) => reject(new Error(event.message)));
    worker.addEventListener('message', (event: MessageEvent<WorkerAnswer>) => ('failure' in event.data ? reject(new Error(event.data.failure)) : resolve(event.data)));
    worker.postMessage(task, journal ? [journal] : []);
  }).finally(() => worker.terminate());
}

/** Removes every database and file, so that each run starts on an empty disk. */
async function clearDisk(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  for await (const name of (root as unknown as { keys: () => AsyncIterable<string> }).keys()) {
    // A worker that was ended lets go of its files a little later.
    for (let left = 100; ; left--) {
      try {
        await root.removeEntry(name, { recursive: true });
        break;
      } catch (error) {
        if (left === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
  for (const { name } of await indexedDB.databases()) {
    await new Promise<void>((resolve) => {
      const request = indexedDB.deleteDatabase(name ?? '');
      request.onsuccess = request.onerror = () => resolve();
    });
  }
}

async function measureStore(kind: StoreKind, docs: number): Promise<StoreRun> {
  const name = newName();
  const filled = await inWorker({ task: 'fill', kind, name, docs });
  const start = performance.now();
  const { rows } = await inWorker({ task: 'start', kind, name, docs: 0 });
  const coldStartMs = performance.now() - start;
  if (rows.join() !== filled.rows.join()) throw new Error(`${kind}: the first list differs after a restart`);
  await clearDisk();
  return { insertPerSecond: (docs / filled.ms) * 1000, coldStartMs, rows };
}

/** Milliseconds between looks at the clock: the shortest a page's timer does. */
const TICK_MS = 4;

/** The longest an event would have waited for the page: how much later than due a timer ran. A page that never sleeps would measure what it takes from the others' cores. */
function watchBlocks(): () => number {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - TICK_MS);
    last = now;
  }, TICK_MS);
  return () => {
    clearInterval(timer);
    return Math.max(longest, performance.now() - last - TICK_MS);
  };
}

async function longestBlock(where: 'worker' | 'page', docs: number): Promise<number> {
  if (where === 'worker') {
    const worker = startWorker(dataWorkerUrl);
    const client = createDataClient(worker, { push: () => Promise.reject(new Error('no hub')), pull: () => Promise.reject(new Error('no hub')) });
    await client.open({ storeKey: new Uint8Array(32).fill(9), profile: newName(), deviceId: benchRecord(0).author, owner: 'la-ccu', journal: await journalOf(newName()) });
    const stop = watchBlocks();
    for (let at = 0; at < docs; at += BATCH) {
      // made as they go: a page that holds all of them stops for the collector, not for the store
      const rows = Array.from({ length: Math.min(BATCH, docs - at) }, (_, n) => benchRecord(at + n)).map(({ body, status, tlp }) => ({ entity: 'case' as const, body, status, tlp }));
      const outcome = await client.importEntities(rows);
      if (outcome.inserted !== rows.length) throw new Error('rows were not stored');
    }
    const longest = stop();
    await client.close();
    worker.terminate();
    await clearDisk();
    return longest;
  }
  const name = newName();
  const store = await createBenchStore('dexie-relaxed', name);
  await store.open();
  const records = Array.from({ length: docs }, (_, n) => benchRecord(n));
  const stop = watchBlocks();
  await store.insert(records);
  const longest = stop();
  await store.close();
  await clearDisk();
  return longest;
}

Object.assign(window, { bench: { measureStore, longestBlock } satisfies BenchPage });
