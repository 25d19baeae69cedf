import { Type, type Static } from 'typebox';
import { BucketIdSchema } from './record.ts';
import { StatementSchema } from './statement.ts';

/** Lifecycle of a brief: draft → ready (waits for an NCB officer) → frozen by its release; or withdrawn. */
export const BRIEF_STATUSES = ['draft', 'ready', 'withdrawn'] as const;
export type BriefStatus = (typeof BRIEF_STATUSES)[number];

/** A brief of typed statements. Version 1. */
export const BriefSchema = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 300 }),
    /** BCP 47 tag the author writes in (title and free paragraphs). */
    lang: Type.String({ maxLength: 20 }),
    /** Case it reports on, or the empty string. */
    caseId: Type.String({ maxLength: 36 }),
    statements: Type.Array(StatementSchema, { maxItems: 200 }),
    /** Whom the author asks the NCB to release it to. */
    recipients: Type.Array(BucketIdSchema, { maxItems: 64 }),
  },
  { additionalProperties: false },
);
export type BriefBody = Static<typeof BriefSchema>;
