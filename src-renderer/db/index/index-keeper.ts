import { getChangedDocumentsSince } from 'rxdb/plugins/core';
import { BehaviorSubject, filter, firstValueFrom, from, merge, Subject, type Observable } from 'rxjs';
import { ENTITY_NAMES } from '#shared/entities.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { SuarDatabase } from '../open-database.ts';
import { toIndexed } from './indexed-record.ts';
import type { RecordIndex } from './search-index.ts';

/** Records read from the store and written to the index in one transaction; a commit costs as much as dozens of records. */
const PAGE = 250;
/** Pages in a row after which being behind is told like a first filling. */
const BEHIND_PAGES = 3;
/** A first filling of fewer records is over before anybody could read of it; questions wait for it. */
const BUILDING_FROM = 100;

/** Whether the index holds the whole store, or how far the filling is, in records. */
export type IndexState = { readonly kind: 'ready' } | { readonly kind: 'building'; readonly done: number; readonly total: number };

/** Keeps a derived index up with the store. */
export interface IndexKeeper {
  /** Resolves when the index holds every write finished before the call; during a first filling that takes long. */
  readonly caughtUp: () => Promise<void>;
  /** Like `caughtUp`, but does not wait for a first filling. */
  readonly fresh: () => Promise<void>;
  /** Emits after every page that changed the index. */
  readonly changed$: Observable<void>;
  /** Now and after every change. */
  readonly state$: Observable<IndexState>;
  readonly stop: () => void;
}

/**
 * Follows the changes of the store from the index's own checkpoint, page by page; an empty index is built from the first record on.
 * Changes are read by position, never taken from events, so none is missed. `onError` is told when a page could not be read or written.
 */
export function keepIndex(db: SuarDatabase, index: RecordIndex, onError: (error: unknown) => void): IndexKeeper {
  const store = db.collections.record.storageInstance;
  const changed$ = new Subject<void>();
  const state$ = new BehaviorSubject<IndexState>({ kind: 'ready' });
  let stopped = false;
  /** Counts the times the index began again; a page read before is not written after. */
  let resets = 0;
  /** Whether the store changed since it was last read. */
  let isBehind = true;
  let following = 0;
  let turn: Promise<void> = Promise.resolve();

  async function countRecords(): Promise<number> {
    const counts = await Promise.all(ENTITY_NAMES.map((entity) => db.collections.record.count({ selector: { entity } }).exec()));
    return counts.reduce((a, b) => a + b, 0);
  }

  async function follow(): Promise<void> {
    const resetsBefore = resets;
    let checkpoint = await index.checkpoint();
    if (checkpoint === undefined) {
      const total = await countRecords();
      if (total >= BUILDING_FROM) state$.next({ kind: 'building', done: 0, total });
    }
    for (let pages = 1; ; pages++) {
      isBehind = false;
      const page = await getChangedDocumentsSince<SuarRecord, { id: string; lwt: number }>(store, PAGE, checkpoint as { id: string; lwt: number });
      if (page.documents.length === 0) break;
      if (stopped || resets !== resetsBefore) return;
      // After a large import, or one that was cut short, there is as much to do as at a first filling; nobody shall wait for it unawares.
      if (pages === BEHIND_PAGES && state$.value.kind === 'ready') {
        const [total, size] = await Promise.all([countRecords(), index.size()]);
        state$.next({ kind: 'building', done: Math.min(size, total), total });
      }
      checkpoint = { id: page.checkpoint.id, lwt: page.checkpoint.lwt };
      await index.apply(page.documents.map(toIndexed), checkpoint);
      const { value } = state$;
      if (value.kind === 'building') state$.next({ ...value, done: Math.min(value.done + page.documents.length, value.total) });
      changed$.next();
      await new Promise((resolve) => setTimeout(resolve, 0)); // queries go first
    }
    if (state$.value.kind === 'building') state$.next({ kind: 'ready' });
  }
  const next = (): Promise<void> => {
    following++;
    turn = turn
      .then(follow)
      .catch((error: unknown) => {
        isBehind = true;
        onError(error);
      })
      .finally(() => following--);
    return turn;
  };
  let scheduled = false;
  const sub = store.changeStream().subscribe(() => {
    isBehind = true;
    if (scheduled) return;
    scheduled = true;
    setTimeout(() => {
      scheduled = false;
      void next();
    }, 0);
  });
  const endReset = index.onReset(() => {
    resets++;
    isBehind = true;
    void next();
  });
  void next();
  return {
    caughtUp: next,
    fresh: () => {
      if (!isBehind && following === 0) return Promise.resolve();
      const isBuilding = state$.pipe(filter(({ kind }) => kind === 'building'));
      return firstValueFrom(merge(isBuilding, from(next()))).then(() => undefined);
    },
    changed$: changed$.asObservable(),
    state$: state$.asObservable(),
    stop: () => {
      stopped = true;
      sub.unsubscribe();
      endReset();
    },
  };
}
