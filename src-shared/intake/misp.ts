import { mispPartsOf } from '../domain/observable/misp-types.ts';
import { createObservable } from '../domain/observable/normalise.ts';
import type { IntelBody } from '../schema/intel.ts';
import type { Observable } from '../schema/observable.ts';
import { TLP, tlpRank, type Tlp } from '../schema/record.ts';
import { asPrimitive, asObject, asObjects, asText, hasForbiddenKey, type IntakeFile, type IntakeItem, type IntakeReason, type IntakeRejection, type Json } from './intake-file.ts';
import { splitParts } from './parts.ts';

/** The entries of a MISP file: `{Event}`, `{response: [{Event}]}` or a list of either; undefined where an entry holds no event. */
function mispEntries(json: unknown): readonly (Json | undefined)[] {
  const list = Array.isArray(json) ? (json as unknown[]) : (asObject(json)?.['response'] ?? [json]);
  return (Array.isArray(list) ? (list as unknown[]) : [list]).map((entry) => asObject(asObject(entry)?.['Event']));
}

/** Whether a parsed file holds a MISP event. */
export function isMispFile(json: unknown): boolean {
  return mispEntries(json).some((event) => event !== undefined);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function tagNames(holder: Json): string[] {
  return asObjects(holder['Tag'])
    .map((tag) => asText(tag['name'], 200))
    .filter((name) => name !== '');
}

/** The strictest TLP among the tags of an event; AMBER where none says otherwise, because silence is no permission. */
function tlpOf(tags: readonly string[]): Tlp {
  const labels = tags.flatMap((tag) => /^tlp:(.+)$/i.exec(tag)?.[1]?.toUpperCase() ?? []).map((label) => (label === 'WHITE' ? 'CLEAR' : (TLP.find((tlp) => tlp === label) ?? 'AMBER')));
  return labels.reduce<Tlp | undefined>((worst, tlp) => (worst && tlpRank(worst) >= tlpRank(tlp) ? worst : tlp), undefined) ?? 'AMBER';
}

/** Observables of an attribute, or why it was left out. Attributes that are no observable (text, links, dates) give none. */
function attributeObservables(attribute: Json | undefined, note: string): readonly Observable[] | IntakeReason {
  if (!attribute) return 'not-an-object';
  if (hasForbiddenKey(attribute)) return 'forbidden-key';
  if (attribute['deleted'] === true || attribute['deleted'] === '1') return 'deleted';
  const type = asText(attribute['type'], 100);
  if (type === '') return 'no-type';
  const value = asText(attribute['value'], 100_000).trim();
  if (value === '') return 'empty-value';
  const parts = mispPartsOf(type);
  if (!parts) return [];
  const values = type.includes('|') || type === 'malware-sample' ? value.split('|') : [value];
  if (values.some((part) => part.length > 2048)) return 'too-long';
  return parts.flatMap((kind, i) => {
    const part = values[i] ?? '';
    return createObservable(kind === 'ip' ? (part.includes(':') ? 'ipv6' : 'ipv4') : kind, part, note) ?? [];
  });
}

function readEvent(event: Json, fileName: string, offset: number): { readonly items: IntakeItem[]; readonly folded: number; readonly rejected: IntakeRejection[]; readonly count: number } {
  const uuid = asText(event['uuid'], 100);
  const title = asText(event['info'], 500).trim();
  if (hasForbiddenKey({ ...event, Attribute: [], Object: [] }) || uuid === '' || title === '') {
    const reason = uuid === '' ? 'bad-id' : title === '' ? 'no-name' : 'forbidden-key';
    return { items: [], folded: 0, rejected: [{ index: offset, type: 'event', id: uuid, reason }], count: 1 };
  }
  const tags = tagNames(event);
  const attributes = [
    ...asList(event['Attribute'])
      .map(asObject)
      .map((attribute) => ({ attribute, note: asText(attribute?.['comment'], 500) })),
    ...asObjects(event['Object']).flatMap((object) => asList(object['Attribute']).map((entry) => ({ attribute: asObject(entry), note: asText(object['comment'] || object['name'], 500) }))),
  ];
  const observables: Observable[] = [];
  const rejected: IntakeRejection[] = [];
  let folded = 0;
  attributes.forEach(({ attribute, note }, i) => {
    const found = attributeObservables(attribute, note);
    if (typeof found === 'string') rejected.push({ index: offset + 1 + i, type: asText(attribute?.['type'], 100), id: asText(attribute?.['uuid'], 100), reason: found });
    else {
      folded++;
      observables.push(...found);
    }
  });
  const galaxies = asObjects(event['Galaxy'])
    .flatMap((galaxy) => asObjects(galaxy['GalaxyCluster']))
    .map((cluster) => asText(cluster['value'], 200))
    .filter((name) => name !== '');
  const seconds = Number(asPrimitive(event['timestamp']));
  const body: IntelBody = {
    kind: 'event',
    title,
    description: asObjects(event['EventReport'])
      .map((report) => asText(report['content'], 20_000))
      .join('\n\n')
      .slice(0, 50_000),
    labels: [...new Set([...tags, ...galaxies])].slice(0, 200),
    observables: [],
    source: {
      format: 'misp',
      objectId: uuid,
      modified: Number.isFinite(seconds) && seconds > 0 && seconds < 1e11 ? new Date(seconds * 1000).toISOString() : asText(event['date'], 40),
      publisher: asText(asObject(event['Orgc'])?.['name'], 300),
      fileName: fileName.slice(0, 300),
    },
    relations: [],
    part: 1,
    parts: 1,
  };
  return { items: splitParts(body, observables, tlpOf(tags)), folded, rejected, count: attributes.length + 1 };
}

/** Reads one or more MISP events (core format, as exported by an instance or PyMISP). */
export function readMispEvents(json: unknown, fileName: string): IntakeFile {
  const items: IntakeItem[] = [];
  const rejected: IntakeRejection[] = [];
  let folded = 0;
  let offset = 0;
  for (const event of mispEntries(json)) {
    if (!event) {
      rejected.push({ index: offset++, type: '', id: '', reason: 'not-an-object' });
      continue;
    }
    const read = readEvent(event, fileName, offset);
    items.push(...read.items);
    rejected.push(...read.rejected);
    folded += read.folded;
    offset += read.count;
  }
  return { format: 'misp', items, folded, rejected };
}
