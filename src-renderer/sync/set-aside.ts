import type { SuarDatabase } from '../db/open-database.ts';
import { isGrownFrom, keepMet, type ReplacedVersion } from '../db/versions.ts';
import type { LocalDoc } from '../db/record-schema.ts';
import type { SuarRecord } from '#shared/schema/record.ts';

/** Kind of a `local` document that keeps an edit the hub did not take. */
export const REJECTED_KIND = 'rejected';

/**
 * Why an edit was set aside: a reason of the hub (REJECT_REASONS), `gone` (the record was deleted or withdrawn meanwhile),
 * `deleted-here` (this device deleted the record while another edited it) or `unreadable` (a pulled record does not fit its schema).
 */
export type SetAsideReason = string;

/** An edit set aside, with the full copy the officer can look at, take up again or dismiss. */
export interface SetAsideEdit {
  readonly reason: SetAsideReason;
  readonly entity: string;
  readonly recordId: string;
  /** The hub never had this record: it stays in the store as it is, and this marks it. */
  readonly neverAccepted: boolean;
  readonly record: SuarRecord;
}

/** Keeps edits that could not be synced, in the `local` collection (sealed, this device only). Cleared by the officer, one by one. */
export interface SetAside {
  /** On disk when it resolves. The same version twice is kept once. */
  readonly keep: (edit: Omit<SetAsideEdit, 'entity' | 'recordId'>) => Promise<void>;
  /** Keeps a version of the hub that a merge takes in and that was never in the store, for the history. On disk when it resolves. */
  readonly keepMet: (version: ReplacedVersion) => Promise<void>;
  /** Whether version `rev` of record `id` was in force here and `later` grew from it. */
  readonly isGrownFrom: (id: string, rev: string, later: string) => Promise<boolean>;
  /** Ids of records marked as never accepted. */
  readonly loadNeverAccepted: () => Promise<Set<string>>;
  /**
   * Removes the mark of a record that the hub has. What was refused stays set aside as any edit, and its token is answered, unless the version the hub took is as new:
   * `accepted` is its clock reading.
   */
  readonly unmark: (recordId: string, accepted?: string) => Promise<string | undefined>;
}

function markId(recordId: string): string {
  return `${REJECTED_KIND}:${recordId}:new`;
}

/** Creates the set-aside store of an open database; `now` gives clock readings. */
export function createSetAside(db: SuarDatabase, now: () => string): SetAside {
  const local = db.collections.local;
  const keep: SetAside['keep'] = async ({ reason, neverAccepted, record }) => {
    const edit: SetAsideEdit = { reason, entity: record.entity, recordId: record.id, neverAccepted, record };
    const id = neverAccepted ? markId(record.id) : `${REJECTED_KIND}:${record.id}:${record.rev}`;
    const doc: LocalDoc = { id, kind: REJECTED_KIND, updatedAt: now(), body: edit as unknown as LocalDoc['body'] };
    await local.incrementalUpsert(doc);
  };
  return {
    keep,
    keepMet: (version) => keepMet(local, version),
    isGrownFrom: (id, rev, later) => isGrownFrom(local, id, rev, later),
    loadNeverAccepted: async () => {
      const docs = await local.find({ selector: { kind: REJECTED_KIND } }).exec();
      const edits = docs.map((doc) => doc.toMutableJSON().body as unknown as SetAsideEdit);
      return new Set(edits.filter((edit) => edit.neverAccepted).map((edit) => edit.recordId));
    },
    unmark: async (recordId, accepted = '') => {
      const doc = await local.findOne(markId(recordId)).exec();
      if (!doc) return undefined;
      const { reason, record } = doc.toMutableJSON().body as unknown as SetAsideEdit;
      const isContained = accepted >= record.updatedAt;
      if (!isContained) await keep({ reason, neverAccepted: false, record });
      await doc.incrementalRemove();
      return isContained ? undefined : record.rev;
    },
  };
}
