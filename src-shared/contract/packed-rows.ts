import { bytesToHex, UUID_PATTERN } from '../base/ids.ts';
import { packSignatures, unpackSignatures, type PackedGroup, type Sha256 } from './signature-group.ts';
import type { PulledRow, WireRecord, Wrap } from './sync.ts';
import { recordSigningBytes } from './wire.ts';

type Head = readonly [entity: string, owner: string, audience: readonly string[], tlp: string, deleted: boolean, author: Uint8Array, past?: boolean];
/** Bucket as its place in the audience (its name where it is not in it), epoch, wrapped key, ephemeral key where the epoch is 0. */
type PackedWrap = readonly [bucket: number | string, epoch: number, key: Uint8Array, ephemeral?: Uint8Array];

/**
 * Rows by column, as frames and pushes carry them (contract/sync.ts FRAMES): what repeats is said once, ids are 16 bytes, and what
 * cannot be compressed stands together. A list, because names would weigh more than much of what they name where a push has one row.
 */
export type PackedRows = readonly [
  /** Distinct heads; `at` says which one a record has. */
  heads: readonly Head[],
  at: readonly number[],
  /** Ids of the records, 16 bytes each; then what each record has of its own. */
  ids: Uint8Array,
  revs: readonly PackedText[],
  refs: readonly PackedText[],
  wraps: readonly (readonly PackedWrap[])[],
  /** Null where the signature is one of a group. */
  sigs: readonly (Uint8Array | null)[],
  groups: readonly PackedGroup[],
  bodies: readonly Uint8Array[],
  /** Ids of tombstones, 16 bytes each; they come after the records. */
  gone: Uint8Array,
];
/** Text, as bytes where it is hexadecimal of a known layout. */
export type PackedText = Uint8Array | string;
/** How many columns rows have. */
export const ROW_COLUMNS = 10;

/** Longer than any field of a head, and more than an audience may have (contract/sync.ts). */
const MAX_SIGNED_TEXT = 64;
const MAX_BUCKETS = 64;

const UUID = new RegExp(UUID_PATTERN);
const WHOLE_HEX = /^(?:[0-9a-f]{2})+$/;

/** Packs rows: records in their order, then tombstones. Ids and authors must be UUIDs; throws where one is not. */
export function packRows(rows: readonly PulledRow[]): PackedRows {
  const records = rows.filter((row): row is WireRecord & { readonly past?: boolean } => !('gone' in row));
  const places = new Map<string, number>();
  const heads: Head[] = [];
  const at = records.map(({ entity, owner, audience, tlp, deleted, author, past = false }) => {
    const key = JSON.stringify([entity, owner, audience, tlp, deleted, author, past]);
    let place = places.get(key);
    if (place === undefined) {
      places.set(key, (place = heads.length));
      const head = [entity, owner, audience, tlp, deleted, uuidBytes(author)] as const;
      heads.push(past ? [...head, past] : head);
    }
    return place;
  });
  const { alone, groups } = packSignatures(records.map(({ sig }) => sig));
  return [
    heads,
    at,
    joinIds(records),
    records.map(({ rev }) => packHex(rev)),
    records.map(({ ref }) => packId(ref)),
    records.map(({ wraps, audience }) => wraps.map((wrap) => packWrap(wrap, audience))),
    alone,
    groups,
    records.map(({ body }) => body),
    joinIds(rows.filter((row) => 'gone' in row)),
  ];
}

/**
 * The rows of a packed value that came from outside. Sizes and types that this file relies on are checked and it throws where they
 * do not fit; the shape of the rows is the caller's to check. `fill` may put bodies into records that came without.
 */
