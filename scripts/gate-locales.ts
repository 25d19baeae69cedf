/**
 * The locale gate: every complete language says all that English says, in its own script, with the same slots and numbers.
 * Run: `node scripts/gate-locales.ts [--json]`. Exit 1 if any figure misses its target.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFor } from '../src-renderer/i18n/intl-tables.ts';
import { LANGUAGES } from '../src-renderer/i18n/locales.ts';
import { pluralCategories } from '../src-renderer/i18n/plural-rules.ts';
import { checkEnglishShare, checkNamespace, RULES, WARNING_RULES, type Finding, type NamespaceReport, type Syntax } from './locale-rules.ts';

const ROOT = join(import.meta.dirname, '../locales');
const SYNTAXES: Readonly<Record<string, Syntax>> = { statements: 'mf2', terms: 'terms' };

function namespacesOf(locale: string): string[] {
  const folder = join(ROOT, locale);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith('.json') && !file.endsWith('.review.json'));
  return files.map((file) => file.slice(0, -'.json'.length)).toSorted();
}

function read(locale: string, namespace: string): unknown {
  const path = join(ROOT, locale, `${namespace}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as unknown) : null;
}

const findings: Finding[] = [];
let compared = 0;
const locales = LANGUAGES.filter((language) => language.uiComplete && language.tag !== 'en');
for (const { tag: locale, script } of locales) {
  const categories = pluralCategories(tableFor(locale).plural);
  const reports: NamespaceReport[] = namespacesOf('en').map((namespace) =>
    checkNamespace({
      locale,
      script,
      namespace,
      categories,
      syntax: SYNTAXES[namespace] ?? 'i18next',
      source: read('en', namespace),
      target: read(locale, namespace),
    }),
  );
  findings.push(...reports.flatMap((report) => report.findings), ...checkEnglishShare(locale, reports));
  compared += reports.reduce((sum, report) => sum + report.compared, 0);
  const english = new Set(namespacesOf('en'));
  for (const namespace of namespacesOf(locale)) {
    if (!english.has(namespace)) findings.push({ rule: 'orphan', locale, namespace, key: '', detail: 'namespace not in English' });
  }
}

const countOf = (rule: string): number => findings.filter((finding) => finding.rule === rule).length;
const figures = [
  { figure: 'locales.messages-compared', value: compared, unit: 'messages', baseline: null, ratio: null, target: null, ok: compared > 0 },
  ...RULES.map((rule) => {
    const warning = WARNING_RULES.has(rule);
    const value = countOf(rule);
    return { figure: `locales.${rule}`, value, unit: warning ? 'warnings' : 'findings', baseline: null, ratio: null, target: warning ? null : 0, ok: warning || value === 0 };
  }),
];
const failed = figures.filter((figure) => !figure.ok);

if (process.argv.includes('--json')) {
  for (const figure of figures) console.log(JSON.stringify(figure));
} else {
  for (const { rule, locale, namespace, key, detail } of findings) {
    console.log(`${WARNING_RULES.has(rule) ? 'warning' : 'error  '} ${locale} ${namespace}:${key} ${rule} (${detail})`);
  }
  const warnings = findings.filter((finding) => WARNING_RULES.has(finding.rule)).length;
  console.log(`${compared} messages in ${locales.length} languages: ${findings.length - warnings} errors, ${warnings} warnings`);
}
process.exitCode = failed.length > 0 ? 1 : 0;
