/** Who goes first on the line: records always, content when none of them is on its way. */
export interface Turns {
  readonly record: <T>(work: () => Promise<T>) => Promise<T>;
  /** Waits until no record work runs; content requests go one at a time. */
  readonly media: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Creates {@link Turns}. A content request is small, so the record that comes while one runs waits for little. */
export function createTurns(): Turns {
  const running = { records: 0 };
  let waiting: (() => void)[] = [];
  let last: Promise<unknown> = Promise.resolve();
  const idle = async (): Promise<void> => {
    while (running.records > 0) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return {
    record: async (work) => {
      running.records++;
      try {
        return await work();
      } finally {
        running.records--;
        const woken = waiting;
        waiting = [];
        for (const wake of woken) wake();
      }
    },
    media: (work) => {
      const done = last.then(idle).then(work);
      last = done.catch(() => undefined);
      return done;
    },
  };
}
