import { Type, type Static } from 'typebox';
import { ObservableSchema } from './observable.ts';

/** What an imported object describes. */
export const INTEL_KINDS = ['indicator', 'malware', 'tool', 'actor', 'technique', 'report', 'event', 'infrastructure', 'campaign', 'identity', 'vulnerability', 'mitigation', 'other'] as const;

/** Largest number of observables in one record; a longer list is split into parts. */
export const INTEL_OBSERVABLES_MAX = 500;

/** One piece of intelligence, imported or written. Version 1. */
export const IntelSchema = Type.Object(
  {
    kind: Type.Enum([...INTEL_KINDS]),
    title: Type.String({ minLength: 1, maxLength: 500 }),
    description: Type.String({ maxLength: 50_000 }),
    labels: Type.Array(Type.String({ maxLength: 200 }), { maxItems: 200 }),
    observables: Type.Array(ObservableSchema, { maxItems: INTEL_OBSERVABLES_MAX }),
    source: Type.Object(
      {
        format: Type.Union([Type.Literal('stix-2.0'), Type.Literal('stix-2.1'), Type.Literal('misp'), Type.Literal('manual')]),
        /** Id of the object in its source (a STIX id, a MISP UUID). */
        objectId: Type.String({ maxLength: 300 }),
        /** Version in its source: STIX `modified`, MISP `timestamp` as ISO 8601. */
        modified: Type.String({ maxLength: 40 }),
        /** Who published it, as the source says. */
        publisher: Type.String({ maxLength: 300 }),
        fileName: Type.String({ maxLength: 300 }),
      },
      { additionalProperties: false },
    ),
    /** STIX relationships that start here: `[type, target object id]`. */
    relations: Type.Array(Type.Tuple([Type.String({ maxLength: 100 }), Type.String({ maxLength: 300 })]), { maxItems: 2000 }),
    /** 1 of 1, or which part of a list too long for one record. */
    part: Type.Integer({ minimum: 1 }),
    parts: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);
export type IntelBody = Static<typeof IntelSchema>;
