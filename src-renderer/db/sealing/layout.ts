import { getPrimaryFieldOfPrimaryKey, type RxDocumentData, type RxJsonSchema } from 'rxdb/plugins/core';

/** A document as RxDB or the table hands it over, before its shape is known. */
export type PlainDoc = Record<string, unknown>;

/** What RxDB itself keeps beside a document; never sealed. */
export const META_FIELDS: ReadonlySet<string> = new Set(['_deleted', '_rev', '_meta', '_attachments']);

/** Which fields of a collection lie in clear, as tokens, or inside the seal. */
export interface SealingLayout {
  readonly collection: string;
  /** Schema version, part of the additional data. */
  readonly version: number;
  readonly primary: string;
  /** Primary key and indexed fields: random ids, codes and clock readings only. */
  readonly clear: readonly string[];
  /** Indexed fields stored as keyed tokens: equality can be asked, order and content cannot. */
  readonly tokens: ReadonlySet<string>;
  /** Schema of the rows on disk. */
  readonly inner: RxJsonSchema<RxDocumentData<PlainDoc>>;
}

/** Plans the rows of a collection: what is indexed is clear, unless listed in `tokenFields`; all else is sealed into `ct`. */
export function planLayout(collection: string, schema: Readonly<RxJsonSchema<RxDocumentData<PlainDoc>>>, tokenFields: readonly string[]): SealingLayout {
  const primary = String(getPrimaryFieldOfPrimaryKey(schema.primaryKey));
  const indexed = (schema.indexes ?? []).flat().filter((field) => !field.startsWith('_'));
  const nested = indexed.find((field) => field.includes('.'));
  if (nested !== undefined) throw new Error(`index on nested field '${nested}' cannot be sealed`);
  const tokens = new Set(tokenFields.filter((field) => indexed.includes(field)));
  const clear = [...new Set([primary, ...indexed])].filter((field) => !tokens.has(field));
  const outer = schema.properties as Record<string, unknown>;
  const properties: Record<string, unknown> = { ct: { type: 'string' } };
  for (const field of [...clear, ...META_FIELDS]) if (outer[field] !== undefined) properties[field] = outer[field];
  for (const field of tokens) properties[field] = { type: 'string', maxLength: 32 };
  const inner = {
    ...schema,
    primaryKey: primary,
    properties,
    required: (schema.required ?? []).filter((field) => properties[String(field)] !== undefined),
    encrypted: [],
  };
  return { collection, version: schema.version, primary, clear, tokens, inner: inner as unknown as RxJsonSchema<RxDocumentData<PlainDoc>> };
}

/** Whether every field a Mango selector reads lies in clear, so that it can be answered without opening seals. */
export function isClearSelector(layout: SealingLayout, selector: unknown): boolean {
  return Object.entries(Object(selector) as PlainDoc).every(([key, value]) => {
    if (key === '$and' || key === '$or' || key === '$nor') return Array.isArray(value) && value.every((part) => isClearSelector(layout, part));
    return isClearField(layout, key);
  });
}

/** Whether one field (a dotted path for RxDB's own `_meta`) lies in clear. */
export function isClearField(layout: SealingLayout, field: string): boolean {
  return layout.clear.includes(field) || META_FIELDS.has(field.split('.')[0] ?? '');
}
