import { Type, type Static } from 'typebox';
import { UuidSchema } from './record.ts';

/** Steps of an exhibit's content on its way to another device. */
export const TRANSFER_STEPS = ['asked', 'agreed', 'refused', 'withdrawn', 'received'] as const;
export type TransferStep = (typeof TRANSFER_STEPS)[number];

/**
 * One step of a request for the content of an exhibit: coded, append-only, without content, so it crosses borders like a receipt.
 * The asking unit writes `asked`, `withdrawn` and `received` about the exhibit (`ref`); the unit that owns it writes `agreed` and
 * `refused` about the request (`ref`). The device that asked is the author of `asked`. Version 1.
 */
export const TransferSchema = Type.Object(
  {
    step: Type.Enum([...TRANSFER_STEPS]),
    /** ISO 8601 instant in UTC. */
    at: Type.String({ format: 'date-time' }),
    /** Why it is asked for: a code of resources/codelists/purpose.json. */
    purpose: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,40}$' })),
    /** Names the sealed content at the hub; with `agreed`. */
    content: Type.Optional(UuidSchema),
    /** The request that is withdrawn or fulfilled. */
    request: Type.Optional(UuidSchema),
  },
  { additionalProperties: false },
);
export type TransferBody = Static<typeof TransferSchema>;
