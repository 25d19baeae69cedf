import type { TSchema } from 'typebox';
import { BriefSchema } from './schema/brief.ts';
import { CaseSchema } from './schema/case.ts';
import { ContactSchema } from './schema/contact.ts';
import { CustodySchema } from './schema/custody.ts';
import { ExhibitSchema } from './schema/exhibit.ts';
import { IntelSchema } from './schema/intel.ts';
import { ReceiptSchema } from './schema/receipt.ts';
import { ReleaseSchema } from './schema/release.ts';
import { TransferSchema } from './schema/transfer.ts';
import { briefMergeRules } from './domain/brief/rules.ts';
import { caseMergeRules } from './domain/case/rules.ts';
import { intelMergeRules } from './domain/intel/rules.ts';
import type { MergeRules } from './domain/record/merge.ts';
import type { SearchFields } from './domain/record/searchable.ts';

/**
 * Lanes of the line, most urgent first: alerts, what is due, what somebody abroad waits for, the daily work, and large amounts that nobody waits for
 * (media, imported lists). The hub keeps the same numbers (`lane_of` in src-hub/migrations).
 */
export const LANES = ['flash', 'deadline', 'approval', 'case', 'media'] as const;
export type Lane = (typeof LANES)[number];
/** Lanes that are pulled and pushed beside the rest. */
export const URGENT_LANES: ReadonlySet<Lane> = new Set(['flash', 'deadline', 'approval']);

/** What the database, sync, main and hub need to know of an entity; they loop over {@link ENTITIES} and know no entity by name. */
export interface EntityDefinition {
  /** Shape of `body`. */
  readonly schema: TSchema;
  /** Version of that shape, written into each record. */
  readonly version: number;
  readonly mergeRules: MergeRules;
  /** How a record of this kind may leave its country: with a signed release, as the signed release itself, or as a coded receipt to the owner. */
  readonly border: 'release' | 'claim' | 'receipt';
  readonly lane: Lane;
  /** Its records may never be changed or deleted once they are written; a correction is a further record. */
  readonly appendOnly?: boolean;
  /** A record of this kind may not be deleted while records of that entity point to it (`ref`). */
  readonly heldBy?: string;
  /** Observables inside a body, for correlation. */
  readonly observablesOf?: (body: Record<string, unknown>) => unknown;
  /** Where the words an officer looks for stand; an entity without it is not found by search. */
  readonly search?: SearchFields;
}

const observablesField = (body: Record<string, unknown>): unknown => body['observables'];

/** Kind under which the index finds a record by its identity in its source; no officer's observable has it. */
export const SOURCE_KIND = 'source';

/** Kind under which the index finds records with a conflict nobody has decided; no officer's observable has it. The key is the entity. */
export const CONFLICT_KIND = 'conflict';

/** The observables of an intel record, and its identity in its source, so that a second import finds the first. */
function intelKeys(body: Record<string, unknown>): unknown {
  const { objectId } = Object(body['source']) as { readonly objectId?: unknown };
  const own = Array.isArray(body['observables']) ? (body['observables'] as unknown[]) : [];
  return [...own, { kind: SOURCE_KIND, key: `${String(objectId)}|${String(body['part'])}` }];
}

const OBSERVABLE_TEXTS = ['observables.*.value', 'observables.*.key', 'observables.*.note'] as const;
const CASE_SEARCH = { title: 'title', texts: ['number', 'summary', ...OBSERVABLE_TEXTS], countries: [] } as const satisfies SearchFields;
const INTEL_SEARCH = {
  title: 'title',
  texts: ['description', 'labels.*', ...OBSERVABLE_TEXTS, 'source.publisher', 'source.objectId', 'source.fileName'],
  countries: [],
} as const satisfies SearchFields;
const BRIEF_SEARCH = {
  title: 'title',
  texts: ['statements.*.slots.text', 'statements.*.slots.identifier', 'statements.*.slots.account', 'statements.*.slots.amount.value'],
  countries: ['statements.*.slots.country', 'statements.*.slots.from', 'statements.*.slots.to'],
} as const satisfies SearchFields;
const EXHIBIT_SEARCH = {
  title: 'fileName',
  texts: ['number', 'description', 'receivedFrom', 'condition', 'place', 'sha256', 'sha512'],
  countries: [],
} as const satisfies SearchFields;
const CONTACT_SEARCH = { title: 'fullName', texts: ['romanised', 'phone', 'unit'], countries: [] } as const satisfies SearchFields;

/** The registry of entities. Adding one is one line here, its schema, its rules, a feature folder and a locale namespace. */
export const ENTITIES = {
  case: { schema: CaseSchema, version: 1, mergeRules: caseMergeRules, border: 'release', lane: 'case', observablesOf: observablesField, search: CASE_SEARCH },
  intel: { schema: IntelSchema, version: 1, mergeRules: intelMergeRules, border: 'release', lane: 'media', observablesOf: intelKeys, search: INTEL_SEARCH },
  brief: { schema: BriefSchema, version: 1, mergeRules: briefMergeRules, border: 'release', lane: 'case', search: BRIEF_SEARCH },
  release: { schema: ReleaseSchema, version: 1, mergeRules: {}, border: 'claim', lane: 'approval' },
  contact: { schema: ContactSchema, version: 1, mergeRules: {}, border: 'release', lane: 'case', search: CONTACT_SEARCH },
  receipt: { schema: ReceiptSchema, version: 1, mergeRules: {}, border: 'receipt', lane: 'approval' },
  exhibit: { schema: ExhibitSchema, version: 1, mergeRules: {}, border: 'release', lane: 'case', heldBy: 'custody', search: EXHIBIT_SEARCH },
  custody: { schema: CustodySchema, version: 1, mergeRules: {}, border: 'release', lane: 'case', appendOnly: true },
  transfer: { schema: TransferSchema, version: 1, mergeRules: {}, border: 'receipt', lane: 'approval', appendOnly: true },
} as const satisfies Readonly<Record<string, EntityDefinition>>;

export type EntityName = keyof typeof ENTITIES;
export const ENTITY_NAMES = Object.keys(ENTITIES) as readonly EntityName[];

/** The definition of an entity, or undefined for one this version does not know. */
export function entityDefinition(name: string): EntityDefinition | undefined {
  return (ENTITY_NAMES as readonly string[]).includes(name) ? ENTITIES[name as EntityName] : undefined;
}

/** What a record is called in a list: the field its search finds it by first; the empty string where its kind has no name. */
export function recordTitle({ entity, body }: { readonly entity: string; readonly body: Readonly<Record<string, unknown>> }): string {
  const field = entityDefinition(entity)?.search?.title;
  return field === undefined ? '' : String(body[field] ?? '');
}
