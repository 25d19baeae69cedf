import type { DexieState } from '../sealing/scan.ts';
import { settledRequest } from '../sealing/scan.ts';
import type { Journaled } from '#shared/contract/journal.ts';
import type { WriteAhead } from './write-ahead.ts';

/** The store is flushed this long after a write, in milliseconds, */
const QUIET_MS = 1500;
/** and at once when so many writes are open: main keeps their rows in memory, a thousand each in an import. */
const OPEN_MOST = 8;

/** Keeps the writes that a power cut could take from IndexedDB few. */
export interface Flusher {
  /** Call after every write, outside of the queue of writes. */
  readonly written: () => void;
  /** Flushes now; resolves when it is done. */
  readonly flush: () => Promise<void>;
  readonly stop: () => void;
}

/**
 * Transactions under a journal are `relaxed`: complete, but not flushed. One `strict` transaction flushes it and everything
 * before it, because Chromium keeps one write-ahead log for the whole origin; until then the journal holds the writes in doubt.
 */
export function createFlusher(collection: Journaled, state: () => Promise<DexieState>, journal: WriteAhead, inTurn: <T>(run: () => Promise<T>) => Promise<T>): Flusher {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    return inTurn(async () => {
      const writes = journal.unflushed(collection);
      if (writes.length === 0) return;
      await commitStrictly(await state());
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

/** Puts the newest row back as it is, in a strict transaction. */
async function commitStrictly({ dexieDb }: DexieState): Promise<void> {
  const transaction = dexieDb.backendDB().transaction(['docs'], 'readwrite', { durability: 'strict' });
  const docs = transaction.objectStore('docs');
  const complete = new Promise<void>((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve());
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('not flushed')));
  });
  const cursor = await settledRequest(docs.openCursor(null, 'prev'));
  if (cursor) docs.put(cursor.value);
  await complete;
}
