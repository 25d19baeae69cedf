/** Receipts for records a device removed because it may no longer read them; the specification stands in contract/sync.ts. */
import { Type, type Static } from 'typebox';
import { UuidSchema } from '../schema/record.ts';

const bytes = Type.Unsafe<Uint8Array>(Type.Any());
const strict = { additionalProperties: false } as const;

/** Most receipts in one request. */
export const MAX_RECEIPTS = 200;

export const PurgeReceiptSchema = Type.Object(
  {
    record: UuidSchema,
    /** Version that was removed; empty where the device held none. */
    rev: Type.String({ maxLength: 24 }),
    /** ISO 8601 instant, UTC. */
    at: Type.String({ maxLength: 30 }),
    /** Ed25519 of the device over ['suar-purge-1', record, rev, device, at]. */
    sig: bytes,
  },
  strict,
);
export type PurgeReceipt = Static<typeof PurgeReceiptSchema>;
export const PurgeUploadSchema = Type.Object({ receipts: Type.Array(PurgeReceiptSchema, { maxItems: MAX_RECEIPTS }) }, strict);

/** What the owner's unit is told: every device that must have removed the record, and the receipts there are. */
export interface PurgeAnswer {
  readonly devices: readonly { readonly id: string; readonly unit: string; readonly revoked: boolean }[];
  readonly receipts: readonly { readonly device: string; readonly rev: string; readonly at: string; readonly sig: Uint8Array }[];
}

/** What the window shows of it: receipts whose signature holds, by unit. */
export interface PurgedUnit {
  readonly unit: string;
  readonly devices: number;
  readonly purged: number;
  /** Revoked devices without a receipt: there will be none. */
  readonly lost: number;
}
