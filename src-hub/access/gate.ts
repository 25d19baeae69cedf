import { DatabaseBusy } from '../db/node-failure.ts';

/** Longest wait for a turn, in milliseconds. */
const PATIENCE_MS = 8_000;

/** Lets `most` works run at once; the others wait their turn, and are refused with {@link DatabaseBusy} after eight seconds. */
export function createGate(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  const turn = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const go = (): void => {
        clearTimeout(patience);
        resolve();
      };
      const patience = setTimeout(() => {
        waiting.splice(waiting.indexOf(go), 1);
        reject(new DatabaseBusy('too many pushes wait'));
      }, PATIENCE_MS);
      waiting.push(go);
    });
  return async (work) => {
    if (running < most) running++;
    else await turn();
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
