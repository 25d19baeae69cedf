import type { LinePlan, LineState, LineVerdict } from '#shared/contract/line.ts';
import { judgeLine } from '#shared/domain/line/plan.ts';
import { wallClock, type LineBook } from './line-book.ts';

/** How long the officer opens the line in spite of the plan, in milliseconds. */
export const OPENED_MS = 60 * 60_000;
/** Longest wait before the plan is looked at again: clocks are set, laptops sleep. */
const MAX_WAIT_MS = 5 * 60_000;

/** Holds the line to the officer's plan. */
export interface LineGate {
  readonly verdict: () => LineVerdict;
  readonly state: () => LineState;
  /** Counts bytes on the wire; calls `changed` where they used the limit up. */
  readonly count: (bytes: number) => void;
  /** A push of `rowBytes` took `wireBytes` and `ms`. */
  readonly pushed: LineBook['pushed'];
  /** On disk when it returns; throws the system's error where the disk takes nothing. */
  readonly setPlan: (plan: LinePlan) => void;
  /** Opens the line for {@link OPENED_MS} in spite of the plan. */
  readonly open: () => void;
  readonly close: () => void;
}

/** Creates the gate over `book`; `changed` is called when the verdict is another one. */
export function createLineGate(book: LineBook, now: () => Date, changed: () => void): LineGate {
  let openedUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  const verdict = (): LineVerdict => (openedUntil > now().getTime() ? { open: true } : judgeLine(book.plan(), book.use(), wallClock(now())));
  let last = JSON.stringify(verdict());
  const look = (): void => {
    const current = verdict();
    const text = JSON.stringify(current);
    clearTimeout(timer);
    const ends = current.open ? openedUntil : (current.until ?? Number.POSITIVE_INFINITY);
    const waitMs = ends > now().getTime() ? ends - now().getTime() : MAX_WAIT_MS;
    if (book.plan().windows.length > 0 || !current.open || openedUntil > 0) timer = setTimeout(look, Math.min(MAX_WAIT_MS, Math.max(1000, waitMs)));
    if (text === last) return;
    last = text;
    changed();
  };
  look();
  return {
    verdict,
    state: () => ({ plan: book.plan(), verdict: verdict(), ...book.use(), ...book.measures(), openedUntil: openedUntil > now().getTime() ? openedUntil : null }),
    count: (bytes) => {
      if (bytes <= 0) return;
      book.count(bytes);
      look();
    },
    pushed: book.pushed,
    setPlan: (plan) => {
      book.setPlan(plan);
      look();
    },
    open: () => {
      openedUntil = now().getTime() + OPENED_MS;
      look();
    },
    close: () => {
      clearTimeout(timer);
      book.close();
    },
  };
}
