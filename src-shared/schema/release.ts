import { Type, type Static } from 'typebox';
import { BucketIdSchema, TlpSchema, UuidSchema } from './record.ts';

/** Coded purposes of a release (resources/codelists/purpose.json carries their names). */
const code = Type.String({ pattern: '^[a-z0-9-]{1,40}$' });
const instant = Type.String({ format: 'date-time' });
const device = UuidSchema;

/**
 * What an NCB officer signs to let one version of one record leave the country.
 * The signature is Ed25519 over the deterministic CBOR (RFC 8949 §4.2) of `['suar-release-1', claim]`.
 */
export const ReleaseClaimSchema = Type.Object(
  {
    kind: Type.Literal('release'),
    record: UuidSchema,
    rev: Type.String({ maxLength: 24 }),
    /** SHA-256 of the sealed body, lower-case hexadecimal. */
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    audience: Type.Array(BucketIdSchema, { minItems: 1, maxItems: 64 }),
    purpose: code,
    legalBasis: code,
    signedAt: instant,
    expires: instant,
    signer: device,
  },
  { additionalProperties: false },
);

/**
 * A standing release for one taskforce: records of the named kinds, up to the ceiling, until the end.
 * One is needed from each member country before its officers can write into the taskforce.
 */
export const MandateClaimSchema = Type.Object(
  {
    kind: Type.Literal('mandate'),
    bucket: BucketIdSchema,
    country: Type.String({ pattern: '^[A-Z]{2}$' }),
    entities: Type.Array(Type.String({ maxLength: 24 }), { minItems: 1, maxItems: 20 }),
    tlpCeiling: TlpSchema,
    purpose: code,
    legalBasis: code,
    signedAt: instant,
    expires: instant,
    signer: device,
  },
  { additionalProperties: false },
);

export const ClaimSchema = Type.Union([ReleaseClaimSchema, MandateClaimSchema]);
export type ReleaseClaim = Static<typeof ReleaseClaimSchema>;
export type MandateClaim = Static<typeof MandateClaimSchema>;
export type Claim = Static<typeof ClaimSchema>;

/** The body of a release record: the signed claim. Version 1. */
export const ReleaseSchema = Type.Object(
  { claim: ClaimSchema, /** Ed25519 signature, 64 bytes, base64url. */ signature: Type.String({ minLength: 86, maxLength: 86 }) },
  { additionalProperties: false },
);
export type ReleaseBody = Static<typeof ReleaseSchema>;
