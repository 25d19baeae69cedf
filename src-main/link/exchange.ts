import { Value } from 'typebox/value';
import type { Result } from '#shared/base/result.ts';
import { err, ok } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IpcRequest, PulledDoc, Replicated, PullResult, PushResult } from '#shared/contract/ipc.ts';
import { MAX_MET_DEVICES, type Directory, type PullAnswer, type PulledRow, type PushRow, type WireRecord } from '#shared/contract/sync.ts';
import { claimSigningBytes, recordSigningBytes } from '#shared/contract/wire.ts';
import { ENTITIES, ENTITY_NAMES, entityDefinition } from '#shared/entities.ts';
import { ReleaseSchema, type ReleaseBody } from '#shared/schema/release.ts';
import { privateKeyOf, type Identity } from '../keys/identity.ts';
import { checkAnswer, PullAnswerSchema } from './answers.ts';
import type { FrameReader, ParcelReader } from './frame-reader.ts';
import type { HubClient } from './hub-client.ts';
import { makeParcels, restoreBodies, type Texts } from './parcels.ts';
import type { PushPace } from './push-pace.ts';
import { pushInParts } from './push-parts.ts';
import type { SealedVersion, SealLedger } from './seal-ledger.ts';
import { openRecord, sealRecord, wrapContentKey, type BucketKeys } from './sealing.ts';
import { isRecordSignedBy, sha256, verifySignature, type UnsignedRow } from './signing.ts';
import { bucketKeysOf, keyCount } from './unit-keys.ts';
import type { Unsettled } from './unsettled.ts';
import { pinnedSignKey } from './unit-secret.ts';

/** What sealing and opening rows need from the link. */
export interface RowContext {
  readonly identity: () => Identity;
  readonly ledger: Pick<SealLedger, 'get' | 'note'>;
  readonly directory: () => Directory | undefined;
  /** Fetches what changed in the directory, and asks who the devices `met` are that are not in it yet. */
  readonly refreshDirectory: (met?: readonly string[]) => Promise<Directory | undefined>;
  /** Hears what the hub says is gone, before the window does. */
  readonly expectPurge: (ids: readonly string[]) => void;
  /** Counts records that could not be opened. */
  readonly countUnreadable: (count: number) => void;
}

/** What pulling and pushing need besides. */
export interface ExchangeContext extends RowContext {
  readonly client: Pick<HubClient, 'request'>;
  readonly frames: Pick<FrameReader, 'take'>;
  readonly pushPace: PushPace;
  /** Hears which versions leave for the hub. */
  readonly sending?: Unsettled['sending'];
}

const DEVICE_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Plain text opened from one answer at most, in bytes; a larger page is asked for again in smaller ones. */
const MAX_PAGE_BYTES = 64 * 1024 * 1024;

/** What the rows of an answer came to. */
export interface OpenedRows {
  readonly docs: PulledDoc[];
  /** Ids of records that could not be opened or failed their checks. */
  readonly unreadable: readonly string[];
  /** The page unfolded to more than {@link MAX_PAGE_BYTES}: nothing of it was used. */
  readonly tooLarge: boolean;
}

/** Signing keys by device: the one first seen, else the directory's. Asks who a device is that is in neither, and with it who of `authors` is in neither. */
function authorKeys(context: RowContext, authors: readonly string[]): (device: string) => Promise<Uint8Array | undefined> {
  const asked = new Set<string>();
  const known = (device: string) => pinnedSignKey(context.identity(), device) ?? context.directory()?.devices.find((each) => each.id === device)?.signKey;
  return async (device) => {
    const key = known(device);
    if (key || asked.has(device)) return key;
    const met = [...new Set([device, ...authors])].filter((each) => DEVICE_ID.test(each) && !asked.has(each) && !known(each)).slice(0, MAX_MET_DEVICES);
    for (const each of [device, ...met]) asked.add(each);
    await context.refreshDirectory(met);
    return known(device);
  };
}

