import type { SyncLink } from './link.ts';

/** How a replication reaches the hub, and how many rows it hands over at once. */
export interface Way {
  readonly link: SyncLink;
  readonly pushRows: number;
  /** Resolves when rows may be pushed; until then none counts as on its way. */
  readonly mayPush: Promise<void>;
}

/** A line that answers as long as it knows something, and then no more: an answer carried by hand. */
export interface OnceWay extends Way {
  /** Rejects with the first failure of a pull. */
  readonly failed: Promise<never>;
  /** Resolves when a push met a row the line knows nothing of. */
  readonly exhausted: Promise<void>;
  readonly letPush: () => void;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let ends: Pick<Deferred<T>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<T>((resolve, reject) => (ends = { resolve, reject }));
  return { promise, resolve: (value) => ends?.resolve(value), reject: (error) => ends?.reject(error) };
}

/**
 * Makes a line of which everything is taken once. Rows are pushed one at a time, so that those it knows are settled before the first it
 * does not; pushes wait until the pull is through: a pull would wait for a push that never ends.
 */
export function createOnce(link: SyncLink): OnceWay {
  const opened = deferred<void>();
  const exhausted = deferred<void>();
  const failed = deferred<never>();
  failed.promise.catch(() => undefined);
  return {
    pushRows: 1,
    mayPush: opened.promise,
    failed: failed.promise,
    exhausted: exhausted.promise,
    letPush: () => opened.resolve(),
    link: {
      pull: async (cursor, limit) => {
        try {
          return await link.pull(cursor, limit);
        } catch (error) {
          failed.reject(error);
          throw error;
        }
      },
      push: async (rows) => {
        try {
          return await link.push(rows);
        } catch (error) {
          exhausted.resolve();
          throw error;
        }
      },
    },
  };
}
