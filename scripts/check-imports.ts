/** Checks the import directions of the house (docs/adr/0008): rooms, features and shared layers import only what lies below them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** For a folder prefix, the folders it may import from (itself always). The longest matching prefix counts. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src-shared/base': [],
  'src-shared/schema': ['src-shared/base'],
  'src-shared/domain': ['src-shared/base', 'src-shared/schema', 'src-shared/contract/errors.ts'],
  'src-shared/intake': ['src-shared/base', 'src-shared/schema', 'src-shared/domain', 'src-shared/contract/errors.ts'],
  'src-shared/contract': ['src-shared/base', 'src-shared/schema', 'src-shared/domain', 'src-shared/entities.ts'],
  'src-shared': ['src-shared'],
  'src-main': ['src-shared', 'locales', 'resources'],
  'src-hub': ['src-shared'],
  'src-renderer/kit': ['src-shared', 'src-renderer/i18n'],
  'src-renderer/i18n': ['src-shared', 'locales', 'resources'],
  'src-renderer/db': ['src-shared', 'src-renderer/sync', 'resources'],
  'src-renderer/sync': ['src-shared', 'src-renderer/db'],
  'src-renderer/features': ['src-shared', 'src-renderer/kit', 'src-renderer/db', 'src-renderer/i18n', 'resources'],
  'src-renderer/app': ['src-shared', 'src-renderer', 'resources'],
};

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|tsx)$/.test(file))
    .map((file) => path.posix.join(folder, file));
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/(?:^|\n)\s*(?:import|export)[^'"\n]*?from\s+['"]([^'"]+)['"]|import\s*\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
  return found.flatMap((specifier) => {
    if (specifier.startsWith('#shared/')) return [specifier.replace('#shared/', 'src-shared/')];
    if (specifier.startsWith('.')) return [path.posix.join(path.posix.dirname(file), specifier)];
    return [];
  });
}

const problems: string[] = [];
for (const file of ['src-shared', 'src-main', 'src-hub', 'src-renderer'].flatMap(sourceFiles)) {
  const room = Object.keys(MAY_IMPORT)
    .filter((prefix) => file.startsWith(`${prefix}/`))
    .sort((a, b) => b.length - a.length)[0];
  const allowed = room === undefined ? [] : [room, ...(MAY_IMPORT[room] ?? [])];
  const feature = /^src-renderer\/features\/([^/]+)\//.exec(file)?.[1];
  for (const target of importsOf(file)) {
    if (!allowed.some((prefix) => target === prefix || target.startsWith(`${prefix}/`))) problems.push(`${file} may not import ${target}`);
    const other = /^src-renderer\/features\/([^/]+)\//.exec(target)?.[1];
    if (feature !== undefined && other !== undefined && other !== feature) problems.push(`${file}: a feature may not import the feature ${other}`);
  }
  const lines = readFileSync(file, 'utf8').split('\n').length;
  if (lines > 301) problems.push(`${file} has ${lines} lines; split it (300 at most)`);
}
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'import directions: ok' : `import directions: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
