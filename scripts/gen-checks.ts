/**
 * Writes src-shared/schema/checks.generated.ts: the checks of the envelope and of every entity's body as plain code, because
 * nothing may compile a schema at run time under the content policy. Run: `node scripts/gen-checks.ts [--check]`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TSchema } from 'typebox';
import { Code } from 'typebox/compile';
import { ENTITIES, ENTITY_NAMES } from '../src-shared/entities.ts';
import { RecordSchema } from '../src-shared/schema/record.ts';

const OUT = join(import.meta.dirname, '../src-shared/schema/checks.generated.ts');

/** A regular expression or a format's function, as code. Throws on anything else. */
function toSource(external: unknown): string {
  if (external instanceof RegExp) return String(external);
  if (typeof external === 'function' && /^Is\w+$/.test(external.name)) return `Format.${external.name}`;
  throw new Error(`no code for ${String(external)}`);
}

/** One schema as a function of its own scope. */
function toCheck(schema: TSchema): string {
  const { Code: code, External: external } = Code(schema);
  if (code.includes('CheckContext') || code.includes('Hashing.')) throw new Error('unevaluated or unique items need more than plain code');
  const functions = code.split('\n').filter((line) => line.startsWith('const check_'));
  return `(() => {\nconst ${external.identifier} = [${external.variables.map(toSource).join(', ')}];\n${functions.join('\n')}\nreturn check_0;\n})()`;
}

const text = [
  '// @ts-nocheck',
  '// Made by scripts/gen-checks.ts from the schemas; run it after changing one.',
  "import { Format } from 'typebox/format';",
  "import { Guard } from 'typebox/guard';",
  '',
  '/** Whether a value fits the envelope of a record, with any body. */',
  `export const fitsEnvelope: (value: unknown) => boolean = ${toCheck(RecordSchema)};`,
  '',
  '/** Whether a value fits the newest body of an entity, by name. */',
  'export const FITS_BODY: Readonly<Record<string, (value: unknown) => boolean>> = {',
  ...ENTITY_NAMES.map((name) => `${name}: ${toCheck(ENTITIES[name].schema)},`),
  '};',
  '',
].join('\n');

if (!process.argv.includes('--check')) {
  writeFileSync(OUT, text);
  console.log(`${ENTITY_NAMES.length + 1} checks written`);
} else if (!existsSync(OUT) || readFileSync(OUT, 'utf8') !== text) {
  console.error('src-shared/schema/checks.generated.ts is out of date: run scripts/gen-checks.ts');
  process.exitCode = 1;
}
