import { map, type Observable } from 'rxjs';
import type { SuarDatabase } from '../db/open-database.ts';

/** Kind of a `local` document that marks a change to be sent first; its id is `first:<record>`. */
export const FIRST_KIND = 'first';

/** Id of the mark of a record. */
export function firstMark(recordId: string): string {
  return `${FIRST_KIND}:${recordId}`;
}

/** What the officer wants sent before all else, kept in the `local` collection: it outlives lock and restart. A mark goes when its change is at the hub, or when the officer takes it back. */
export interface SentFirst {
  /** Records, the first marked first. */
  readonly ids: () => Promise<readonly string[]>;
  /** Now and after every change. */
  readonly ids$: Observable<readonly string[]>;
  /** Removes the marks of what waits no more. */
  readonly tidy: (waits: (id: string) => Promise<boolean>) => Promise<void>;
}

/** The marks in an open database. */
export function createSentFirst(db: SuarDatabase): SentFirst {
  const marks = () => db.collections.local.find({ selector: { kind: FIRST_KIND }, sort: [{ updatedAt: 'asc' }, { id: 'asc' }] });
  const toRecord = ({ id }: { readonly id: string }): string => id.slice(FIRST_KIND.length + 1);
  return {
    ids: async () => (await marks().exec()).map(toRecord),
    ids$: marks().$.pipe(map((docs) => docs.map(toRecord))),
    tidy: async (waits) => {
      for (const mark of await marks().exec()) if (!(await waits(toRecord(mark)))) await mark.incrementalRemove();
    },
  };
}
