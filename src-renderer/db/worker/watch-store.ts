import { Subject, type Observable } from 'rxjs';
import type { WriteAhead } from '../journal/write-ahead.ts';
import type { SealingStorage } from '../sealing-storage.ts';
import { StoreDamagedError } from '../store-damaged-error.ts';
import { StoreLostError } from '../store-lost-error.ts';

/** First full reading after the store was opened, when the officer's first screens are up; then again and again, in milliseconds. */
const FIRST_MS = 10_000;
const AGAIN_MS = 60 * 60_000;

/** The watch over an open store. */
export interface StoreWatch {
  /** Emits once, when the store is not what the journal describes. */
  readonly altered$: Observable<void>;
  readonly stop: () => Promise<void>;
}

/** Reads the store in full now and then; what is found altered is marked in the journal, so that the next start makes it again. */
export function watchStore(storage: SealingStorage, journal: WriteAhead | undefined, firstMs = FIRST_MS): StoreWatch {
  const altered$ = new Subject<void>();
  const ended = new AbortController();
  let told = false;
  let running: Promise<void> = Promise.resolve();
  let timer: ReturnType<typeof setTimeout>;

  async function found(): Promise<void> {
    if (told) return;
    told = true;
    await journal?.peer.request('remake', null);
    altered$.next();
  }

  async function look(): Promise<void> {
    try {
      await storage.verify(ended.signal);
      timer = setTimeout(start, AGAIN_MS);
    } catch (error) {
      if (ended.signal.aborted || !(error instanceof StoreLostError || error instanceof StoreDamagedError)) return;
      await found();
    }
  }
  const damaged = storage.damaged$.subscribe(() => void found().catch(() => undefined));
  const start = (): void => {
    running = look().catch(() => undefined);
  };
  if (journal) timer = setTimeout(start, firstMs);
  return {
    altered$: altered$.asObservable(),
    stop: async () => {
      damaged.unsubscribe();
      clearTimeout(timer);
      ended.abort();
      await running;
    },
  };
}