/** Opens parcels with the keys of this device. */
export function createParcelReader(context: RowContext): ParcelReader {
  return {
    restore: (records, parcels) => restoreBodies(records, parcels, bucketKeysOf(context.identity())),
    areSigned: async (records) => {
      const keyOf = authorKeys(
        context,
        records.map(({ author }) => author),
      );
      for (const rec of records) {
        const key = await keyOf(rec.author);
        if (!key || !isRecordSignedBy(key, recordSigningBytes(rec, sha256(rec.body)), rec.sig)) return false;
      }
      return true;
    },
  };
}

/** Whether the claim a record carries is signed by the device it names. */
async function isSignedClaim(body: unknown, keyOf: (device: string) => Promise<Uint8Array | undefined>): Promise<boolean> {
  if (!Value.Check(ReleaseSchema, body)) return false;
  const signer = await keyOf(body.claim.signer);
  return signer !== undefined && verifySignature(signer, claimSigningBytes(body.claim), Buffer.from(body.signature, 'base64url'));
}

/**
 * Opens rows from the hub. A row that cannot be opened is named, never guessed at; it comes again when a new key arrives or
 * this version learns a new schema, because the cursor given to the window carries both.
 */
export async function openRows(rows: readonly PulledRow[], context: RowContext): Promise<OpenedRows> {
  const docs: PulledDoc[] = [];
  const versions = new Map<string, SealedVersion>();
  const unreadable: string[] = [];
  let keys = bucketKeysOf(context.identity());
  let isFresh = false;
  const keyOf = authorKeys(
    context,
    rows.flatMap((row) => ('gone' in row ? [] : [row.author])),
  );
  let plainBytes = 0;
  for (const row of rows) {
    if ('gone' in row) {
      docs.push(row);
      continue;
    }
    if (!isFresh && isSealedUnderNext(row, keys)) {
      // a colleague was faster to rotate: the key is at the hub already
      await context.refreshDirectory();
      keys = bucketKeysOf(context.identity());
      isFresh = true;
    }
    const opened = openRecord(row, await keyOf(row.author), keys);
    if ('deleted' in opened) {
      docs.push({ id: opened.deleted, gone: true, signed: true });
      continue;
    }
    const border = entityDefinition(row.entity)?.border;
    if ('refused' in opened || (border === 'claim' && !(await isSignedClaim(opened.doc.body, keyOf)))) {
      unreadable.push(row.id);
      continue;
    }
    plainBytes += opened.plainBytes;
    if (plainBytes > MAX_PAGE_BYTES && rows.length > 1) return { docs: [], unreadable: [], tooLarge: true };
    docs.push(row.past ? { ...opened.doc, past: true } : opened.doc);
    if (border === 'release') versions.set(row.id, { rev: row.rev, sha256: opened.sha256, contentKey: opened.contentKey });
  }
  context.ledger.note(versions);
  context.expectPurge(docs.flatMap((doc) => ('gone' in doc ? [doc.id] : [])));
  return { docs, unreadable, tooLarge: false };
}

/** Whether a wrap is of an epoch that follows one this device holds. */
function isSealedUnderNext(row: WireRecord, keys: BucketKeys): boolean {
  return row.wraps.some(({ b, e }) => e > (keys.current(b)?.epoch ?? e));
}

/** Grows when an entity's schema does: records of a newer version, skipped until then, are pulled again. Far above any number of keys. */
const SCHEMA_GENERATION = ENTITY_NAMES.reduce((sum, name) => sum + ENTITIES[name].version - 1, 0) * 1_000_000;

/** Rows of one page of the urgent lanes: about what a slow line carries in two seconds. */
const URGENT_ROWS = 25;

