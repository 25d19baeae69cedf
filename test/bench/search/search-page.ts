import { createDataClient, type DataClient } from '../../../src-renderer/db/client.ts';
import { POOL_VFS } from '../../../src-renderer/db/sqlite/folders.ts';
import { startWorker } from '../../../src-renderer/db/start-worker.ts';
import type { WatchQuery } from '../../../src-renderer/db/worker/protocol.ts';
import dataWorkerUrl from '../../../src-renderer/db/worker/data-worker.ts?worker&url';
import { BENCH_LANGUAGES, benchCase, benchId, benchQueries, benchValue, type BenchLanguage } from './corpus.ts';

/** Milliseconds of each question of one kind. */
type Times = readonly number[];

/** Searches in one language. */
export interface LanguageRun {
  readonly language: BenchLanguage;
  readonly times: Times;
  /** Share of the records with a planted phrase that were among the hits, and of the hits that have it. */
  readonly recall: number;
  readonly precision: number;
}

/** The index made anew from a full store. */
export interface BuildRun {
  readonly ms: number;
  /** Waiting time of questions asked meanwhile: the worker was busy that long. */
  readonly waits: Times;
  readonly searches: Times;
}

/** What the bench process calls in the page. */
export interface SearchBenchPage {
  /** Fills a store with `docs` records; milliseconds until the index has them all. */
  readonly fill: (docs: number) => Promise<number>;
  readonly rebuild: () => Promise<BuildRun>;
  /** From the start of a new worker to the first 50 rows of a list, and to the first answer of a search after that; milliseconds. */
  readonly coldStart: () => Promise<{ readonly rowsMs: number; readonly searchMs: number }>;
  /** The newest 50 or a few less, those of one state, and a case opened; at most 25 `rounds`, so that no question is asked twice. */
  readonly lists: (docs: number, rounds: number) => Promise<{ readonly newest: Times; readonly byStatus: Times; readonly opened: Times }>;
  readonly search: (docs: number, rounds: number) => Promise<readonly LanguageRun[]>;
  readonly correlate: (docs: number, rounds: number) => Promise<Times>;
}

const BATCH = 500;
const UNIT = 'la-ccu';
let worker: Worker | undefined;
let client: DataClient | undefined;

async function open(): Promise<DataClient> {
  worker = startWorker(dataWorkerUrl);
  const opened = createDataClient(worker, { push: () => Promise.reject(new Error('no hub')), pull: () => Promise.reject(new Error('no hub')) });
  const { index } = await opened.open({ storeKey: new Uint8Array(32).fill(9), profile: 'bench-search', deviceId: '00000000-0000-7000-8000-000000000001', owner: UNIT });
  if (index !== 'opfs') throw new Error('the index is not on disk');
  client = opened;
  return opened;
}

async function close(): Promise<void> {
  await client?.close();
  worker?.terminate();
  client = undefined;
}

function ready(of: DataClient): Promise<void> {
  return new Promise((resolve) => {
    const stop = of.watchIndexState((state) => {
      if (state.kind !== 'ready') return;
      setTimeout(() => stop());
      resolve();
    });
  });
}

async function timed(ask: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await ask();
  return performance.now() - start;
}

async function fill(docs: number): Promise<number> {
  const store = await open();
  const start = performance.now();
  for (let at = 0; at < docs; at += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, docs - at) }, (_, n) => benchCase(at + n, docs));
    const outcome = await store.importEntities(rows);
    if (outcome.inserted !== rows.length) throw new Error(`rows were not stored: ${JSON.stringify(outcome.invalid[0])}`);
  }
  await store.correlate({ observables: [] });
  await ready(store); // the index has caught up
  const ms = performance.now() - start;
  await close();
  return ms;
}

