import type { RecordIndex } from './search-index.ts';

/** SQLite's result codes for a file that cannot be trusted any more: IOERR, CORRUPT, NOTADB (sqlite.org/rescode.html); the upper bits refine them. */
const DAMAGE_CODES = new Set([10, 11, 26]);

/** Whether an error of SQLite says that the file is damaged. */
export function isIndexDamage(error: unknown): boolean {
  const { resultCode } = Object(error) as { readonly resultCode?: unknown };
  return typeof resultCode === 'number' && DAMAGE_CODES.has(resultCode & 0xff);
}

/**
 * An index that throws a damaged file away and goes on with an empty one. A question is then answered from the empty index, a page to write
 * is refused with the error, because the next checkpoint must be read first; `onReset` tells whoever fills the index. Where no new file can
 * be made either, `fallback` takes its place.
 */
export async function createHealingIndex(open: () => Promise<RecordIndex>, discard: () => Promise<void>, fallback: () => RecordIndex): Promise<RecordIndex> {
  const listeners = new Set<() => void>();
  const tell = (): void => listeners.forEach((listener) => listener());
  const openTold = async (): Promise<RecordIndex> => {
    const opened = await open();
    opened.onReset(() => opened === index && tell());
    return opened;
  };
  let index = await openTold();

  async function replace(): Promise<void> {
    await index.close().catch(() => undefined);
    try {
      await discard();
      index = await openTold();
    } catch {
      index = fallback();
    }
    tell();
  }
  async function ask<T>(question: (current: RecordIndex) => Promise<T>): Promise<T> {
    const asked = index;
    try {
      return await question(asked);
    } catch (error) {
      if (!isIndexDamage(error)) throw error;
      if (asked === index) await replace();
      return question(index);
    }
  }

  return {
    checkpoint: () => ask((current) => current.checkpoint()),
    correlate: (observables, excludeId) => ask((current) => current.correlate(observables, excludeId)),
    search: (terms, filter, limit) => ask((current) => current.search(terms, filter, limit)),
    searchLoosely: (terms, filter, limit) => ask((current) => current.searchLoosely(terms, filter, limit)),
    apply: async (records, checkpoint) => {
      const written = index;
      try {
        await written.apply(records, checkpoint);
      } catch (error) {
        if (isIndexDamage(error) && written === index) await replace();
        throw error;
      }
    },
    size: () => ask((current) => current.size()),
    clear: () => ask((current) => current.clear()),
    close: () => index.close(),
    onReset: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
