import type { IntelBody } from '../schema/intel.ts';
import type { Tlp } from '../schema/record.ts';

/** Why one object of a file was left out; i18n key `intel.rejected.<reason>`. */
export const INTAKE_REASONS = ['not-an-object', 'no-type', 'bad-id', 'no-name', 'forbidden-key', 'bad-pattern', 'dangling-relationship', 'empty-value', 'deleted', 'duplicate-id', 'too-long'] as const;
export type IntakeReason = (typeof INTAKE_REASONS)[number];

/** One object the file holds, ready to become an `intel` record. */
export interface IntakeItem {
  /** Identity across imports: source id and part. */
  readonly sourceKey: string;
  readonly tlp: Tlp;
  readonly body: IntelBody;
}

/** One object that was left out, and why. */
export interface IntakeRejection {
  /** Position in the file, from 0. */
  readonly index: number;
  readonly type: string;
  readonly id: string;
  readonly reason: IntakeReason;
}

/** What a file came to. Every object of the file is either in `items`, folded into one (`folded`), or in `rejected`. */
export interface IntakeFile {
  readonly format: IntelBody['source']['format'];
  readonly items: readonly IntakeItem[];
  /** Objects that became part of another: relationships, markings, identities of the publisher. */
  readonly folded: number;
  readonly rejected: readonly IntakeRejection[];
}

/** A plain object, for reading unknown JSON. */
export type Json = Readonly<Record<string, unknown>>;

/** `value` as an object, or undefined. */
export function asObject(value: unknown): Json | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : undefined;
}

/** `value` as text of at most `max` characters, or the empty string. Lone surrogates become U+FFFD: they cannot be stored. */
export function asText(value: unknown, max: number): string {
  return typeof value === 'string' ? value.slice(0, max).replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '�') : '';
}

/** `value` as text where it is text or a number, else the empty string; an object could throw when asked for its text. */
export function asPrimitive(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** `value` as a list of objects. */
export function asObjects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(asObject).filter((object) => object !== undefined) : [];
}

/** `value` as a list of short texts, without duplicates. */
export function asTexts(value: unknown, max: number): string[] {
  return Array.isArray(value) ? [...new Set(value.map((entry) => asText(entry, max)).filter((text) => text !== ''))] : [];
}

/** The entry of a table under a name from a file; names such as `constructor`, which every object inherits, have none. */
export function lookUp<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** Whether an object carries a key that pollutes prototypes, at any depth. */
export function hasForbiddenKey(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasForbiddenKey);
  const object = asObject(value);
  return object !== undefined && Object.keys(object).some((key) => FORBIDDEN.has(key) || hasForbiddenKey(object[key]));
}
