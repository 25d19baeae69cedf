import { Type, type Static } from 'typebox';

/** A coded receipt a reader's unit returns to the owner of a released record. Carries no content. Version 1. */
export const ReceiptSchema = Type.Object(
  {
    kind: Type.Union([Type.Literal('received'), Type.Literal('read')]),
    /** Version of the record that was read. */
    rev: Type.String({ maxLength: 24 }),
    /** ISO 8601 instant in UTC. */
    at: Type.String({ format: 'date-time' }),
    /** Language it was read in. */
    lang: Type.String({ maxLength: 20 }),
  },
  { additionalProperties: false },
);
export type ReceiptBody = Static<typeof ReceiptSchema>;
