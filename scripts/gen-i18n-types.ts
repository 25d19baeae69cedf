/** Writes src-renderer/i18n/types.d.ts, which types every key from locales/en. Run: `node scripts/gen-i18n-types.ts [--check]`. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const OUT = join(ROOT, 'src-renderer/i18n/types.d.ts');
/** Typed statements are read by their own renderer, never through `t`. */
const NOT_I18NEXT = new Set(['statements', 'terms']);

const namespaces = readdirSync(join(ROOT, 'locales/en'))
  .filter((file) => file.endsWith('.json') && !file.endsWith('.review.json'))
  .map((file) => file.slice(0, -'.json'.length))
  .filter((namespace) => !NOT_I18NEXT.has(namespace))
  .toSorted();

const text = [
  '// Made by scripts/gen-i18n-types.ts from the files in locales/en; run it after adding a namespace.',
  "import 'i18next';",
  ...namespaces.map((namespace) => `import type ${namespace.replace(/\W/g, '_')} from '../../locales/en/${namespace}.json';`),
  '',
  "declare module 'i18next' {",
  '  interface CustomTypeOptions {',
  "    defaultNS: 'app';",
  '    resources: {',
  ...namespaces.map((namespace) => `      ${/\W/.test(namespace) ? `'${namespace}'` : namespace}: typeof ${namespace.replace(/\W/g, '_')};`),
  '    };',
  '  }',
  '}',
  '',
].join('\n');

if (!process.argv.includes('--check')) {
  writeFileSync(OUT, text);
  console.log(`${namespaces.length} namespaces typed`);
} else if (!existsSync(OUT) || readFileSync(OUT, 'utf8') !== text) {
  console.error('src-renderer/i18n/types.d.ts is out of date: run scripts/gen-i18n-types.ts');
  process.exitCode = 1;
}
