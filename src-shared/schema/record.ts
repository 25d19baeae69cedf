import { Type, type Static } from 'typebox';
import { UUID_PATTERN } from '../base/ids.ts';
import { HLC_PATTERN } from '../base/time.ts';

/** Traffic Light Protocol 2.0 labels (FIRST, 2022), least restricted first. */
export const TLP = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'] as const;
export const TlpSchema = Type.Enum([...TLP]);
export type Tlp = (typeof TLP)[number];

/** Position of a label in {@link TLP}: 0 (CLEAR) to 4 (RED). */
export function tlpRank(label: Tlp): number {
  return TLP.indexOf(label);
}

/** The owner of a record made before the device was enrolled; replaced by the unit at enrolment. */
export const OWNER_SELF = 'self';

/**
 * A bucket a record can be shared with: `u:<unit>`, `c:<country>`, `t:<taskforce>` or `community`.
 * Who is in a bucket is the hub's data, never code.
 */
export const BucketIdSchema = Type.String({ pattern: '^(u:[a-z0-9-]{2,40}|c:[A-Z]{2}|t:[a-z0-9-]{2,40}|community)$' });

/** A unit, as the hub names it: lower case letters, digits and hyphens. */
export const UnitIdSchema = Type.String({ pattern: '^[a-z0-9-]{2,40}$' });

export const UuidSchema = Type.String({ pattern: UUID_PATTERN, maxLength: 36 });

const minutes = Type.Integer({ minimum: 1 });
const reading = Type.String({ pattern: HLC_PATTERN });

/** What an officer decided about a conflict: one side's value, the one before both, or one of his own. */
export const SettledSchema = Type.Object(
  {
    choice: Type.Union([Type.Literal('kept'), Type.Literal('other'), Type.Literal('base'), Type.Literal('own')]),
    /** With the choice `own` only. */
    value: Type.Optional(Type.Unknown()),
    by: Type.String({ maxLength: 36 }),
    at: reading,
  },
  { additionalProperties: false },
);
export type Settled = Static<typeof SettledSchema>;

/**
 * A field, or an element of a list, that was changed while two devices were apart: both sides' values, in the record for every reader. It is open until
 * an officer decides, and stays afterwards. Of a guarded field (domain/record/guards.ts) the change of one side alone is listed too.
 */
export const FieldConflictSchema = Type.Object(
  {
    /** A field of the body, or `status`, `tlp`, `audience` of the envelope. */
    field: Type.String({ maxLength: 200 }),
    /** Before both; null where there was nothing. */
    base: Type.Unknown(),
    baseBy: Type.Optional(Type.String({ maxLength: 36 })),
    baseAt: Type.Optional(reading),
    /** The side with the later edit; null where it took the value away. */
    kept: Type.Unknown(),
    keptBy: Type.String({ maxLength: 36 }),
    keptAt: reading,
    /** How long the device that wrote it had not heard from the hub, in minutes; left out where it was in touch. */
    keptOffline: Type.Optional(minutes),
    other: Type.Unknown(),
    otherBy: Type.String({ maxLength: 36 }),
    otherAt: reading,
    otherOffline: Type.Optional(minutes),
    settled: Type.Optional(SettledSchema),
  },
  { additionalProperties: false },
);
export type FieldConflict = Static<typeof FieldConflictSchema>;

/** The envelope of every synced record; `body` has the shape of its entity in the registry (entities.ts). */
export const RecordSchema = Type.Object(
  {
    id: UuidSchema,
    entity: Type.String({ maxLength: 24 }),
    /** Unit that owns the record and answers for it, or {@link OWNER_SELF}. */
    owner: Type.String({ maxLength: 40 }),
    /** Buckets that may read it, sorted, without duplicates. */
    audience: Type.Array(BucketIdSchema, { maxItems: 64 }),
    tlp: TlpSchema,
    /** A coded lifecycle state of the entity. */
    status: Type.String({ maxLength: 24 }),
    /** Opaque token of this version, made by the client (96 random bits). */
    rev: Type.String({ maxLength: 24 }),
    updatedAt: Type.String({ pattern: HLC_PATTERN, maxLength: 18 }),
    /** Device that wrote this version. */
    author: Type.String({ maxLength: 36 }),
    /** Minutes since `author` last heard from the hub when it wrote this version; left out where it was in touch, and on a new record. */
    offlineMinutes: Type.Optional(minutes),
    schemaVersion: Type.Integer({ minimum: 1 }),
    /** Record this one is about (a release's brief, a receipt's brief), or the empty string. */
    ref: Type.String({ maxLength: 36 }),
    conflicts: Type.Array(FieldConflictSchema, { maxItems: 100 }),
    body: Type.Record(Type.String(), Type.Unknown()),
  },
  { additionalProperties: false },
);
export type SuarRecord = Static<typeof RecordSchema>;

/** A record whose body has the type of its entity. */
export type RecordOf<Body> = Omit<SuarRecord, 'body'> & { body: Body };
