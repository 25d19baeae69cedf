import { decode, encode } from 'cborg';
import type { SetDigest } from '#shared/base/set-digest.ts';
import { packRows, unpackRows, type Journaled, type JournalRow, type PackedRows } from '#shared/contract/journal.ts';

/** What the journal knows besides rows; begins every file, so that a file can be read without the ones before it. */
export interface Standing {
  readonly sequence: number;
  /** Every write up to this one is in the store. */
  readonly applied: number;
  readonly generation: number;
  readonly resync: boolean;
  /** The store is to be made again from the journal. */
  readonly remake: boolean;
  /** A file of the journal was found damaged: it is to be written anew from the store. */
  readonly restock: boolean;
  readonly digests: Readonly<Record<Journaled, SetDigest>>;
}

/** One frame of the journal. */
export type Entry =
  | { readonly t: 'head'; readonly standing: Standing; /** End of the file before: files cannot be left out or exchanged. */ readonly before: Uint8Array | null }
  | { readonly t: 'write'; readonly n: number; readonly c: Journaled; readonly a: number; readonly r: readonly JournalRow[] }
  | { readonly t: 'void'; readonly c: Journaled; readonly w: number; readonly i: readonly string[] }
  | { readonly t: 'settled'; readonly c: Journaled; readonly v: readonly { readonly id: string; readonly rev: string }[] }
  /** A snapshot's rows: the newest versions, in no order. */
  | { readonly t: 'kept'; readonly c: Journaled; readonly s: boolean; readonly r: readonly JournalRow[] }
  | { readonly t: 'closed'; readonly a: number }
  | { readonly t: 'resynced' }
  | { readonly t: 'remake' | 'restock' }
  /** Ends a snapshot: where the journal stood at its last entry. */
  | { readonly t: 'end'; readonly standing: Standing };

/** An entry as bytes (CBOR, RFC 8949), its rows packed. */
export function toBytes(entry: Entry): Uint8Array {
  return encode('r' in entry ? { ...entry, r: packRows(entry.r) } : entry);
}

/** The entry in a frame that opened under our key, so it is one we wrote. */
export function fromBytes(plain: Uint8Array): Entry {
  const entry = decode(plain) as Entry | { readonly r: PackedRows };
  return 'r' in entry && 'heads' in entry.r ? ({ ...entry, r: unpackRows(entry.r) ?? [] } as Entry) : (entry as Entry);
}
