import type { Result } from '#shared/base/result.ts';
import { isCursorBefore } from '#shared/contract/cursor.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { PullAnswer, PulledRow } from '#shared/contract/sync.ts';

/** Pages of urgent rows after which the stream is left to bring the rest. */
const MAX_PAGES = 20;

/** Urgent rows fetched beside one stream; see contract/sync.ts LANES and docs/adr/0019 for why nothing is skipped and nothing goes back. */
export interface UrgentLane {
  /** Asks for what the urgent lanes have; while it is asking, once more afterwards. */
  readonly ask: () => void;
  /** Rows that came and that a stream standing at `position` has not reached; handed over once. */
  readonly take: (position: string) => PulledRow[];
  readonly isEmpty: () => boolean;
  /** Whether a row of a frame is no newer than what the lane brought of that record. */
  readonly hasNewer: (id: string, frameCursor: string) => boolean;
}

/** Creates the lane of a stream opened at `from`; `request` asks for a page, `arrived` is called when there are rows to take. */
export function createUrgentLane(from: string, request: (cursor: string) => Promise<Result<PullAnswer, AppError>>, arrived: () => void): UrgentLane {
  let cursor = from;
  let asking = false;
  let again = false;
  const pages: PullAnswer[] = [];
  /** Cursor of the page a record was in. */
  const reached = new Map<string, string>();

  const fetch = async (): Promise<void> => {
    for (let page = 0; page < MAX_PAGES; page++) {
      again = false;
      const answer = await request(cursor);
      // what fails here comes with the stream
      if (!answer.ok) return;
      cursor = answer.value.cursor;
      if (answer.value.rows.length > 0) {
        pages.push(answer.value);
        for (const row of answer.value.rows) reached.set(row.id, cursor);
        arrived();
      }
      if (answer.value.done && !again) return;
    }
  };
  return {
    ask: () => {
      again = true;
      if (asking) return;
      asking = true;
      void fetch().finally(() => (asking = false));
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