/** A page of what the urgent lanes have behind a cursor; `isHeld`: the hub waits some 20 s for rows where it has none. */
export async function pullUrgent(client: Pick<HubClient, 'request'>, cursor: string, isHeld = false): Promise<Result<PullAnswer, AppError>> {
  return checkAnswer(PullAnswerSchema, await client.request('GET', `/v1/pull?lane=urgent&cursor=${encodeURIComponent(cursor)}&limit=${URGENT_ROWS}${isHeld ? '&hold=1' : ''}`)) as Result<
    PullAnswer,
    AppError
  >;
}

/** Whether a pull from the window's cursor has its answer here already, hub or no hub. */
export function isPullReady(cursor: string, identity: Identity, frames: FrameReader): boolean {
  const { hub, fromStart } = hubCursor(cursor, keyGeneration(identity));
  return !fromStart && frames.has(hub);
}

/** Splits the window's cursor into the number of keys it was made with and the hub's own cursor. */
export function hubCursor(cursor: string, keys: number): { readonly hub: string; readonly fromStart: boolean } {
  const at = cursor.indexOf('~');
  const same = at > 0 && Number(cursor.slice(0, at)) === keys;
  return { hub: same ? cursor.slice(at + 1) : '', fromStart: !same };
}

/** What a cursor of the window is made with: the number of keys held, and the generation of the schemas. */
export function keyGeneration(identity: Identity): number {
  return keyCount(identity) + SCHEMA_GENERATION;
}

/** Pulls one batch. A cursor made with fewer keys, or in another epoch of the hub, starts again from the beginning. */
export async function pullRecords(request: IpcRequest<'link.pull'>, context: ExchangeContext): Promise<Result<PullResult, AppError>> {
  const keys = keyGeneration(context.identity());
  const { hub, fromStart } = hubCursor(request.cursor, keys);
  if (fromStart) context.countUnreadable(-1);
  let limit = request.limit;
  // Where a frame unfolds to too much, smaller pages take its place once.
  const fetch = async (cursor: string) =>
    limit === request.limit ? context.frames.take(cursor, limit) : checkAnswer(PullAnswerSchema, await context.client.request('GET', `/v1/pull?cursor=${encodeURIComponent(cursor)}&limit=${limit}`));
  let from = hub;
  for (;;) {
    const answer = await fetch(from);
    if (!answer.ok && answer.error.code === 'hub-outdated' && from !== '') {
      from = '';
      continue;
    }
    if (!answer.ok) return answer;
    const rows = answer.value.rows as readonly PulledRow[];
    const { docs, unreadable, tooLarge } = await openRows(rows, context);
    if (tooLarge) {
      limit = Math.ceil(Math.min(limit, rows.length) / 8);
      continue;
    }
    if (unreadable.length > 0) context.countUnreadable(unreadable.length);
    return ok({ docs, cursor: `${keys}~${answer.value.cursor}`, done: answer.value.done });
  }
}

/** The claim a release record carries, and the wraps that let its audience read the released record. */
function claimParts(body: Record<string, unknown>, context: RowContext): Pick<PushRow, 'claim' | 'grants'> {
  if (!Value.Check(ReleaseSchema, body)) return {};
  const claim: ReleaseBody = body;
  if (claim.claim.kind !== 'release') return { claim };
  const version = context.ledger.get(claim.claim.record);
  if (version?.rev !== claim.claim.rev) return { claim };
  const wrapped = wrapContentKey(version.contentKey, claim.claim.record, claim.claim.rev, claim.claim.audience, bucketKeysOf(context.identity()));
  return 'wraps' in wrapped ? { claim, grants: wrapped.wraps } : { claim };
}

/** The buckets of an audience that reach no other country than the owner's; the owner's own where the directory is not known. */
function homeBuckets({ owner, audience }: Replicated, directory: Directory | undefined): string[] {
  const countryOf = new Map(directory?.units.map(({ id, country }) => [id, country]));
  const membersOf = new Map(directory?.buckets.map(({ id, members }) => [id, members]));
  const isHome = (bucket: string): boolean => bucket !== 'community' && (membersOf.get(bucket) ?? [undefined]).every((unit) => unit !== undefined && countryOf.get(unit) === countryOf.get(owner));
  return audience.filter((bucket) => bucket === `u:${owner}` || isHome(bucket));
}

