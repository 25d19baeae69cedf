import { MAX_PUSH_BYTES } from '#shared/contract/sync.ts';

/** Seconds of line one push should last: more than a round trip, so that three at once keep the line full, and no more, because what is urgent waits for three. */
const PUSH_SECONDS = 0.6;
const LEAST_BYTES = 5 * 1024;
/** How much larger the next push may be than the one before. */
const MOST_GROWTH = 2;

/** How large the next push may be: small until the line is known to be fast. */
export interface PushPace {
  readonly nextBytes: () => number;
  /** A push of `bytes` was answered after `ms`. */
  readonly answered: (bytes: number, ms: number) => void;
  /** A push was cut off: the next is a small one again, so that it arrives where the line carries no more between two cuts. */
  readonly failed: () => void;
}

/** Starts with the smallest pushes. */
export function createPushPace(): PushPace {
  let next = LEAST_BYTES;
  return {
    nextBytes: () => next,
    answered: (bytes, ms) => {
      // a push far smaller than allowed that was quick says how long the way is, not how wide
      if (bytes < next / 2 && ms < PUSH_SECONDS * 1000) return;
      const suits = ((bytes * 1000) / Math.max(1, ms)) * PUSH_SECONDS;
      // two answers in one packet look like a line of any width
      next = Math.round(Math.min(MAX_PUSH_BYTES / 2, next * MOST_GROWTH, Math.max(LEAST_BYTES, suits)));
    },
    failed: () => {
      next = LEAST_BYTES;
    },
  };
}
