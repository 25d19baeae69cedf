import { toDiskError } from '../disk-failure.ts';
import { readJson, writeDurably } from './durable-file.ts';

/** Wrong passphrases in a row that cost nothing. */
const FREE_TRIES = 3;
/** Longest wait, in seconds. */
const MAX_WAIT_S = 900;

interface Attempts {
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly lastAt: number;
}

/** Seconds to wait after `failures` wrong passphrases in a row: 0, 0, 0, then 2, 4, 8 … up to 900. */
export function waitAfter(failures: number): number {
  return failures < FREE_TRIES ? 0 : Math.min(2 ** (failures - FREE_TRIES + 1), MAX_WAIT_S);
}

/** Slows down guessing. Kept on disk, so restarting the application does not reset it; a clock set back makes the wait start again. */
export interface BackOff {
  /** Whole seconds until the next try, 0 when one is allowed now. */
  readonly waitSeconds: () => number;
  /** Throws the error of the disk where the try cannot be counted: then it must not be made. */
  readonly failed: () => void;
  readonly succeeded: () => void;
}

/** A {@link BackOff} kept in `file`, over `clock` (milliseconds). An unreadable file counts as the longest wait. */
export function createBackOff(file: string, clock: () => number): BackOff {
  const read = (): Attempts => {
    try {
      const stored = readJson(file);
      if (stored === undefined) return { failures: 0, lastAt: 0 };
      const { failures, lastAt } = Object(stored) as Partial<Attempts>;
      if (typeof failures === 'number' && typeof lastAt === 'number') return { failures, lastAt };
    } catch {
      // Falls through: a damaged file must not open the door.
    }
    const damaged = { failures: 20, lastAt: clock() };
    writeWherePossible(damaged);
    return damaged;
  };
  const write = (attempts: Attempts) => writeDurably(file, JSON.stringify(attempts));
  /** Where the disk takes nothing the wait is the longest one all the same, and no try is allowed before `failed` is on disk. */
  const writeWherePossible = (attempts: Attempts): void => {
    try {
      write(attempts);
    } catch (error) {
      toDiskError(error);
    }
  };
  return {
    waitSeconds: () => {
      const { failures, lastAt } = read();
      const wait = waitAfter(failures);
      const elapsed = (clock() - lastAt) / 1000;
      if (wait > 0 && elapsed < 0) writeWherePossible({ failures, lastAt: clock() });
      return Math.max(0, Math.ceil(wait - Math.max(0, elapsed)));
    },
    failed: () => write({ failures: read().failures + 1, lastAt: clock() }),
    succeeded: () => write({ failures: 0, lastAt: 0 }),
  };
}
