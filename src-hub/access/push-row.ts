import { Compile } from 'typebox/compile';
import { bytesToHex, UUID_PATTERN } from '#shared/base/ids.ts';
import type { RejectReason } from '#shared/contract/errors.ts';
import { MAX_BODY_BYTES, MAX_CLAIM_BYTES, MAX_RECEIPT_BYTES, PushRowSchema, type PushRow, type WireRecord, type Wrap } from '#shared/contract/sync.ts';
import { claimSigningBytes, recordSigningBytes } from '#shared/contract/wire.ts';
import { entityDefinition, type EntityDefinition } from '#shared/entities.ts';
import type { Claim } from '#shared/schema/release.ts';
import { isRecordSignedBy, isSignedBy, sha256 } from '../identity/signatures.ts';
import type { Caller } from './caller.ts';

/** A pushed row whose shape and signatures hold; what remains needs the database. */
export interface Candidate {
  readonly rec: WireRecord;
  readonly assumed: string | null;
  readonly definition: EntityDefinition;
  /** SHA-256 of the body. */
  readonly sha: Uint8Array;
  /** The same in hexadecimal. */
  readonly shaHex: string;
  readonly claim: Claim | undefined;
  readonly claimSignature: string;
  readonly grants: readonly Wrap[];
}

export interface Refused {
  readonly id: string;
  readonly reason: RejectReason;
}

const rowShape = Compile(PushRowSchema);
const uuid = new RegExp(UUID_PATTERN);
/** content key ‖ tag, as HPKE seals it; under a bucket's key a nonce comes first. */
const HPKE_WRAP_BYTES = 32 + 16;
const WRAP_BYTES = 12 + HPKE_WRAP_BYTES;
/** Claims and receipts cross borders without a release, so they have no room for content. */
const MAX_BYTES_BY_BORDER = { release: MAX_BODY_BYTES, claim: MAX_CLAIM_BYTES, receipt: MAX_RECEIPT_BYTES } as const;
/** Instants are compared as text, so they must be written in one way: UTC. */
const UTC_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

/** The id of a row of any shape, or undefined where there is none and the whole request is refused. */
export function rowId(raw: unknown): string | undefined {
  if (typeof raw !== 'object' || raw === null || !('rec' in raw)) return undefined;
  const { rec } = raw;
  if (typeof rec !== 'object' || rec === null || !('id' in rec) || typeof rec.id !== 'string') return undefined;
  return uuid.test(rec.id) ? rec.id : undefined;
}

/** Checks what needs no database: shape, sizes, author, signatures. */
export function readRow(raw: unknown, id: string, caller: Caller): Candidate | Refused {
  const refuse = (reason: RejectReason): Refused => ({ id, reason });
  if (!rowShape.Check(raw)) return refuse('malformed');
  const row: PushRow = raw;
  const { rec } = row;
  if (!(rec.body instanceof Uint8Array) || !(rec.sig instanceof Uint8Array)) return refuse('malformed');
  const definition = entityDefinition(rec.entity);
  if (rec.body.length > MAX_BYTES_BY_BORDER[definition?.border ?? 'release']) return refuse('too-large');
  if (!definition || new Set(rec.audience).size !== rec.audience.length) return refuse('malformed');
  if (rec.ref !== '' && !uuid.test(rec.ref)) return refuse('malformed');
  const sha = sha256(rec.body);
  if (rec.author !== caller.device || !isRecordSignedBy(caller.signKey, recordSigningBytes(rec, sha), rec.sig)) return refuse('signature');
  const reason = wrapProblem(row) ?? claimProblem(row, definition, caller);
  if (reason) return refuse(reason);
  return {
    rec,
    definition,
    sha,
    assumed: row.assumed,
    shaHex: bytesToHex(sha),
    claim: row.claim?.claim,
    claimSignature: row.claim?.signature ?? '',
    grants: row.grants ?? [],
  };
}

/** Whether `value` was refused by {@link readRow}. */
export function isRefused(value: Candidate | Refused): value is Refused {
  return 'reason' in value;
}

/** A record carries one wrap for each bucket of its audience; a deleted one carries neither wraps nor body. */
function wrapProblem({ rec, grants }: PushRow): RejectReason | undefined {
  const wrapped = rec.wraps.filter((wrap) => !isDerived(wrap));
  if (rec.wraps.length - wrapped.length > 1 || ![...wrapped, ...(grants ?? [])].every(isWrap)) return 'malformed';
  if (rec.deleted) return rec.body.length === 0 && rec.wraps.length === 0 ? undefined : 'malformed';
  if (rec.body.length === 0 || hasDuplicates(rec.wraps) || hasDuplicates(grants ?? [])) return 'malformed';
  if (rec.audience.some((bucket) => !rec.wraps.some((wrap) => wrap.b === bucket))) return 'key-missing';
  return rec.wraps.every((wrap) => rec.audience.includes(wrap.b)) ? undefined : 'malformed';
}

function hasDuplicates(wraps: readonly Wrap[]): boolean {
  return new Set(wraps.map((wrap) => wrap.b)).size !== wraps.length;
}

/** Whether a record's content key follows from the key of this bucket, so that nothing is wrapped; one bucket of an audience at most. */
function isDerived({ k, e, eph }: Wrap): boolean {
  return k instanceof Uint8Array && k.length === 0 && e > 0 && eph === undefined;
}

/** Whether a wrap has the sizes of one. */
export function isWrap(wrap: Wrap): boolean {
  if (!(wrap.k instanceof Uint8Array) || wrap.k.length !== (wrap.e > 0 ? WRAP_BYTES : HPKE_WRAP_BYTES)) return false;
  if (wrap.e > 0) return wrap.eph === undefined;
  return wrap.b.startsWith('u:') && wrap.eph instanceof Uint8Array && wrap.eph.length === 32;
}

/** Claims travel with claim records only, are written in UTC and are signed by the pushing device with the role for it. */
function claimProblem(row: PushRow, definition: EntityDefinition, caller: Caller): RejectReason | undefined {
  const { claim: signed, rec } = row;
  if (definition.border !== 'claim' || rec.deleted) return signed || row.grants ? 'malformed' : undefined;
  if (!signed) return 'release-missing';
  const { claim } = signed;
  if (claim.kind === 'mandate' && row.grants) return 'malformed';
  if (![claim.signedAt, claim.expires].every((instant) => UTC_INSTANT.test(instant))) return 'malformed';
  if (claim.kind === 'mandate' && !claim.entities.every((entity) => entityDefinition(entity))) return 'malformed';
  if (claim.signer !== caller.device || caller.role !== 'ncb') return 'release-signer';
  return isSignedBy(caller.signKey, claimSigningBytes(claim), Buffer.from(signed.signature, 'base64url')) ? undefined : 'signature';
}
