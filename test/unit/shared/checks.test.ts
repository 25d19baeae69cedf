import fc from 'fast-check';
import { Value } from 'typebox/value';
import type { TSchema } from 'typebox';
import { describe, expect, it } from 'vitest';
import { ENTITIES, ENTITY_NAMES } from '#shared/entities.ts';
import { FITS_BODY, fitsEnvelope } from '#shared/schema/checks.generated.ts';
import { RecordSchema } from '#shared/schema/record.ts';
import { bodyOf } from '../../factories/bodies.ts';
import { recordEnvelope } from '../../factories/records.ts';

type Json = Record<string, unknown> | unknown[];

/** Every object and list inside a value, itself first. */
function parts(value: unknown): Json[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value as Json, ...Object.values(value).flatMap(parts)];
}

/** The value with one place removed, replaced or added. */
function changed(value: object, at: number, key: number, put: unknown, how: 'drop' | 'put' | 'add'): unknown {
  const copy = structuredClone(value) as Json;
  const all = parts(copy);
  const part = all[at % all.length] as Record<string, unknown>;
  const keys = Object.keys(part);
  const name = keys[key % Math.max(1, keys.length)] ?? 'extra';
  if (how === 'drop') Reflect.deleteProperty(part, name);
  else part[how === 'add' ? 'extra' : name] = put;
  return copy;
}

const put = fc.oneof(fc.constant(undefined), fc.string({ unit: 'grapheme', maxLength: 70 }), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string(), { maxLength: 2 }), fc.constant({}));

function agree(schema: TSchema, check: (value: unknown) => boolean, sound: object): void {
  expect(check(sound)).toBe(true);
  let refused = 0;
  fc.assert(
    fc.property(fc.nat(50), fc.nat(50), put, fc.constantFrom('drop' as const, 'put' as const, 'add' as const), (at, key, value, how) => {
      const made = changed(sound, at, key, value, how);
      const fits = check(made);
      if (!fits) refused++;
      expect(fits).toBe(Value.Check(schema, made));
    }),
    { numRuns: 300 },
  );
  expect(refused).toBeGreaterThan(20);
}

describe('the checks made from the schemas', () => {
  it('agree with the schema of the envelope on sound and bent values', () => agree(RecordSchema, fitsEnvelope, { ...recordEnvelope(3), entity: 'case' }));

  it.each(ENTITY_NAMES)('agree with the schema of %s on sound and bent values', (name) => {
    agree(ENTITIES[name].schema, FITS_BODY[name] ?? (() => false), bodyOf(name));
  });
});