async function rebuild(): Promise<BuildRun> {
  await close();
  const root = await navigator.storage.getDirectory();
  // The store stays; of the index nothing does.
  for await (const name of root.keys()) if (name.includes(POOL_VFS)) await root.removeEntry(name, { recursive: true });
  const start = performance.now();
  const store = await open();
  const index = { seen: false, built: false };
  const stop = store.watchIndexState((state) => {
    index.seen ||= state.kind === 'building';
    index.built = index.seen && state.kind === 'ready';
  });
  const [waits, searches]: [number[], number[]] = [[], []];
  while (!index.built) {
    waits.push(await timed(() => store.getLocal('nothing')));
    // Now and then, as an officer would: each search makes FTS5 write down what it holds in memory.
    if (waits.length % 100 === 0) searches.push(await timed(() => store.search({ text: 'mule account', limit: 30 })));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const ms = performance.now() - start;
  stop();
  await close();
  return { ms, waits, searches };
}

function firstRows(store: DataClient, query: WatchQuery): Promise<number> {
  return new Promise((resolve, reject) => {
    const stop = store.watch(
      query,
      (rows) => {
        setTimeout(() => stop());
        resolve(rows.length);
      },
      reject,
    );
  });
}

async function coldStart(): Promise<{ rowsMs: number; searchMs: number }> {
  await close();
  const start = performance.now();
  const store = await open();
  if ((await firstRows(store, { entity: 'case', limit: 50 })) !== 50) throw new Error('the list is short');
  const rowsMs = performance.now() - start;
  const { hits } = await store.search({ text: 'mule account', limit: 30 });
  const searchMs = performance.now() - start;
  if (hits.length === 0) throw new Error('nothing was found');
  await ready(store);
  await close();
  return { rowsMs, searchMs };
}

async function lists(docs: number, rounds: number): Promise<{ newest: Times; byStatus: Times; opened: Times }> {
  const store = client ?? (await open());
  const [newest, byStatus, opened]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    newest.push(await timed(() => firstRows(store, { entity: 'case', limit: 50 - (round % 25) })));
    byStatus.push(await timed(() => firstRows(store, { entity: 'case', status: round % 2 ? 'active' : 'new', limit: 50 - (round % 25) })));
    opened.push(await timed(() => store.get('case', benchId((round * 7_919) % docs))));
  }
  return { newest, byStatus, opened };
}

async function search(docs: number, rounds: number): Promise<readonly LanguageRun[]> {
  const store = client ?? (await open());
  await store.search({ text: 'account', limit: 30 }); // the first answer after a start is a figure of its own
  const runs: LanguageRun[] = [];
  for (const language of BENCH_LANGUAGES) {
    const { common, planted } = benchQueries(language, docs);
    const times: number[] = [];
    let [found, wanted, shown] = [0, 0, 0];
    for (let round = 0; round < rounds; round++) {
      for (const { phrase, in: places } of planted) {
        const ids = new Set(places.map(benchId));
        const start = performance.now();
        const { hits } = await store.search({ text: `"${phrase}"`, limit: 50 });
        times.push(performance.now() - start);
        [found, wanted, shown] = [found + hits.filter(({ id }) => ids.has(id)).length, wanted + ids.size, shown + hits.length];
        // As it is typed: the beginning of the phrase, and its first letter.
        for (const part of [0.6, 0.3]) times.push(await timed(() => store.search({ text: phrase.slice(0, Math.max(2, Math.floor(phrase.length * part))), limit: 30 })));
      }
      times.push(await timed(() => store.search({ text: common, limit: 30 })));
      times.push(await timed(() => store.search({ text: common, limit: 30, entities: ['case'], tlps: ['AMBER'], statuses: ['active'] })));
      times.push(await timed(() => store.search({ text: [...common][0] ?? '', limit: 30 })));
    }
    runs.push({ language, times, recall: found / wanted, precision: found / Math.max(shown, 1) });
  }
  return runs;
}

async function correlate(docs: number, rounds: number): Promise<Times> {
  const store = client ?? (await open());
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const n = (round * 7_919) % docs;
    const observables = [
      ...Array.from({ length: 12 }, (_, k) => ({ kind: 'domain', key: benchValue((n + k * 31) % docs, k % 2) })),
      ...Array.from({ length: 8 }, (_, k) => ({ kind: 'domain', key: `none-${n}-${k}.example` })),
    ];
    const start = performance.now();
    const { correlations } = await store.correlate({ observables, excludeId: benchId(n) });
    times.push(performance.now() - start);
    if (correlations.length === 0) throw new Error('nothing was shared');
  }
  return times;
}

Object.assign(window, { searchBench: { fill, rebuild, coldStart, lists, search, correlate } satisfies SearchBenchPage });
