/** What main tells the window about contents of exhibits on their way; no byte and no key of one is among it. */
import { Type, type Static } from 'typebox';
import { BucketIdSchema, UnitIdSchema, UuidSchema } from '../schema/record.ts';
import type { AppError } from './errors.ts';

/** The exhibit whose content is meant, as its record says. */
const exhibit = {
  exhibit: UuidSchema,
  owner: UnitIdSchema,
  vaultId: UuidSchema,
  name: Type.String({ minLength: 1, maxLength: 1000 }),
  sizeBytes: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
} as const;
const strict = { additionalProperties: false } as const;

/** Begins to send to one more device; `audience` is that of the exhibit's record. */
export const SendContentSchema = Type.Object({ ...exhibit, audience: Type.Array(BucketIdSchema, { minItems: 1, maxItems: 64 }), reader: UuidSchema }, strict);
export type SendContent = Static<typeof SendContentSchema>;

/** Begins to fetch what was agreed. */
export const ReceiveContentSchema = Type.Object({ ...exhibit, content: UuidSchema }, strict);
export type ReceiveContent = Static<typeof ReceiveContentSchema>;

/** A content on its way. */
export interface ContentTransfer {
  readonly content: string;
  readonly way: 'send' | 'receive';
  readonly exhibit: string;
  readonly name: string;
  /** `waiting`: for the line, or for the other side; `sealing`: all is here and goes into the vault; `done`: all is at the hub, or in this vault. */
  readonly stage: 'waiting' | 'going' | 'sealing' | 'paused' | 'done';
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Seconds it still takes at the pace so far; null before that is known. */
  readonly secondsLeft: number | null;
  /** Why it does not go on by itself. */
  readonly error: AppError | null;
}