/** Rows sealed, to be signed; one that cannot be is named with its reason. */
export interface SealedRows {
  readonly rows: readonly UnsignedRow[];
  /** What was sealed, for parcels: goes nowhere else. */
  readonly texts: Texts;
  readonly rejected: readonly { readonly id: string; readonly reason: string }[];
}

/** Seals rows for the hub. Errors: `device-unadmitted`. */
export function sealRows(request: IpcRequest<'link.push'>, context: RowContext): Result<SealedRows, AppError> {
  const identity = context.identity();
  const keys = bucketKeysOf(identity);
  if (!keys.own) return err({ code: 'device-unadmitted' });
  const rows: UnsignedRow[] = [];
  const texts = new Map<string, string>();
  const rejected: { id: string; reason: string }[] = [];
  for (const { doc: asked, assumed, home } of request.rows) {
    const doc = home ? { ...asked, audience: homeBuckets(asked, context.directory()) } : asked;
    // The hub takes a version only from the device that signs it: a row of another author was pulled, not written here.
    const sealed = sealRecord({ ...doc, author: identity.deviceId }, keys);
    if ('missing' in sealed) rejected.push({ id: doc.id, reason: 'key-missing' });
    else if ('tooLarge' in sealed) rejected.push({ id: doc.id, reason: 'too-large' });
    else {
      if (sealed.text !== '') texts.set(doc.id, sealed.text);
      rows.push({ rec: sealed.rec, assumed, ...(entityDefinition(doc.entity)?.border === 'claim' && !doc._deleted ? claimParts(doc.body, context) : {}) });
    }
  }
  return ok({ rows, texts, rejected });
}

/** Seals, signs and pushes rows; what was sealed under a key that has had its day is sealed again under the next, once. */
export async function pushRecords(request: IpcRequest<'link.push'>, context: ExchangeContext): Promise<Result<PushResult, AppError>> {
  const first = await pushOnce(request, context);
  const stale = new Set(first.ok ? first.value.rejected.filter(({ reason }) => reason === 'key-stale').map(({ id }) => id) : []);
  if (!first.ok || stale.size === 0) return first;
  await context.refreshDirectory();
  const again = await pushOnce({ ...request, rows: request.rows.filter(({ doc }) => stale.has(doc.id)) }, context);
  if (!again.ok) return again;
  return ok({ conflicts: [...first.value.conflicts, ...again.value.conflicts], rejected: [...first.value.rejected.filter(({ id }) => !stale.has(id)), ...again.value.rejected] });
}

/** A row that cannot be sealed is rejected here with its reason, the others go. */
async function pushOnce(request: IpcRequest<'link.push'>, context: ExchangeContext): Promise<Result<PushResult, AppError>> {
  const sealed = sealRows(request, context);
  if (!sealed.ok) return sealed;
  const { rows, texts } = sealed.value;
  const identity = context.identity();
  const rejected = [...sealed.value.rejected];
  const conflicts: PulledDoc[] = [];
  const sent = await pushInParts(
    rows,
    { ...context, epoch: request.epoch, signKey: privateKeyOf(identity.signKey), parcels: (part) => makeParcels(part, texts, bucketKeysOf(identity)) },
    async (answer) => {
      const opened = await openRows(answer.conflicts, context);
      conflicts.push(...opened.docs);
      // A version in the way that cannot be read here is no acceptance: the edit is set aside and the officer told.
      const unread = opened.tooLarge ? answer.conflicts.map(({ id }) => id) : opened.unreadable;
      rejected.push(...answer.rejected, ...unread.map((id) => ({ id, reason: 'unreadable' })));
    },
  );
  return sent.ok ? ok({ conflicts, rejected }) : sent;
}
