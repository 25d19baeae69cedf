/**
 * Which versions of records have arrived although nobody heard so: a device whose push was cut asks before it sends its rows again. Part of the protocol of sync.ts, version 1.
 *   POST /v1/push/known {@link KnownQuestion} -> {@link KnownAnswer}; 409 {error:'epoch'} as for a push.
 * A version is known where it is the hub's newest of that record and the asking device pushed it: pushed again it would be accepted without effect. Of all others the hub says nothing, so
 * they are pushed, and judged as ever: also those that another version has followed since, which come back as conflicts.
 */
import { Type } from 'typebox';
import { packHex, packId, unpackHex, unpackId, type PackedText } from './packed-rows.ts';
import { MAX_PUSH_ROWS } from './sync.ts';

/** A version: the record's id and `rev`. */
export interface Version {
  readonly id: string;
  readonly rev: string;
}

/** What a device asks about, in the order of its rows; 31 bytes each. */
export interface KnownQuestion {
  readonly versions: readonly (readonly [id: PackedText, rev: PackedText])[];
  readonly epoch?: PackedText;
}

/** Places of versions that are not known. */
export interface KnownAnswer {
  readonly others: readonly number[];
}

export const KnownQuestionSchema = Type.Object(
  { versions: Type.Array(Type.Unknown(), { minItems: 1, maxItems: MAX_PUSH_ROWS }), epoch: Type.Optional(Type.Unknown()) },
  { additionalProperties: false },
);

/** Asks about versions, at most MAX_PUSH_ROWS of them. */
export function packKnownQuestion(versions: readonly Version[], epoch?: string): KnownQuestion {
  return { versions: versions.map(({ id, rev }) => [packId(id), packHex(rev)] as const), ...(epoch ? { epoch: packId(epoch) } : {}) };
}

/** The versions of a question from outside, and the epoch as it is; undefined where they are none. */
export function readKnownQuestion({
  versions,
  epoch,
}: {
  readonly versions: readonly unknown[];
  readonly epoch?: unknown;
}): { readonly versions: readonly Version[]; readonly epoch: unknown } | undefined {
  const read = versions.map((version): readonly unknown[] => (Array.isArray(version) && version.length === 2 ? [unpackId(version[0]), unpackHex(version[1])] : []));
  if (!read.every((texts): texts is readonly [string, string] => texts.length === 2 && texts.every((text) => typeof text === 'string' && text.length <= MAX_TEXT))) return undefined;
  return { versions: read.map(([id, rev]) => ({ id, rev })), epoch: unpackId(epoch) };
}

/** Ids have 36 characters, tokens 24. */
const MAX_TEXT = 36;
