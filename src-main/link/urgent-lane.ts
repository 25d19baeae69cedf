import type { Result } from '#shared/base/result.ts';
import { isCursorBefore } from '#shared/contract/cursor.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { PullAnswer, PulledRow } from '#shared/contract/sync.ts';

/** Pages of urgent rows after which the stream is left to bring the rest. */
const MAX_PAGES = 20;

/** A held request that comes back empty sooner than this, in milliseconds, was not held: the next wake asks again. */
const HELD_LEAST_MS = 1000;

/** Urgent rows fetched beside one stream; see contract/sync.ts LANES and docs/adr/0019 for why nothing is skipped and nothing goes back. */
export interface UrgentLane {
  /** Asks for what the urgent lanes have, and leaves a request at the hub that is answered when they have more. */
  readonly ask: () => void;
  /** The stream is over: nothing more is asked. */
  readonly end: () => void;
  /** Rows that came and that a stream standing at `position` has not reached; handed over once. */
  readonly take: (position: string) => PulledRow[];
  readonly isEmpty: () => boolean;
  /** Whether a row of a frame is no newer than what the lane brought of that record. */
  readonly hasNewer: (id: string, frameCursor: string) => boolean;
}

/** Asks for a page of what the urgent lanes have behind a cursor; `isHeld`: an answer without rows may take until there are some. */
export type AskUrgent = (cursor: string, isHeld: boolean) => Promise<Result<PullAnswer, AppError>>;

/** Creates the lane of a stream opened at `from`; `arrived` is called when there are rows to take, `clock` gives milliseconds. */
export function createUrgentLane(from: string, request: AskUrgent, arrived: () => void, clock: () => number = Date.now): UrgentLane {
  let cursor = from;
  let asking = false;
  let again = false;
  let isOver = false;
  const pages: PullAnswer[] = [];
  /** Cursor of the page a record was in. */
  const reached = new Map<string, string>();

  const fetch = async (): Promise<void> => {
    let isHeld = false;
    for (let page = 0; page < MAX_PAGES;) {
      again = false;
      const since = clock();
      const answer = await request(cursor, isHeld);
      // what fails here comes with the stream
      if (!answer.ok || isOver) return;
      const { rows, done } = answer.value;
      cursor = answer.value.cursor;
      if (rows.length > 0) {
        page++;
        pages.push(answer.value);
        for (const row of rows) reached.set(row.id, cursor);
        arrived();
      } else if (isHeld && !again && clock() - since < HELD_LEAST_MS) return;
      isHeld = done;
    }
  };
  return {
    ask: () => {
      again = true;
      if (asking) return;
      asking = true;
      void fetch().finally(() => (asking = false));
    },
    end: () => {
      isOver = true;
    },
    take: (position) => {
      const rowsById = new Map<string, PulledRow>();
      for (const page of pages.splice(0)) if (isCursorBefore(position, page.cursor)) for (const row of page.rows) rowsById.set(row.id, row);
      return [...rowsById.values()];
    },
    isEmpty: () => pages.length === 0,
    hasNewer: (id, frameCursor) => {
      const at = reached.get(id);
      return at !== undefined && isCursorBefore(frameCursor, at);
    },
  };
}
