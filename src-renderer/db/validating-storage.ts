import { META_INSTANCE_SCHEMA_TITLE, wrappedValidateStorageFactory } from 'rxdb/plugins/core';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { RECORD_SCHEMA } from './record-schema.ts';

/**
 * Refuses documents that do not fit their RxDB schema, with TypeBox: it interprets the schema (no eval under the CSP) and costs
 * 25–40 µs a document where z-schema takes 440–670 µs (docs/adr/0012). `_meta` is RxDB's own and stays unchecked: its
 * `multipleOf: 0.01` fails in floating point. Records are left out: they are checked in full where they are made (record-factory.ts)
 * and where they arrive (sync/pull.ts), and a second check was a tenth of an import. So is what RxDB notes of its own replication: it makes every field itself, two notes a
 * record were a tenth of a first sync.
 */
export const withValidation = wrappedValidateStorageFactory((full) => {
  if (full.title === RECORD_SCHEMA.title || full.title === META_INSTANCE_SCHEMA_TITLE) return () => [];
  const schema = { ...full, properties: { ...full.properties, _meta: { type: 'object' } } } as unknown as TSchema;
  return (doc) => (Value.Check(schema, doc) ? [] : Value.Errors(schema, doc).map(({ instancePath, message }) => ({ field: instancePath, message })));
}, 'typebox');
