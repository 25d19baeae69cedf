import type { Tombstone } from '#shared/contract/sync.ts';
import { NOBODY } from './after-restore.ts';
import type { SuarRecord } from '#shared/schema/record.ts';

/** A record as the link to the hub carries it inside the device: opened, or marked deleted. */
export type LinkRecord = SuarRecord & {
  readonly _deleted: boolean;
  /** On a pulled record: the hub had this version when it was restored. Never stored. */
  readonly past?: boolean;
};

/** What a pull or a conflict brings: a record, or the word that it is gone for this device. */
export type LinkDoc = LinkRecord | Tombstone;

/** One edit on its way to the hub. */
export interface LinkPushRow {
  readonly doc: LinkRecord;
  /** `rev` of the version at the hub the edit grew from, or null where the hub has none. */
  readonly assumedRev: string | null;
  /** Only to buckets of the author's own country: a release that reached further covers no later push. */
  readonly home?: boolean;
}

/** The hub's answer to a push; a row it does not name was accepted. The hub compares `assumedRev` before it judges rights. */
export interface LinkPushAnswer {
  readonly conflicts: readonly LinkDoc[];
  readonly rejected: readonly { readonly id: string; readonly reason: string }[];
}

/** One stretch of changes in hub order. */
export interface LinkPullAnswer {
  readonly docs: readonly LinkDoc[];
  /** Opaque (`epoch:xid:pos`); covers exactly `docs` and everything before. */
  readonly cursor: string;
  readonly done: boolean;
}

/**
 * The way to the hub. The data worker has no network: these calls go to the UI and from there to main, which seals, signs and sends.
 * They reject with `{code}` of contract/errors.ts while the hub cannot be reached; nothing is lost then, the caller tries again.
 */
export interface SyncLink {
  /** @param epoch the hub's epoch the bases of the rows are of; in another one the hub takes none and the call rejects with `hub-outdated`. */
  readonly push: (rows: readonly LinkPushRow[], epoch?: string) => Promise<LinkPushAnswer>;
  /** @param cursor of the last answer, or null for the beginning. @param limit most documents, 1 to 500. */
  readonly pull: (cursor: string | null, limit: number) => Promise<LinkPullAnswer>;
  /** The answer a courier brought, while one is open; else its calls reject with `hub-unreachable`. */
  readonly carried?: Pick<SyncLink, 'push' | 'pull'>;
  /** Says that the store removed these; answers what else it was told to remove and has not said so of. */
  readonly purged?: (ids: readonly string[]) => Promise<readonly string[]>;
}

/** Whether a pulled document says that a record is gone, deleted or no longer visible alike. */
export function isGone(doc: LinkDoc): doc is Tombstone | (SuarRecord & { readonly _deleted: true }) {
  return 'gone' in doc || doc._deleted;
}

/** Whether the word that a record is gone is the hub's alone: nobody signed a deletion. */
export function isUnproven(doc: LinkDoc): boolean {
  return 'gone' in doc && doc.signed !== true;
}

/** Whether two versions are the same for the hub: both deleted, or one token and one audience (a release adds readers without a new token). */
export function isSameVersion(a: LinkRecord, b: LinkRecord): boolean {
  if (a._deleted || b._deleted) return a._deleted === b._deleted;
  return a.rev === b.rev && a.audience.join(' ') === b.audience.join(' ');
}

/** `record` as a deleted document: the envelope stays valid, the content is gone. */
export function toDeleted(record: SuarRecord): LinkRecord {
  return { ...record, conflicts: [], body: {}, _deleted: true };
}

/** `record` as the hub's word that it is gone: no deletion of this device. */
export function toGone(record: SuarRecord): LinkRecord {
  return { ...toDeleted(record), author: NOBODY };
}

/** RxDB hands over read-only documents with its own fields; the link carries the envelope and `_deleted`. */
export function toLinkRecord(doc: object): LinkRecord {
  const fields = Object.entries(doc).filter(([field]) => !field.startsWith('_') || field === '_deleted');
  return Object.fromEntries(fields) as unknown as LinkRecord;
}
