import { getChangedDocumentsSince } from 'rxdb/plugins/core';
import { BehaviorSubject, filter, firstValueFrom, from, merge, Subject, type Observable } from 'rxjs';
import { ENTITY_NAMES } from '#shared/entities.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { SuarDatabase } from '../open-database.ts';
import { toIndexed } from './indexed-record.ts';
import type { RecordIndex } from './search-index.ts';

/** Records read from the store at once; written to the index in slices. */
const PAGE = 500;
/** Milliseconds a slice may take: nothing else runs in the worker meanwhile, and an officer may be typing. */
const SLICE_MS = 30;
const SLICE_MAX = 250;
/** A first filling of fewer records is over before anybody could read of it; questions wait for it. */
const BUILDING_FROM = 100;

/** Whether the index holds the whole store, or how far its first filling is, in records. */
export type IndexState = { readonly kind: 'ready' } | { readonly kind: 'building'; readonly done: number; readonly total: number };

/** Keeps a derived index up with the store. */
export interface IndexKeeper {
  /** Resolves when the index holds every write finished before the call; during a first filling that takes long. */
  readonly caughtUp: () => Promise<void>;
  /** Like `caughtUp`, but does not wait for a first filling. */
  readonly fresh: () => Promise<void>;
  /** Emits after every slice that changed the index. */
  readonly changed$: Observable<void>;
  /** Now and after every change. */
  readonly state$: Observable<IndexState>;
  readonly stop: () => void;
}

type Stored = SuarRecord & { readonly _deleted: boolean; readonly _meta: { readonly lwt: number } };

/**
 * Follows the changes of the store from the index's own checkpoint, slice by slice; an empty index is built from the first record on.
 * Changes are read by position, never taken from events, so none is missed. `onError` is told when a page could not be read or written.
 */
export function keepIndex(db: SuarDatabase, index: RecordIndex, onError: (error: unknown) => void): IndexKeeper {
  const store = db.collections.record.storageInstance;
  const changed$ = new Subject<void>();
  const state$ = new BehaviorSubject<IndexState>({ kind: 'ready' });
  let stopped = false;
  /** Counts the times the index began again; a page read before is not written after. */
  let resets = 0;
  let slice = 25;
  let turn: Promise<void> = Promise.resolve();

  async function countRecords(): Promise<number> {
    const counts = await Promise.all(ENTITY_NAMES.map((entity) => db.collections.record.count({ selector: { entity } }).exec()));
    return counts.reduce((a, b) => a + b, 0);
  }

  /** Writes one page in slices whose size follows the speed of the machine. False where the index began again meanwhile. */
  async function write(documents: readonly Stored[], resetsBefore: number): Promise<boolean> {
    for (let at = 0; at < documents.length;) {
      if (stopped || resets !== resetsBefore) return false;
      const part = documents.slice(at, at + slice);
      const last = part.at(-1);
      if (last === undefined) return true;
      const start = performance.now();
      await index.apply(part.map(toIndexed), { id: last.id, lwt: last._meta.lwt });
      const ms = performance.now() - start;
      slice = Math.max(5, Math.min(SLICE_MAX, Math.round(slice * Math.min(2, Math.max(0.5, SLICE_MS / Math.max(ms, 1))))));
      at += part.length;
      const { value } = state$;
      if (value.kind === 'building') state$.next({ ...value, done: Math.min(value.done + part.length, value.total) });
      changed$.next();
      await new Promise((resolve) => setTimeout(resolve, 0)); // queries go first
    }
    return true;
  }

  async function follow(): Promise<void> {
    const resetsBefore = resets;
    let checkpoint = await index.checkpoint();
    if (checkpoint === undefined) {
      const total = await countRecords();
      if (total >= BUILDING_FROM) state$.next({ kind: 'building', done: 0, total });
    }
    for (;;) {
      const page = await getChangedDocumentsSince<SuarRecord, { id: string; lwt: number }>(store, PAGE, checkpoint as { id: string; lwt: number });
      if (page.documents.length === 0 || stopped) break;
      if (!(await write(page.documents as unknown as Stored[], resetsBefore))) return;
      checkpoint = { id: page.checkpoint.id, lwt: page.checkpoint.lwt };
    }
    if (state$.value.kind === 'building') state$.next({ kind: 'ready' });
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
  const endReset = index.onReset(() => {
    resets++;
    void next();
  });
  void next();
  return {
    caughtUp: next,
    fresh: () => {
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
