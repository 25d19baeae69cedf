import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';
import { MAX_GROUP, signedBy, signGroup } from '#shared/contract/signature-group.ts';
import type { PushRow, WireRecord } from '#shared/contract/sync.ts';
import { recordSigningBytes } from '#shared/contract/wire.ts';

/** A sealed record that nobody has signed yet. */
export type UnsignedRecord = Omit<WireRecord, 'sig'>;
/** A row of a push before its record is signed. */
export type UnsignedRow = Omit<PushRow, 'rec'> & { readonly rec: UnsignedRecord };

const RAW_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

/** SHA-256 of bytes, 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}

/** Public keys of authors, imported: that costs as much as a signature, and a page has few authors. Nothing secret, so it outlives a lock. */
const authors = new Map<string, KeyObject>();
const MAX_AUTHORS = 1000;

function authorKeyOf(raw: Uint8Array): KeyObject {
  const name = Buffer.from(raw).toString('latin1');
  const known = authors.get(name);
  if (known) return known;
  const key = createPublicKey({ key: Buffer.concat([RAW_ED25519, raw]), format: 'der', type: 'spki' });
  if (authors.size >= MAX_AUTHORS) authors.clear();
  authors.set(name, key);
  return key;
}

/** Whether an Ed25519 signature by the raw 32-byte key `raw` is right. */
export function verifySignature(raw: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  return raw.length === 32 && verify(null, bytes, authorKeyOf(raw), signature);
}

/** The root of a group that was right last: its records come one after the other. */
let lastRoot = '';

/** Whether `sig` is the signature of a record by the raw key `raw`: its own or one of a group (contract/signature-group.ts). */
export function isRecordSignedBy(raw: Uint8Array, message: Uint8Array, sig: Uint8Array): boolean {
  const signed = signedBy(sig, message, sha256);
  if (!signed) return false;
  if (signed.bytes === message) return verifySignature(raw, message, sig);
  const name = [raw, signed.bytes, signed.signature].map((bytes) => Buffer.from(bytes).toString('latin1')).join('|');
  if (name === lastRoot) return true;
  if (!verifySignature(raw, signed.bytes, signed.signature)) return false;
  lastRoot = name;
  return true;
}

/** Places of rows in the order in which the hub hands out what it took in one push: new records before edits, by id. */
export function inHubOrder(rows: readonly UnsignedRow[]): number[] {
  const names = rows.map(({ rec, assumed }) => `${assumed === null ? '0' : '1'}${rec.id}`);
  return rows.map((_row, at) => at).sort((a, b) => ((names[a] ?? '') < (names[b] ?? '') ? -1 : 1));
}

/** Signs rows that travel together, in as few groups as they need; the order of the rows stays, the groups follow {@link inHubOrder} and so stay together on the way down. */
export function signRows(rows: readonly UnsignedRow[], signKey: KeyObject): PushRow[] {
  const ed25519 = (bytes: Uint8Array): Uint8Array => sign(null, bytes, signKey);
  const order = inHubOrder(rows);
  const sigs = new Map<number, Uint8Array>();
  for (let from = 0; from < order.length; from += MAX_GROUP) {
    const places = order.slice(from, from + MAX_GROUP);
    const messages = places.map((place) => messageOf(rows[place]));
    const signatures = messages.length === 1 ? messages.map(ed25519) : signGroup(messages, sha256, ed25519);
    places.forEach((place, n) => sigs.set(place, signatures[n] ?? new Uint8Array()));
  }
  return rows.map((row, at) => ({ ...row, rec: { ...row.rec, sig: sigs.get(at) ?? new Uint8Array() } }));
}

function messageOf(row: UnsignedRow | undefined): Uint8Array {
  return row ? recordSigningBytes(row.rec, sha256(row.rec.body)) : new Uint8Array();
}
