import { createObservable } from '../domain/observable/normalise.ts';
import type { IntelBody, INTEL_KINDS } from '../schema/intel.ts';
import type { Observable } from '../schema/observable.ts';
import type { Tlp } from '../schema/record.ts';
import { asObject, asObjects, asPrimitive, asText, asTexts, hasForbiddenKey, lookUp, type IntakeFile, type IntakeItem, type IntakeReason, type IntakeRejection, type Json } from './intake-file.ts';
import { splitParts } from './parts.ts';
import { observablesOfPattern } from './stix-pattern.ts';

type Kind = (typeof INTEL_KINDS)[number];

/** STIX object type → kind of intelligence; types of §6 (observables) become infrastructure. */
const KIND_BY_TYPE: Readonly<Record<string, Kind>> = {
  indicator: 'indicator',
  malware: 'malware',
  tool: 'tool',
  'threat-actor': 'actor',
  'intrusion-set': 'actor',
  'attack-pattern': 'technique',
  report: 'report',
  grouping: 'report',
  incident: 'event',
  infrastructure: 'infrastructure',
  campaign: 'campaign',
  identity: 'identity',
  vulnerability: 'vulnerability',
  'course-of-action': 'mitigation',
};
const VALUE_TYPES: Readonly<Record<string, Observable['kind']>> = { 'domain-name': 'domain', 'ipv4-addr': 'ipv4', 'ipv6-addr': 'ipv6', url: 'url', 'email-addr': 'email', 'mac-addr': 'mac' };
/** Types that must carry a `name` (STIX 2.1 §4). */
const NAMED = new Set(['malware', 'tool', 'threat-actor', 'intrusion-set', 'attack-pattern', 'report', 'infrastructure', 'campaign', 'identity', 'vulnerability', 'course-of-action', 'incident']);

/** Longest value and longest pattern read, in characters; a longer one is left out whole, never cut. */
const MAX_VALUE = 2048;
const MAX_PATTERN = 100_000;

/** Ids of the TLP marking definitions of STIX 2.1 §7.2.1.4 and of TLP 2.0 (OASIS). */
const TLP_BY_MARKING: Readonly<Record<string, Tlp>> = {
  'marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9': 'CLEAR',
  'marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da': 'GREEN',
  'marking-definition--f88d31f6-486f-44da-b317-01333bde0b82': 'AMBER',
  'marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed': 'RED',
  'marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487': 'CLEAR',
  'marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb': 'GREEN',
  'marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421': 'AMBER',
  'marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003': 'AMBER+STRICT',
  'marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1': 'RED',
};
const RANK: readonly Tlp[] = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'];

