import type { PulledRow, WireRecord, Wrap } from '#shared/contract/sync.ts';
import { fromCbor, toCbor } from '#shared/contract/wire.ts';
import { TLP, type Tlp } from '#shared/schema/record.ts';
import type { Sql } from '../db/database.ts';

/** A row of `records` as both engines answer it, with its content. */
export interface StoredRecord {
  readonly id: string;
  readonly owner: string;
  readonly entity: string;
  readonly audience: string[];
  readonly tlp: string;
  readonly rev: string;
  readonly deleted: boolean;
  readonly author: string;
  readonly ref: string;
  readonly body: Uint8Array;
  readonly wraps: Uint8Array;
  readonly sig: Uint8Array;
}

/** Wraps are kept as one CBOR value: the hub never looks inside. */
export function wrapsToBytes(wraps: readonly Wrap[]): Uint8Array {
  return toCbor(wraps);
}

/** Reads {@link wrapsToBytes}; the bytes come from our own table, so their shape is known. */
export function bytesToWraps(bytes: Uint8Array): Wrap[] {
  return bytes.length === 0 ? [] : (fromCbor(plain(bytes)) as Wrap[]);
}

/** A label from our own table. */
export function asTlp(text: string): Tlp {
  const label = TLP.find((known) => known === text);
  if (!label) throw new Error('unknown label stored');
  return label;
}

/** `pg` answers Buffers, which share pooled memory and print differently; a plain view behaves the same on both engines. */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The record as it goes to a device. */
export function storedToWire(row: StoredRecord): WireRecord {
  return {
    id: row.id,
    entity: row.entity,
    owner: row.owner,
    audience: [...row.audience],
    tlp: asTlp(row.tlp),
    rev: row.rev,
    deleted: row.deleted,
    author: row.author,
    ref: row.ref,
    body: plain(row.body),
    wraps: bytesToWraps(row.wraps),
    sig: plain(row.sig),
  };
}

/** The caller's view of some ids, in the order asked: the record, or a tombstone that does not tell hidden from unknown. */
export async function viewOf(sql: Sql, ids: readonly string[]): Promise<readonly PulledRow[]> {
  if (ids.length === 0) return [];
  const rows = await sql.rows<StoredRecord>(
    `select distinct on (id) id, owner, entity, audience, tlp, rev, deleted, author, ref, body, wraps, sig
     from records where id = any($1::uuid[]) order by id, seq`,
    [[...new Set(ids)]],
  );
  const rowsById = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = rowsById.get(id);
    return row ? storedToWire(row) : { id, gone: true };
  });
}
