import { Value } from 'typebox/value';
import type { Result } from '#shared/base/result.ts';
import { err, ok } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IpcRequest, PulledDoc, PullResult, PushResult } from '#shared/contract/ipc.ts';
import { MAX_PUSH_BYTES, type Directory, type PulledRow, type PushRow } from '#shared/contract/sync.ts';
import { entityDefinition } from '#shared/entities.ts';
import { ReleaseSchema, type ReleaseBody } from '#shared/schema/release.ts';
import { privateKeyOf, type Identity } from '../keys/identity.ts';
import { checkAnswer, PullAnswerSchema, PushAnswerSchema } from './answers.ts';
import type { HubClient } from './hub-client.ts';
import type { SealedVersion, SealLedger } from './seal-ledger.ts';
import { openRecord, sealRecord, wrapContentKey } from './sealing.ts';
import { bucketKeysOf, keyCount } from './unit-keys.ts';

/** What pulling and pushing need from the link. */
export interface ExchangeContext {
  readonly client: HubClient;
  readonly identity: () => Identity;
  readonly ledger: SealLedger;
  readonly directory: () => Directory | undefined;
  /** Fetches the directory again, for an author not in it yet. */
  readonly refreshDirectory: () => Promise<Directory | undefined>;
  /** Counts records that could not be opened. */
  readonly countUnreadable: (count: number) => void;
}

/**
 * Opens rows from the hub. A row that cannot be opened is counted, never guessed at; it comes again when a new key arrives,
 * because the cursor given to the window carries the number of keys held.
 */
async function openRows(rows: readonly PulledRow[], context: ExchangeContext): Promise<PulledDoc[]> {
  const docs: PulledDoc[] = [];
  const versions = new Map<string, SealedVersion>();
  const keys = bucketKeysOf(context.identity());
  let directory = context.directory();
  let unreadable = 0;
  for (const row of rows) {
    if ('gone' in row) {
      docs.push(row);
      continue;
    }
    const findAuthor = () => directory?.devices.find((device) => device.id === row.author);
    let author = findAuthor();
    if (!author) {
      directory = await context.refreshDirectory();
      author = findAuthor();
    }
    const opened = openRecord(row, author?.signKey, keys);
    if ('refused' in opened) {
      unreadable++;
      continue;
    }
    if ('deleted' in opened) {
      docs.push({ id: opened.deleted, gone: true });
      continue;
    }
    docs.push(opened.doc);
    if (entityDefinition(row.entity)?.border === 'release') versions.set(row.id, { rev: row.rev, sha256: opened.sha256, contentKey: opened.contentKey });
  }
  context.ledger.note(versions);
  if (unreadable > 0) context.countUnreadable(unreadable);
  return docs;
}

/** Splits the window's cursor into the number of keys it was made with and the hub's own cursor. */
function hubCursor(cursor: string, keys: number): { readonly hub: string; readonly fromStart: boolean } {
  const at = cursor.indexOf('~');
  const same = at > 0 && Number(cursor.slice(0, at)) === keys;
  return { hub: same ? cursor.slice(at + 1) : '', fromStart: !same };
}

/** Pulls one batch. A cursor made with fewer keys, or in another epoch of the hub, starts again from the beginning. */
export async function pullRecords(request: IpcRequest<'link.pull'>, context: ExchangeContext): Promise<Result<PullResult, AppError>> {
  const keys = keyCount(context.identity());
  const { hub, fromStart } = hubCursor(request.cursor, keys);
  if (fromStart) context.countUnreadable(-1);
  const fetch = async (cursor: string) => checkAnswer(PullAnswerSchema, await context.client.request('GET', `/v1/pull?cursor=${encodeURIComponent(cursor)}&limit=${request.limit}`));
  let answer = await fetch(hub);
  if (!answer.ok && answer.error.code === 'hub-outdated' && hub !== '') answer = await fetch('');
  if (!answer.ok) return answer;
  const docs = await openRows(answer.value.rows as readonly PulledRow[], context);
  return ok({ docs, cursor: `${keys}~${answer.value.cursor}`, done: answer.value.done });
}

/** The claim a release record carries, and the wraps that let its audience read the released record. */
function claimParts(body: Record<string, unknown>, context: ExchangeContext): Pick<PushRow, 'claim' | 'grants'> {
  if (!Value.Check(ReleaseSchema, body)) return {};
  const claim: ReleaseBody = body;
  if (claim.claim.kind !== 'release') return { claim };
  const version = context.ledger.get(claim.claim.record);
  if (version?.rev !== claim.claim.rev) return { claim };
  const wrapped = wrapContentKey(version.contentKey, claim.claim.record, claim.claim.rev, claim.claim.audience, bucketKeysOf(context.identity()));
  return 'wraps' in wrapped ? { claim, grants: wrapped.wraps } : { claim };
}

/** Rows in requests the hub accepts: each stays under {@link MAX_PUSH_BYTES} with room for what is not the body. */
function splitBySize(rows: readonly PushRow[]): PushRow[][] {
  const parts: PushRow[][] = [];
  let sizeBytes = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const rowBytes = row.rec.body.length + 4096;
    if (sizeBytes + rowBytes > MAX_PUSH_BYTES / 2) {
      parts.push([]);
      sizeBytes = 0;
    }
    parts.at(-1)?.push(row);
    sizeBytes += rowBytes;
  }
  return parts;
}

/** Seals, signs and pushes rows; a row that cannot be sealed is rejected here with its reason, the others go. */
export async function pushRecords(request: IpcRequest<'link.push'>, context: ExchangeContext): Promise<Result<PushResult, AppError>> {
  const identity = context.identity();
  const keys = bucketKeysOf(identity);
  if (!keys.own) return err({ code: 'device-unadmitted' });
  const signKey = privateKeyOf(identity.signKey);
  const rows: PushRow[] = [];
  const rejected: { id: string; reason: string }[] = [];
  for (const { doc, assumed } of request.rows) {
    // The hub takes a version only from the device that signs it: a row of another author was pulled, not written here.
    const sealed = sealRecord({ ...doc, author: identity.deviceId }, signKey, keys);
    if ('missing' in sealed) rejected.push({ id: doc.id, reason: 'key-missing' });
    else if ('tooLarge' in sealed) rejected.push({ id: doc.id, reason: 'too-large' });
    else rows.push({ rec: sealed.rec, assumed, ...(entityDefinition(doc.entity)?.border === 'claim' && !doc._deleted ? claimParts(doc.body, context) : {}) });
  }
  const conflicts: PulledDoc[] = [];
  for (const part of splitBySize(rows)) {
    const answer = checkAnswer(PushAnswerSchema, await context.client.request('POST', '/v1/push', { rows: part }));
    if (!answer.ok) return answer;
    conflicts.push(...(await openRows(answer.value.conflicts as readonly PulledRow[], context)));
    rejected.push(...answer.value.rejected);
  }
  return ok({ conflicts, rejected });
}
