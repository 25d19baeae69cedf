import type { RxJsonSchema } from 'rxdb/plugins/core';
import type { SuarRecord } from '#shared/schema/record.ts';

/** Version of both schemas below; a change needs a migration (bodies migrate lazily, by their own `schemaVersion`). */
const VERSION = 0;

/**
 * The one synced collection: an envelope for every entity, because RxDB opens at most 13 collections per realm.
 * Indexed fields are random ids, codes and clock readings; `ref` is indexed as a token (sealing-storage.ts). `offlineMinutes` is not named: nothing asks for it,
 * and RxDB opens no store whose schema was another one.
 */
export const RECORD_SCHEMA = {
  title: 'record',
  version: VERSION,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 36 },
    entity: { type: 'string', maxLength: 24 },
    owner: { type: 'string', maxLength: 40 },
    audience: { type: 'array', maxItems: 64, items: { type: 'string', maxLength: 42 } },
    tlp: { type: 'string', maxLength: 12 },
    status: { type: 'string', maxLength: 24 },
    rev: { type: 'string', maxLength: 24 },
    updatedAt: { type: 'string', maxLength: 18 },
    author: { type: 'string', maxLength: 36 },
    schemaVersion: { type: 'integer', minimum: 1 },
    ref: { type: 'string', maxLength: 36 },
    conflicts: { type: 'array', maxItems: 100, items: { type: 'object' } },
    body: { type: 'object' },
  },
  required: ['id', 'entity', 'owner', 'audience', 'tlp', 'status', 'rev', 'updatedAt', 'author', 'schemaVersion', 'ref', 'conflicts', 'body'],
  indexes: [['entity', 'status', 'updatedAt', 'id'], ['entity', 'updatedAt', 'id'], ['ref']],
} satisfies RxJsonSchema<Omit<SuarRecord, 'offlineMinutes'>> as RxJsonSchema<SuarRecord>;

/** A document for this device alone: drafts, settings, edits set aside. Never replicated. */
export interface LocalDoc {
  /** `<kind>:<anything>`. */
  readonly id: string;
  readonly kind: string;
  /** Clock reading (base/time.ts) of the last write. */
  readonly updatedAt: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The collection of {@link LocalDoc}. Cleared with the store, at sign-out with removal. */
export const LOCAL_SCHEMA: RxJsonSchema<LocalDoc> = {
  title: 'local',
  version: VERSION,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 120 },
    kind: { type: 'string', maxLength: 24 },
    updatedAt: { type: 'string', maxLength: 18 },
    body: { type: 'object' },
  },
  required: ['id', 'kind', 'updatedAt', 'body'],
  indexes: [['kind', 'updatedAt', 'id']],
};

/** Indexed fields stored as tokens, by collection (sealing-storage.ts). */
export const TOKEN_FIELDS: Readonly<Record<string, readonly string[]>> = { record: ['ref'] };
