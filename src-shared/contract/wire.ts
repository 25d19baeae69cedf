import { decode, encode } from 'cborg';
import { bytesToHex } from '../base/ids.ts';
import type { CustodyClaim } from '../schema/custody.ts';
import type { Claim } from '../schema/release.ts';
import type { WireRecord } from './sync.ts';

/** Deterministic CBOR (RFC 8949 §4.2) of a plain value; `undefined` members must be left out by the caller. */
export function toCbor(value: unknown): Uint8Array {
  return encode(value);
}

/** Reads CBOR strictly: no indefinite lengths, no duplicate keys, no tags. Throws on anything else. */
export function fromCbor(bytes: Uint8Array): unknown {
  return decode(bytes, { strict: true, allowIndefinite: false, rejectDuplicateMapKeys: true, allowUndefined: false });
}

/** The bytes an author signs for a record; `bodyHash` is the SHA-256 of the sealed body. */
export function recordSigningBytes(rec: Omit<WireRecord, 'sig' | 'audience' | 'wraps' | 'body'>, bodyHash: Uint8Array): Uint8Array {
  return toCbor(['suar-record-1', rec.id, rec.entity, rec.owner, rec.tlp, rec.rev, rec.deleted, rec.author, rec.ref, bodyHash]);
}

/** The bytes an NCB officer signs for a claim. */
export function claimSigningBytes(claim: Claim): Uint8Array {
  return toCbor(['suar-release-1', claim]);
}

/** The bytes a device signs for a custody entry; followed by the signature they are what the next entry holds the hash of. */
export function custodySigningBytes(claim: CustodyClaim): Uint8Array {
  return toCbor(['suar-custody-1', claim]);
}

/** The bytes a device signs to have a certificate made or renewed; `csrHash` is the SHA-256 of the request's PEM. */
export function renewSigningBytes(device: string, csrHash: Uint8Array): Uint8Array {
  return toCbor(['suar-renew-1', device, csrHash]);
}

/** The bytes a device signs for a record it removed; `rev` is empty where it held none. */
export function purgeSigningBytes(record: string, rev: string, device: string, at: string): Uint8Array {
  return toCbor(['suar-purge-1', record, rev, device, at]);
}

/** Additional data that binds a sealed body to its record. */
export function sealAad(rec: { id: string; entity: string; owner: string; rev: string }): Uint8Array {
  return toCbor(['suar-seal-1', rec.id, rec.entity, rec.owner, rec.rev]);
}

/** Additional data that binds a wrapped content key to record, version, bucket and key epoch. */
export function wrapAad(id: string, rev: string, bucket: string, epoch: number): Uint8Array {
  return toCbor(['suar-wrap-1', id, rev, bucket, epoch]);
}

/** Salt that binds a content key derived from the key of a bucket to record, version, bucket and key epoch. */
export function derivedKeySalt(id: string, rev: string, bucket: string, epoch: number): Uint8Array {
  return toCbor(['suar-content-key-1', id, rev, bucket, epoch]);
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Crockford base32 of `bytes` whose length is a multiple of 5, eight characters for five bytes. */
export function toBase32(bytes: Uint8Array): string {
  let out = '';
  let acc = 0;
  let bits = 0;
  for (const byte of bytes) {
    acc = ((acc << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += CROCKFORD[(acc >> bits) & 31];
    }
  }
  return out;
}

/** Bytes of Crockford base32 text in groups of eight characters (hyphens and spaces ignored, O read as 0, I and L as 1), or undefined where it is not. */
export function fromBase32(text: string): Uint8Array | undefined {
  const clean = text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  if (clean.length % 8 !== 0) return undefined;
  const out = new Uint8Array((clean.length * 5) / 8);
  let acc = 0;
  let bits = 0;
  let at = 0;
  for (const char of clean) {
    const value = CROCKFORD.indexOf(char);
    if (value < 0) return undefined;
    acc = ((acc << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (acc >> bits) & 255;
    }
  }
  return out;
}

/** An enrolment code taken apart. */
export interface EnrolmentCode {
  readonly host: string;
  readonly port: number;
  /** 16 characters sent to the hub. */
  readonly secret: string;
  /** First 10 bytes of the SHA-256 of the CA certificate, hexadecimal. */
  readonly caPin: string;
}

/** Writes a code for an officer: `host:port/XXXX-XXXX-…` (8 groups of 4). */
export function formatEnrolmentCode(host: string, port: number, secret: Uint8Array, caPin: Uint8Array): string {
  const text = toBase32(secret) + toBase32(caPin);
  return `${host}:${port}/${(text.match(/.{4}/g) ?? []).join('-')}`;
}

/** Reads what an officer typed, or undefined where it is no code. */
export function parseEnrolmentCode(text: string): EnrolmentCode | undefined {
  const match = /^\s*(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})\/([0-9A-Za-z\s-]+)$/.exec(text);
  const raw = match?.[3] ? fromBase32(match[3]) : undefined;
  const port = Number(match?.[2]);
  if (!match?.[1] || raw?.length !== 20 || port < 1 || port > 65_535) return undefined;
  return { host: match[1], port, secret: toBase32(raw.subarray(0, 10)), caPin: bytesToHex(raw.subarray(10)) };
}
