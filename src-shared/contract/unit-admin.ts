/** What the administrators of a unit do over the wire and in the window; the specification stands in contract/sync.ts. */
import { Type, type Static } from 'typebox';
import { UuidSchema } from '../schema/record.ts';

const strict = { additionalProperties: false } as const;

/** Roles a unit's administrator may give; that of an NCB officer comes from the operator of the hub. */
export const UNIT_ROLES = ['officer', 'admin'] as const;
export type UnitRole = (typeof UNIT_ROLES)[number];

export const UnitCodeRequestSchema = Type.Object({ role: Type.Enum([...UNIT_ROLES]) }, strict);
export const UnitRevokeRequestSchema = Type.Object({ device: UuidSchema }, strict);
export type UnitCodeRequest = Static<typeof UnitCodeRequestSchema>;

/** A device of the own unit as its administrator sees it; instants are ISO 8601. */
export interface UnitDevice {
  readonly id: string;
  readonly role: string;
  readonly admitted: boolean;
  readonly enrolledAt: string;
  readonly revokedAt: string | null;
  /** When the hub last sent it records. */
  readonly seenAt: string | null;
}

/** A record a device could have held; entity and owner are empty where the unit may no longer read it. */
export interface ExposedRecord {
  readonly id: string;
  readonly entity: string;
  readonly owner: string;
  readonly deleted: boolean;
}
/** Most records in one answer; `next` is empty after the last. */
export const EXPOSURE_PAGE = 2000;
export interface ExposureAnswer {
  readonly records: readonly ExposedRecord[];
  readonly next: string;
}
