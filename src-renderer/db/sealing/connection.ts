import { refillStore } from '../journal/refill.ts';
import { isJournaled, type WriteAhead } from '../journal/write-ahead.ts';
import type { SealedTable } from '../sealing-storage.ts';
import { toStoreError } from '../store-failure.ts';
import { StoreLostError } from '../store-lost-error.ts';
import type { DexieState } from './scan.ts';

/** The connection of one collection to IndexedDB. */
export interface Connection {
  /** False once it was cut, until `ensure` has resolved. */
  readonly isOpen: () => boolean;
  /**
   * Resolves when it is open, at once where it was never cut. Rejects with `store-full` or `journal-failed` where it cannot be opened or
   * filled, `store-lost` where only the hub has what is missing; whoever asks next tries again.
   */
  readonly ensure: () => Promise<void>;
  /** The collection is being closed: it is not opened again. */
  readonly end: () => void;
}

/**
 * Chromium cuts the connections of an origin whose disk refuses a write (full, gone, read-only), Dexie opens none again by itself, and
 * what is opened again may be older or empty. `ensure` opens it between the writes, and puts back from the journal what is missing.
 */
export function keepConnection(table: SealedTable, journal: WriteAhead | undefined): Connection {
  const { inner, turns } = table;
  let dexie: DexieState['dexieDb'] | undefined;
  let opening: Promise<void> | undefined;
  let isEnded = false;
  inner.internals.then(
    ({ dexieDb }) => (dexie = dexieDb),
    () => undefined, // never opened: the first caller is told
  );
  const isOpen = () => isEnded || dexie === undefined || (opening === undefined && dexie.isOpen());

  async function open(): Promise<void> {
    try {
      await dexie?.open();
      if (journal) await journal.alone(() => putBack(table, journal));
    } catch (error) {
      dexie?.close({ disableAutoOpen: false });
      throw toStoreError(error);
    }
  }
  return {
    isOpen,
    ensure: async () => {
      if (isOpen()) return;
      opening ??= turns.atRest(open).finally(() => (opening = undefined));
      await opening;
    },
    end: () => (isEnded = true),
  };
}

/** What was acknowledged and is not there any more; at rest. */
async function putBack(table: SealedTable, journal: WriteAhead): Promise<void> {
  const name = table.inner.collectionName;
  if (!isJournaled(name)) return;
  await journal.takeBack();
  await refillStore({ tables: new Map([[name, table]]) }, journal.peer);
  const expected = (await journal.peer.request('expected', null))[name].count;
  const found = await (await table.inner.internals).dexieTable.count();
  if (found !== expected) throw new StoreLostError('count', expected, found);
}
