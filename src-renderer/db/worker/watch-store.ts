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
  /** Reads the store in full now; false where it is not what the journal describes. */
  readonly look: () => Promise<boolean>;
  readonly stop: () => Promise<void>;
}

/** Reads the store in full now and then; what is found altered is marked in the journal, so that the next start makes it again. */
export function watchStore(storage: SealingStorage, journal: WriteAhead | undefined): StoreWatch {
  const altered$ = new Subject<void>();
  const ended = new AbortController();
  let marked: Promise<void> | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function mark(): Promise<void> {
    marked ??= (journal?.peer.request('remake', null) ?? Promise.resolve()).then(() => altered$.next());
    return marked;
  }

  async function look(): Promise<boolean> {
    try {
      await storage.verify(ended.signal);
      return true;
    } catch (error) {
      if (ended.signal.aborted || !(error instanceof StoreLostError || error instanceof StoreDamagedError)) throw error;
      await mark();
      return false;
    }
  }

  const lookIn = (ms: number): void => {
    timer = setTimeout(() => {
      running = look().then(
        (whole) => whole && lookIn(AGAIN_MS),
        () => undefined,
      );
    }, ms);
  };
  const damaged = storage.damaged$.subscribe(() => void mark().catch(() => undefined));
  if (journal) lookIn(FIRST_MS);
  return {
    altered$: altered$.asObservable(),
    look,
    stop: async () => {
      damaged.unsubscribe();
      clearTimeout(timer);
      ended.abort();
      await running;
    },
  };
}
