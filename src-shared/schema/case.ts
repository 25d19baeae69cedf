import { Type, type Static } from 'typebox';
import { ObservableSchema } from './observable.ts';

/** Lifecycle of a case: new → active → waiting (abroad) → closed, and back to active. */
export const CASE_STATUSES = ['new', 'active', 'waiting', 'closed'] as const;
export type CaseStatus = (typeof CASE_STATUSES)[number];

/** A case of a unit. Dates are ISO 8601 calendar dates (Gregorian, CE). Version 1. */
export const CaseSchema = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 300 }),
    /** The unit's own file number, free text, e.g. `LA-2026-0042`. */
    number: Type.String({ maxLength: 60 }),
    /** Code of the offence (resources/codelists/offence.json). */
    offence: Type.String({ maxLength: 40 }),
    summary: Type.String({ maxLength: 20_000 }),
    /** BCP 47 tag of the language the free text is written in. */
    lang: Type.String({ maxLength: 20 }),
    opened: Type.String({ format: 'date' }),
    due: Type.Optional(Type.String({ format: 'date' })),
    observables: Type.Array(ObservableSchema, { maxItems: 5000 }),
  },
  { additionalProperties: false },
);
export type CaseBody = Static<typeof CaseSchema>;
