import { Type, type Static } from 'typebox';
import { UuidSchema } from './record.ts';

const hex = (digits: number) => Type.String({ pattern: `^[0-9a-f]{${digits}}$` });

/** Whether the exhibit is with the unit, has left it, or is no more. */
export const EXHIBIT_STATUSES = ['held', 'handed-over', 'returned', 'destroyed'] as const;
export type ExhibitStatus = (typeof EXHIBIT_STATUSES)[number];

/** An exhibit of a case (`ref`); its content lies in the vault of the device that sealed it, its history in custody records. Version 1. */
export const ExhibitSchema = Type.Object(
  {
    /** The unit's own exhibit number, e.g. `E-8`. */
    number: Type.String({ minLength: 1, maxLength: 40 }),
    description: Type.String({ maxLength: 2000 }),
    /** BCP 47 tag of the free text. */
    lang: Type.String({ maxLength: 20 }),
    fileName: Type.String({ maxLength: 1000 }),
    sizeBytes: Type.Integer({ minimum: 0 }),
    /** Digests of the whole file, computed once when it was sealed. */
    sha256: hex(64),
    sha512: hex(128),
    /** By its first bytes. */
    mediaType: Type.String({ maxLength: 100 }),
    /** Name of its manifest in the vault. */
    vaultId: UuidSchema,
    receivedFrom: Type.String({ maxLength: 200 }),
    condition: Type.String({ maxLength: 1000 }),
    /** Where it was seized, or empty. */
    place: Type.String({ maxLength: 300 }),
    seizedOn: Type.Optional(Type.String({ format: 'date' })),
    /** Entries of its chain, and the hash of the last one: what a cut-off end is found by. */
    custodyCount: Type.Integer({ minimum: 0 }),
    custodyHead: Type.Union([hex(64), Type.Literal('')]),
    /** ISO 8601 instant of the last check of its content, and what it found. */
    checkedAt: Type.Optional(Type.String({ format: 'date-time' })),
    checked: Type.Optional(Type.Union([Type.Literal('intact'), Type.Literal('damaged')])),
  },
  { additionalProperties: false },
);
export type ExhibitBody = Static<typeof ExhibitSchema>;
