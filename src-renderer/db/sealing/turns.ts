type Listener = (id: string, rev: string, prev: string | null) => void;

/** How a reader of a whole table and its writers keep out of each other's way. */
export interface TableTurns {
  /** Runs between two writes, so that what is read and what is written never mix. */
  readonly inTurn: <T>(run: () => Promise<T>) => Promise<T>;
  /** Runs when every write begun before has ended and none after has reached the journal. */
  readonly atRest: <T>(run: () => Promise<T>) => Promise<T>;
  /** Told of every row written from now on; the returned function ends it. */
  readonly onWritten: (listener: Listener) => () => void;
}

/** The turns of one table, and what its writer needs. */
export interface WriterTurns extends TableTurns {
  /** Appends to the journal happen in the order of the calls. */
  readonly afterAppend: <T>(append: () => Promise<T>) => Promise<T>;
  /** Tells the listeners of a written row. */
  readonly wrote: Listener;
  /** Resolves when every write begun so far has ended. */
  readonly ended: () => Promise<unknown>;
}

/** Two queues, one of appends and one of writes; neither stops at a failure. */
export function createTurns(): WriterTurns {
  let lastWrite: Promise<unknown> = Promise.resolve();
  let lastAppend: Promise<unknown> = Promise.resolve();
  const listeners = new Set<Listener>();
  const afterAppend = <T>(run: () => Promise<T>, also: Promise<unknown> = Promise.resolve()): Promise<T> => {
    const turn = Promise.all([lastAppend, also]).then(run);
    lastAppend = turn.catch(() => undefined);
    return turn;
  };
  return {
    inTurn: (run) => {
      const turn = lastWrite.then(run);
      lastWrite = turn.catch(() => undefined);
      return turn;
    },
    atRest: (run) => afterAppend(run, lastWrite),
    onWritten: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    afterAppend: (append) => afterAppend(append),
    wrote: (...row) => listeners.forEach((listener) => listener(...row)),
    ended: () => lastWrite,
  };
}
