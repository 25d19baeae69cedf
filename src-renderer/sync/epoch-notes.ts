import type { SuarRecord } from '#shared/schema/record.ts';
import type { SuarDatabase } from '../db/open-database.ts';
import type { LocalDoc } from '../db/record-schema.ts';

const EPOCH = 'hub-epoch';
const SEEN = 'hub-seen';
const MISSING = 'hub-missing';
const BATCH = 500;

/** Which epoch of the hub this device's knowledge is of, and the one it is being compared with, if any. */
export interface EpochNote {
  readonly believed: string;
  readonly passing: string | null;
}

/** A record whose version here the hub does not have, or may not have. */
export interface MissingNote {
  readonly id: string;
  /** The version at the hub ours grew from, or null where the hub has none. */
  readonly hubRev: string | null;
  /** Written by this device, so this device pushes it again. */
  readonly again: boolean;
  /** The version to be merged with the hub's once that is in the store. */
  readonly kept: SuarRecord | null;
  /** The version `kept` grew from where it is an edit that waits; an edit upon that is merged with the hub's by the push. */
  readonly upon?: string;
}

/** What outlives a restart while a device compares itself with a restored hub: `local` documents, sealed, on this device only. Removed when done. */
export interface EpochNotes {
  readonly readEpoch: () => Promise<EpochNote | undefined>;
  readonly writeEpoch: (note: EpochNote) => Promise<void>;
  /** Notes ids that a pass found at the hub, on disk when it resolves. */
  readonly addSeen: (ids: readonly string[]) => Promise<void>;
  readonly readSeen: () => Promise<Set<string>>;
  readonly clearSeen: () => Promise<void>;
  readonly readMissing: () => Promise<MissingNote[]>;
  readonly writeMissing: (notes: readonly MissingNote[]) => Promise<void>;
  readonly removeMissing: (ids: readonly string[]) => Promise<void>;
}

/** Creates the notes of an open database; `now` gives clock readings. */
export function createEpochNotes(db: SuarDatabase, now: () => string): EpochNotes {
  const { local } = db.collections;
  let seenParts = 0;
  const write = async (docs: readonly LocalDoc[]): Promise<void> => {
    for (let at = 0; at < docs.length; at += BATCH) {
      const { error } = await local.bulkUpsert(docs.slice(at, at + BATCH) as LocalDoc[]);
      if (error[0]) throw new Error(`a note was not stored: ${error[0].status}`);
    }
  };
  const readKind = async (kind: string): Promise<LocalDoc[]> => (await local.find({ selector: { kind } }).exec()).map((doc) => doc.toMutableJSON() as LocalDoc);
  const remove = async (ids: readonly string[]): Promise<void> => {
    for (let at = 0; at < ids.length; at += BATCH) await local.bulkRemove(ids.slice(at, at + BATCH) as string[]);
  };
  return {
    readEpoch: async () => (await readKind(EPOCH))[0]?.body as unknown as EpochNote | undefined,
    writeEpoch: (note) => write([{ id: `${EPOCH}:1`, kind: EPOCH, updatedAt: now(), body: { ...note } }]),
    addSeen: (ids) => {
      const updatedAt = now();
      return ids.length === 0 ? Promise.resolve() : write([{ id: `${SEEN}:${updatedAt}:${seenParts++}`, kind: SEEN, updatedAt, body: { ids: [...ids] } }]);
    },
    readSeen: async () => new Set((await readKind(SEEN)).flatMap((doc) => doc.body['ids'] as string[])),
    clearSeen: async () => remove((await readKind(SEEN)).map((doc) => doc.id)),
    readMissing: async () => (await readKind(MISSING)).map((doc) => doc.body as unknown as MissingNote),
    writeMissing: (notes) => write(notes.map((note) => ({ id: `${MISSING}:${note.id}`, kind: MISSING, updatedAt: now(), body: { ...note } }))),
    removeMissing: (ids) => remove(ids.map((id) => `${MISSING}:${id}`)),
  };
}
