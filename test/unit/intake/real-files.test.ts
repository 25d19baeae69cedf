/** The published STIX and MISP files of the shared data, where it is there: nothing invalid, counts that fit the file. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { IntelSchema } from '#shared/schema/intel.ts';
import { readIntakeFile } from '#shared/intake/read-file.ts';

const SHARED = path.resolve(import.meta.dirname, '../../../../shared/data');
const isThere = existsSync(SHARED);
if (!isThere) console.log('shared data is absent: the published files are not read in this run');
const filesIn = (folder: string) => (isThere ? readdirSync(path.join(SHARED, folder)).filter((name) => name.endsWith('.json')) : []);

function readShared(folder: string, name: string) {
  const bytes = readFileSync(path.join(SHARED, folder, name));
  const file = readIntakeFile(bytes, name);
  if (!file.ok) throw new Error(`${name}: ${file.error.code}`);
  for (const { body } of file.value.items) expect(Value.Check(IntelSchema, body), `${name} ${body.source.objectId}`).toBe(true);
  return { file: file.value, json: JSON.parse(bytes.toString('utf8')) as Record<string, unknown>, first: file.value.items.filter(({ body }) => body.part === 1).length };
}

describe.skipIf(!isThere)('published STIX bundles', () => {
  it.each(filesIn('stix'))('%s: every object is taken, folded or refused with a reason', (name) => {
    const { file, json, first } = readShared('stix', name);
    const objects = json['objects'] as { type: string; id: string; source_ref?: string; pattern?: string }[];
    const ids = new Set(objects.map(({ id }) => id));
    expect(first + file.folded + file.rejected.length).toBe(objects.length);
    expect(file.folded).toBe(objects.filter(({ type, source_ref }) => type === 'marking-definition' || (type === 'relationship' && ids.has(source_ref ?? ''))).length);
    expect(file.rejected.filter(({ reason }) => reason !== 'dangling-relationship')).toEqual([]);
    const simple = objects.filter(({ type, pattern }) => type === 'indicator' && /(domain-name:value|ipv4-addr:value|url:value|file:hashes\.[^=]+)\s*=/.test(pattern ?? '')).map(({ id }) => id);
    const found = new Set(file.items.filter(({ body }) => body.observables.length > 0).map(({ body }) => body.source.objectId));
    expect(simple.filter((id) => !found.has(id))).toEqual([]);
  });

  it('finds the known domain of APT1', () => {
    const { file } = readShared('stix', 'apt1.json');
    expect(file.items.some(({ body }) => body.observables.some(({ kind, key }) => kind === 'domain' && key === 'hugesoft.org'))).toBe(true);
  });
});

describe.skipIf(!isThere)('published MISP events', () => {
  it.each(filesIn('misp'))('%s: every attribute is counted', (name) => {
    const { file, json, first } = readShared('misp', name);
    const responses = (json['response'] as { Event: Record<string, unknown> }[] | undefined) ?? [json as { Event: Record<string, unknown> }];
    const attributes = (holder: unknown) => ((holder as { Attribute?: unknown[] }).Attribute ?? []).length;
    const total = responses.reduce(
      (sum, { Event }) => sum + attributes(Event) + ((Event['Object'] as unknown[] | undefined) ?? []).reduce<number>((inner, object) => inner + attributes(object), 0),
      0,
    );
    expect(first).toBe(responses.length);
    expect(file.folded + file.rejected.length).toBe(total);
    expect(file.rejected.filter(({ reason }) => reason !== 'deleted' && reason !== 'empty-value')).toEqual([]);
  });

  it('finds a server of Mozi', () => {
    const { file } = readShared('misp', 'eset-mozi.misp-event.json');
    expect(file.items.some(({ body }) => body.observables.some(({ key }) => key === '157.119.75.16'))).toBe(true);
  });
});