export function unpackRows(packed: unknown, maxRows: number, sha256: Sha256, fill: (records: { body: unknown }[]) => void = () => undefined): unknown[] {
  const [someHeads, places, someIds, ...rest] = listOf(packed);
  const ids = splitIds(someIds);
  const gone = splitIds(rest[6]);
  if (ids.length + gone.length > maxRows) throw new Error('too many rows');
  const heads = listOf(someHeads);
  const column = (value: unknown): unknown[] => {
    const list = listOf(value);
    if (list.length !== ids.length) throw new Error('columns of different length');
    return list;
  };
  const [at, revs, refs, wraps, alone, bodies] = [column(places), column(rest[0]), column(rest[1]), column(rest[2]), column(rest[3]), column(rest[5])];
  const records = ids.map((id, n) => {
    const [entity, owner, audience, tlp, deleted, author, past] = listOf(heads[Number(at[n])]);
    const buckets = listOf(audience);
    // one list may serve every row
    if (buckets.length > MAX_BUCKETS) throw new Error('too many buckets');
    return {
      id,
      entity,
      owner,
      audience: [...buckets],
      tlp,
      rev: unpackHex(revs[n]),
      deleted,
      author: unpackId(author),
      ref: unpackId(refs[n]),
      body: bodies[n],
      wraps: listOf(wraps[n]).map((wrap) => unpackWrap(listOf(wrap), buckets)),
      ...(past === undefined ? {} : { past }),
    };
  });
  fill(records);
  const messageOf = (n: number): Uint8Array => {
    const record = records[n];
    if (!record || !isSignable(record)) throw new Error('no record');
    return recordSigningBytes(record, sha256(record.body));
  };
  const sigs = unpackSignatures(alone, listOf(rest[4]), messageOf, sha256);
  return [...records.map((record, n) => ({ ...record, sig: sigs[n] })), ...gone.map((id) => ({ id, gone: true }))];
}

/** Whether the fields an author signs are short texts: what is hashed for every row must not be large because one head is. */
function isSignable(record: Readonly<Record<string, unknown>>): record is WireRecord {
  const { id, entity, owner, tlp, rev, author, ref, deleted, body } = record;
  return typeof deleted === 'boolean' && body instanceof Uint8Array && [id, entity, owner, tlp, rev, author, ref].every((text) => typeof text === 'string' && text.length <= MAX_SIGNED_TEXT);
}

function packWrap({ b, e, k, eph }: Wrap, audience: readonly string[]): PackedWrap {
  const place = audience.indexOf(b);
  const bucket = place < 0 ? b : place;
  return eph ? [bucket, e, k, eph] : [bucket, e, k];
}

function unpackWrap([bucket, e, k, eph]: readonly unknown[], audience: readonly unknown[]): unknown {
  return { b: typeof bucket === 'number' ? audience[bucket] : bucket, e, k, ...(eph === undefined ? {} : { eph }) };
}

/** Hexadecimal text as bytes; other text as it is. */
export function packHex(text: string): PackedText {
  return WHOLE_HEX.test(text) ? hexToBytes(text) : text;
}

/** The text of {@link packHex}; what is no bytes is passed on. */
export function unpackHex(value: unknown): unknown {
  return value instanceof Uint8Array ? bytesToHex(value) : value;
}

/** A UUID as its 16 bytes; other text as it is. */
export function packId(text: string): PackedText {
  return UUID.test(text) ? uuidBytes(text) : text;
}

/** The text of {@link packId}; what is no bytes is passed on. */
export function unpackId(value: unknown): unknown {
  return value instanceof Uint8Array ? bytesToUuid(value) : value;
}

function joinIds(rows: readonly { readonly id: string }[]): Uint8Array {
  const out = new Uint8Array(rows.length * 16);
  rows.forEach(({ id }, n) => out.set(uuidBytes(id), n * 16));
  return out;
}

function splitIds(value: unknown): string[] {
  if (!(value instanceof Uint8Array) || value.length % 16 !== 0) throw new Error('no ids');
  return Array.from({ length: value.length / 16 }, (_, n) => bytesToUuid(value.subarray(n * 16, n * 16 + 16)));
}

/** A value that must be a list; throws where it is none. */
export function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error('no list');
  return value as unknown[];
}

/** The bytes of hexadecimal text of even length. */
function hexToBytes(hex: string): Uint8Array {
  const out = new Uint8Array(hex.length / 2);
  for (let n = 0; n < out.length; n++) out[n] = Number.parseInt(hex.slice(n * 2, n * 2 + 2), 16);
  return out;
}

function uuidBytes(id: string): Uint8Array {
  if (!UUID.test(id)) throw new Error('no UUID');
  return hexToBytes(id.replaceAll('-', ''));
}

function bytesToUuid(bytes: Uint8Array): string {
  const hex = bytesToHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
