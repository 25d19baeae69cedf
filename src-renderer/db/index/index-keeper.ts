import { getChangedDocumentsSince } from 'rxdb/plugins/core';
import { entityDefinition } from '#shared/entities.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import { Subject, type Observable } from 'rxjs';
import type { SuarDatabase } from '../open-database.ts';
import type { IndexedRecord, ObservableIndex, ObservableKey } from './observable-index.ts';

const PAGE = 500;

/** Keeps a derived index up with the store. */
export interface IndexKeeper {
  /** Resolves when the index holds every write finished before the call. */
  readonly caughtUp: () => Promise<void>;
  /** Emits after every page that changed the index. */
  readonly changed$: Observable<void>;
  readonly stop: () => void;
}

function isObservableKey(value: unknown): value is ObservableKey {
  const { kind, key } = Object(value) as { kind?: unknown; key?: unknown };
  return typeof kind === 'string' && typeof key === 'string';
}

function toIndexed(doc: SuarRecord & { readonly _deleted: boolean }): IndexedRecord {
  const found = doc._deleted ? [] : entityDefinition(doc.entity)?.observablesOf?.(doc.body);
  return { id: doc.id, entity: doc.entity, observables: Array.isArray(found) ? found.filter(isObservableKey) : [] };
}

/**
 * Follows the changes of the store from the index's own checkpoint, page by page; an empty index is built from the first record on.
 * Changes are read by position, never taken from events, so none is missed. `onError` is told when a page could not be read.
 */
export function keepIndex(db: SuarDatabase, index: ObservableIndex, onError: (error: unknown) => void): IndexKeeper {
  const store = db.collections.record.storageInstance;
  const changed$ = new Subject<void>();
  let stopped = false;
  let turn: Promise<void> = Promise.resolve();

  async function follow(): Promise<void> {
    let checkpoint = await index.checkpoint();
    for (;;) {
      const page = await getChangedDocumentsSince<SuarRecord, { id: string; lwt: number }>(store, PAGE, checkpoint as { id: string; lwt: number });
      if (page.documents.length === 0 || stopped) return;
      checkpoint = { id: page.checkpoint.id, lwt: page.checkpoint.lwt };
      await index.apply(page.documents.map(toIndexed), checkpoint);
      changed$.next();
      await new Promise((resolve) => setTimeout(resolve, 0)); // queries go first
    }
  }
  const next = (): Promise<void> => {
    turn = turn.then(follow).catch(onError);
    return turn;
  };
  let scheduled = false;
  const sub = store.changeStream().subscribe(() => {
    if (scheduled) return;
    scheduled = true;
    setTimeout(() => {
      scheduled = false;
      void next();
    }, 0);
  });
  void next();
  return {
    caughtUp: next,
    changed$: changed$.asObservable(),
    stop: () => {
      stopped = true;
      sub.unsubscribe();
    },
  };
}
