import type { Journaled } from '#shared/contract/journal.ts';
import type { WriteAhead } from './write-ahead.ts';

/** The store is flushed this long after a write, in milliseconds, */
const QUIET_MS = 1500;
/** and at once when so many writes are open: main keeps their rows in memory, a thousand each in an import. */
const OPEN_MOST = 8;

/** Keeps the writes that a power cut could take from the store few. */
export interface Flusher {
  /** Call after every write, outside of the queue of writes. */
  readonly written: () => void;
  /** Flushes now; resolves when it is done. */
  readonly flush: () => Promise<void>;
  readonly stop: () => void;
}

/**
 * Transactions under a journal are complete, but not flushed; moving SQLite's write-ahead log into the file flushes all of
 * them. Until then the journal holds the writes in doubt.
 */
export function createFlusher(collection: Journaled, flushFile: () => void, journal: WriteAhead, inTurn: <T>(run: () => Promise<T>) => Promise<T>): Flusher {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    return inTurn(async () => {
      const writes = journal.unflushed(collection);
      if (writes.length === 0) return;
      flushFile();
      journal.flushed(writes);
    });
  };
  const later = (): void => void flush().catch(() => undefined); // what stays open is in doubt, and settled at the next start
  return {
    written: () => {
      if (journal.unflushed(collection).length >= OPEN_MOST) later();
      else timer ??= setTimeout(later, QUIET_MS);
    },
    flush,
    stop: () => clearTimeout(timer),
  };
}
