/** Enrolment and renewal of certificates; the specification stands in contract/sync.ts. */
import { Type, type Static } from 'typebox';
import { UuidSchema } from '../schema/record.ts';

const bytes = Type.Unsafe<Uint8Array>(Type.Any());
const strict = { additionalProperties: false } as const;

export const EnrolRequestSchema = Type.Object(
  {
    code: Type.String({ minLength: 16, maxLength: 16, pattern: '^[0-9A-HJKMNP-TV-Z]{16}$' }),
    device: UuidSchema,
    /** PKCS#10, PEM, P-256. */
    csr: Type.String({ maxLength: 4000 }),
    /** Ed25519 public key of the device, raw 32 bytes. */
    signKey: bytes,
    /** X25519 public key of the device, raw 32 bytes. */
    boxKey: bytes,
    /** As in {@link RenewRequest}: a device the hub knows already, whose certificate is too old to renew, comes back as itself. */
    proof: Type.Optional(bytes),
  },
  strict,
);
export type EnrolRequest = Static<typeof EnrolRequestSchema>;
export interface EnrolAnswer {
  readonly unit: string;
  readonly role: string;
  /** PEM */
  readonly cert: string;
  readonly ca: string;
}

export const RenewRequestSchema = Type.Object(
  {
    /** PKCS#10, PEM, P-256, of a new key. */
    csr: Type.String({ maxLength: 4000 }),
    /** Ed25519 of the device over ['suar-renew-1', device, SHA-256(csr)]. */
    proof: bytes,
  },
  strict,
);
export type RenewRequest = Static<typeof RenewRequestSchema>;
export interface RenewAnswer {
  /** PEM */
  readonly cert: string;
}
