import type { BulkWriteRow, RxCollection } from 'rxdb/plugins/core';
import { HLC_ZERO } from '#shared/base/time.ts';
import type { RecordVersion } from '#shared/domain/record/explain.ts';
import { OWNER_SELF, type SuarRecord } from '#shared/schema/record.ts';
import type { LocalDoc } from './record-schema.ts';

/** A version of a record that another one has replaced. */
export interface ReplacedVersion {
  readonly record: SuarRecord;
  /** Token of the version that took its place on this device. */
  readonly replacedBy: string;
  /** Of a version that came from the hub and was merged, never in force here: token of the one it grew from; empty where that is not known. */
  readonly grewFrom?: string;
}

/** Kind of the notes of {@link noteId}. */
const PURGE_KIND = 'purge';

type Local = RxCollection<LocalDoc>;
type Row = BulkWriteRow<SuarRecord>;

/** The two collections of a store. */
interface Collections {
  readonly record: RxCollection<SuarRecord>;
  readonly local: Local;
}

/** The kind of the `local` documents that hold the replaced versions of one record: `v:` and the 16 bytes of its id as base64url, 24 characters. */
function kindOf(id: string): string {
  const bytes = id
    .replaceAll('-', '')
    .match(/../g)
    ?.map((hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return `v:${btoa((bytes ?? []).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')}`;
}

function plain(doc: SuarRecord): SuarRecord {
  return Object.fromEntries(Object.entries(doc).filter(([field]) => !field.startsWith('_'))) as unknown as SuarRecord;
}

function versionId(id: string, rev: string): string {
  return `version:${id}:${rev}`;
}

function toVersionDoc({ record, ...chain }: ReplacedVersion): LocalDoc {
  const { id, updatedAt, rev } = record;
  return { id: versionId(id, rev), kind: kindOf(id), updatedAt, body: { record: plain(record), ...chain } };
}

/** Keeps versions on this device, sealed and journaled as every `local` document. On disk when it resolves; answers those that were kept already, which stay as they are. */
export async function keepVersions(local: Local, versions: readonly ReplacedVersion[]): Promise<readonly ReplacedVersion[]> {
  if (versions.length === 0) return [];
  const { error } = await local.bulkInsert(versions.map(toVersionDoc));
  const known = new Set(error.map(({ documentId }) => documentId));
  return versions.filter((version) => known.has(toVersionDoc(version).id));
}

/** Keeps a version of the hub that a merge takes in; one that was in force here is kept already and stays so. A merge may be made anew: the last one counts. On disk when it resolves. */
export async function keepMet(local: Local, version: ReplacedVersion): Promise<void> {
  const doc = toVersionDoc(version);
  const kept = await local.findOne(doc.id).exec();
  if (kept && kept.body['grewFrom'] === undefined) return;
  await local.bulkUpsert([doc]);
}

/** Whether version `rev` of record `id` was in force on this device and `later` came from it there: every version in between took the place of the one before. */
export async function isGrownFrom(local: Local, id: string, rev: string, later: string): Promise<boolean> {
  const passed = new Set<string>();
  for (let at = rev; at !== later;) {
    passed.add(at);
    const doc = await local.findOne(versionId(id, at)).exec();
    const version = doc?.toMutableJSON().body as unknown as ReplacedVersion | undefined;
    if (version === undefined || version.grewFrom !== undefined || passed.has(version.replacedBy)) return false;
    at = version.replacedBy;
  }
  return true;
}

/** `current` and the newest `most` - 1 versions it replaced, newest first. */
export async function readHistory(local: Local, current: SuarRecord, most: number): Promise<RecordVersion[]> {
  // one more than is shown, so that the last one shown knows what it grew from
  const docs = await local.find({ selector: { kind: kindOf(current.id) }, sort: [{ updatedAt: 'desc' }, { id: 'desc' }], limit: most }).exec();
  const replaced = docs.map((doc) => doc.toMutableJSON().body as unknown as ReplacedVersion);
  const inForce = new Map<string, string>();
  const joined = new Map<string, string>();
  for (const { record, replacedBy, grewFrom } of replaced) (grewFrom === undefined ? inForce : joined).set(replacedBy, record.rev);
  const versions = [{ record: current, replacedBy: '' }, ...replaced.filter(({ record }) => record.rev !== current.rev)] satisfies ReplacedVersion[];
  return versions.slice(0, most).map(({ record, grewFrom }: ReplacedVersion) => ({ record, grewFrom: grewFrom ?? inForce.get(record.rev), joined: joined.get(record.rev) }));
}

/** Whether a write replaces a version somebody could have read; a record that only gets its unit at enrolment is the same one. */
function isReplacing({ document, previous }: Row): boolean {
  return previous !== undefined && !previous._deleted && !document._deleted && previous.rev !== document.rev && (previous.owner !== OWNER_SELF || document.owner === OWNER_SELF);
}

/** The note that the versions of a record have to go, so that a crash cannot leave them behind. */
function noteId(id: string): string {
  return `${PURGE_KIND}:${id}`;
}

async function idsWithVersions(local: Local, ids: readonly string[]): Promise<string[]> {
  const counts = await Promise.all(ids.map((id) => local.count({ selector: { kind: kindOf(id) } }).exec()));
  return ids.filter((_, i) => (counts[i] ?? 0) > 0);
}

/** Removes the versions of those records among `ids` that are gone, and the notes. */
async function dropVersions({ record, local }: Collections, ids: readonly string[]): Promise<void> {
  const stored = await record.storageInstance.findDocumentsById([...ids], true);
  const live = new Set(stored.filter((doc) => !doc._deleted).map((doc) => doc.id));
  for (const id of ids) if (!live.has(id)) await local.find({ selector: { kind: kindOf(id) } }).remove();
  await local.bulkRemove(ids.map(noteId));
}

/**
 * From now on every version of a record that another one replaces is kept, whoever wrote it and whichever way it came: edits, merges and what sync brings
 * all pass through the same write. It is on disk before the new one, so no crash takes it. A record that is gone takes its versions with it;
 * what a crash left of them goes before this resolves.
 */
export async function keepReplaced(collections: Collections): Promise<void> {
  const { record, local } = collections;
  const { storageInstance: storage } = record;
  const write = storage.bulkWrite.bind(storage);
  storage.bulkWrite = async (rows, context) => {
    const replaced = rows.filter(isReplacing).flatMap(({ document, previous }) => (previous ? [{ record: previous, replacedBy: document.rev }] : []));
    const known = await keepVersions(local, replaced);
    const ending = await idsWithVersions(
      local,
      rows.flatMap(({ document, previous }) => (document._deleted && previous && !previous._deleted ? [document.id] : [])),
    );
    if (ending.length > 0) await local.bulkUpsert(ending.map((id) => ({ id: noteId(id), kind: PURGE_KIND, updatedAt: HLC_ZERO, body: { record: id } })));
    const written = await write(rows, context);
    // kept before for a write that failed: what takes its place is known only now
    const failed = new Set(written.error.map(({ documentId }) => documentId));
    const mended = known.filter((version) => !failed.has(version.record.id));
    if (mended.length > 0) await local.bulkUpsert(mended.map(toVersionDoc));
    if (ending.length > 0) await dropVersions(collections, ending);
    return written;
  };
  const left = await local.find({ selector: { kind: PURGE_KIND } }).exec();
  if (left.length > 0)
    await dropVersions(
      collections,
      left.map((note) => String(note.body['record'])),
    );
}