/** `type--UUID`; a UUID's case does not matter on input (RFC 9562 §4), and published examples use both. */
const ID = /^([a-z0-9][a-z0-9-]{0,99})--[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

/** Whether a parsed file is a STIX 2 bundle. */
export function isStixBundle(json: unknown): boolean {
  const bundle = asObject(json);
  return bundle?.['type'] === 'bundle' && Array.isArray(bundle['objects']);
}

/** The strictest TLP among an object's markings; AMBER where there is none, because silence is no permission. */
function tlpOf(object: Json, markings: ReadonlyMap<string, Tlp>): Tlp {
  const labels = asTexts(object['object_marking_refs'], 100).flatMap((ref) => lookUp(TLP_BY_MARKING, ref) ?? markings.get(ref) ?? []);
  return labels.reduce<Tlp | undefined>((worst, tlp) => (worst && RANK.indexOf(worst) >= RANK.indexOf(tlp) ? worst : tlp), undefined) ?? 'AMBER';
}

function observableOf(object: Json, type: string): readonly Observable[] {
  const kind = lookUp(VALUE_TYPES, type);
  const value = asText(object['value'], 2048);
  const found: (Observable | undefined)[] = kind ? [createObservable(kind, value)] : [];
  if (type === 'file') {
    for (const hash of Object.values(asObject(object['hashes']) ?? {})) found.push(createObservable('hash', asText(hash, 200)));
    found.push(createObservable('file-name', asText(object['name'], 500)));
  }
  if (type === 'autonomous-system') found.push(createObservable('asn', asPrimitive(object['number'])));
  if (type === 'user-account') found.push(createObservable('account', asText(object['account_login'] ?? object['user_id'], 500)));
  return found.flatMap((observable) => observable ?? []);
}

/** Observables of an object: its pattern, its own value, or the objects inside observed data of STIX 2.0. */
function observablesOf(object: Json, type: string): readonly Observable[] | undefined {
  if (type === 'indicator') {
    const language = object['pattern_type'];
    return language === undefined || language === 'stix' ? observablesOfPattern(asText(object['pattern'], MAX_PATTERN)) : [];
  }
  if (type === 'observed-data') return Object.values(asObject(object['objects']) ?? {}).flatMap((inner) => observableOf(asObject(inner) ?? {}, asText(asObject(inner)?.['type'], 100)));
  return observableOf(object, type);
}

function titleOf(object: Json, type: string, observables: readonly Observable[]): string {
  return asText(object['name'], 500) || asText(observables[0]?.value, 500) || asText(object['value'], 500) || asText(object['abstract'], 500) || type;
}

function labelsOf(object: Json): string[] {
  const lists = ['labels', 'indicator_types', 'malware_types', 'tool_types', 'threat_actor_types', 'report_types', 'infrastructure_types', 'aliases'];
  return [...new Set(lists.flatMap((field) => asTexts(object[field], 200)))].slice(0, 200);
}

function checkObject(object: Json | undefined, seen: ReadonlySet<string>): IntakeReason | undefined {
  if (!object) return 'not-an-object';
  if (hasForbiddenKey(object)) return 'forbidden-key';
  const type = object['type'];
  if (typeof type !== 'string' || type === '') return 'no-type';
  const id = object['id'];
  if (typeof id !== 'string' || ID.exec(id)?.[1] !== type) return 'bad-id';
  if (seen.has(`${id} ${asPrimitive(object['modified'])}`)) return 'duplicate-id';
  if (NAMED.has(type) && asText(object['name'], 500).trim() === '') return 'no-name';
  if (type === 'indicator') return asPrimitive(object['pattern']).length > MAX_PATTERN ? 'too-long' : undefined;
  if (!lookUp(VALUE_TYPES, type)) return undefined;
  const value = typeof object['value'] === 'string' ? object['value'].trim() : '';
  return value === '' ? 'empty-value' : value.length > MAX_VALUE ? 'too-long' : undefined;
}

/** Reads a STIX 2.0 or 2.1 bundle. Relationships become relations of their source; identities and markings stay objects of reference too. */
export function readStixBundle(json: unknown, fileName: string): IntakeFile {
  const bundle = asObject(json) ?? {};
  const raw = Array.isArray(bundle['objects']) ? bundle['objects'] : [];
  const format = bundle['spec_version'] === '2.0' || (bundle['spec_version'] === undefined && asObjects(raw).every((o) => o['spec_version'] === undefined)) ? 'stix-2.0' : 'stix-2.1';
  const names = new Map<string, string>();
  const markings = new Map<string, Tlp>();
  const relations = new Map<string, [string, string][]>();
  const ids = new Set<string>();
  for (const object of asObjects(raw)) {
    const id = asText(object['id'], 300);
    ids.add(id);
    if (object['type'] === 'identity') names.set(id, asText(object['name'], 300));
    const tlp = asText(asObject(object['definition'])?.['tlp'], 20).toUpperCase();
    if (object['type'] === 'marking-definition' && tlp) markings.set(id, RANK.find((label) => label === tlp) ?? (tlp === 'WHITE' ? 'CLEAR' : 'AMBER'));
    if (object['type'] === 'relationship') {
      const source = asText(object['source_ref'], 300);
      const known = relations.get(source);
      const relation: [string, string] = [asText(object['relationship_type'], 100), asText(object['target_ref'], 300)];
      if (known) known.push(relation);
      else relations.set(source, [relation]);
    }
  }
  const items: IntakeItem[] = [];
  const rejected: IntakeRejection[] = [];
  const seen = new Set<string>();
  let folded = 0;
  raw.forEach((entry, index) => {
    const object = asObject(entry);
    const type = asText(object?.['type'], 100);
    const id = asText(object?.['id'], 300);
    const reject = (reason: IntakeReason): unknown => rejected.push({ index, type, id, reason });
    const problem = checkObject(object, seen);
    if (problem || !object) return reject(problem ?? 'not-an-object');
    seen.add(`${id} ${asPrimitive(object['modified'])}`);
    if (type === 'marking-definition') return folded++;
    if (type === 'relationship') return ids.has(asText(object['source_ref'], 300)) ? folded++ : reject('dangling-relationship');
    const observables = observablesOf(object, type);
    if (!observables) return reject('bad-pattern');
    const body: IntelBody = {
      kind: lookUp(KIND_BY_TYPE, type) ?? (observables.length > 0 ? 'infrastructure' : 'other'),
      title: titleOf(object, type, observables),
      description: asText(object['description'] ?? object['content'], 50_000),
      labels: labelsOf(object),
      observables: [],
      source: {
        format,
        objectId: id,
        modified: asText(object['modified'] ?? object['created'], 40),
        publisher: names.get(asText(object['created_by_ref'], 300)) ?? '',
        fileName: fileName.slice(0, 300),
      },
      relations: (relations.get(id) ?? []).slice(0, 2000),
      part: 1,
      parts: 1,
    };
    items.push(...splitParts(body, observables, tlpOf(object, markings)));
    return undefined;
  });
  return { format, items, folded, rejected };
}
