import { Type, type Static } from 'typebox';
import { UuidSchema } from './record.ts';

const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });

const party = Type.String({ maxLength: 200 });

/**
 * One act upon an exhibit, as it is signed. Free text is never changed afterwards: a mistake is corrected by a further entry.
 * The signature is Ed25519 over the deterministic CBOR (RFC 8949 §4.2) of `['suar-custody-1', claim]`.
 */
export const CustodyClaimSchema = Type.Object(
  {
    exhibit: UuidSchema,
    /** Position in the exhibit's chain, from 1. */
    seq: Type.Integer({ minimum: 1 }),
    /** Code of resources/codelists/custody-act.json. */
    act: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }),
    /** ISO 8601 instant in UTC, of the device that signs. */
    at: Type.String({ format: 'date-time' }),
    /** Full name of the officer at the device. */
    by: Type.String({ minLength: 1, maxLength: 200 }),
    device: UuidSchema,
    from: party,
    to: party,
    reason: Type.String({ maxLength: 2000 }),
    condition: Type.String({ maxLength: 1000 }),
    /** BCP 47 tag of the free text. */
    lang: Type.String({ maxLength: 20 }),
    /** SHA-256 of the exhibit's content. */
    sha256,
    /** SHA-256 of the entry before with its signature (domain/custody/chain.ts), or empty in the first. */
    prev: Type.Union([sha256, Type.Literal('')]),
    /** Raw Ed25519 public key of the device, 32 bytes, base64url: what a court checks the signature with. */
    key: Type.String({ minLength: 43, maxLength: 43 }),
  },
  { additionalProperties: false },
);
export type CustodyClaim = Static<typeof CustodyClaimSchema>;

/** The body of a custody record: a signed entry, never changed and never deleted. Version 1. */
export const CustodySchema = Type.Object({ claim: CustodyClaimSchema, /** 64 bytes, base64url. */ signature: Type.String({ minLength: 86, maxLength: 86 }) }, { additionalProperties: false });
export type CustodyBody = Static<typeof CustodySchema>;
