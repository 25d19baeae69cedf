/**
 * The rules of the locale gate: pure functions over one namespace of one language. A rule here has a planted defect in
 * test/unit/scripts/locale-rules.test.ts that it must find.
 */
import { toLatinDigits } from '../src-renderer/i18n/number-text.ts';

/** Every rule, in the order of the report. */
export const RULES = [
  'missing',
  'orphan',
  'plural-category',
  'placeholder',
  'number',
  'script-ratio',
  'foreign-script',
  'equals-english',
  'nfc',
  'sara-am',
  'coeng-ro',
  'end-punctuation',
  'invisible',
  'length',
  'lao-digraph',
] as const;
export type Rule = (typeof RULES)[number];

/** These are told but do not fail the gate: a long word or an older spelling can be right. */
export const WARNING_RULES: ReadonlySet<Rule> = new Set<Rule>(['length', 'lao-digraph']);

/** One fault; `key` is empty when it is about the whole namespace. */
export interface Finding {
  readonly rule: Rule;
  readonly locale: string;
  readonly namespace: string;
  readonly key: string;
  readonly detail: string;
}

/** What is said in braces: i18next `{{name}}`, MessageFormat 2 `{$name :function}`, or the `{n}` of a term. */
export type Syntax = 'i18next' | 'mf2' | 'terms';

/** One namespace in English and in another language. */
export interface NamespacePair {
  readonly locale: string;
  /** ISO 15924 code of the language's script. */
  readonly script: string;
  readonly namespace: string;
  readonly syntax: Syntax;
  /** CLDR categories of the language. */
  readonly categories: readonly string[];
  readonly source: unknown;
  readonly target: unknown;
}

/** The findings of a pair, and how much of it reads the same as English: `same` of `compared` messages. */
export interface NamespaceReport {
  readonly findings: readonly Finding[];
  readonly compared: number;
  readonly same: number;
}

const SCRIPTS: Readonly<Record<string, RegExp>> = {
  Thai: /\p{Script=Thai}/u,
  Laoo: /\p{Script=Lao}/u,
  Khmr: /\p{Script=Khmer}/u,
  Mymr: /\p{Script=Myanmar}/u,
  Taml: /\p{Script=Tamil}/u,
  Hans: /\p{Script=Han}/u,
  Cyrl: /\p{Script=Cyrillic}/u,
  Arab: /\p{Script=Arabic}/u,
  Deva: /\p{Script=Devanagari}/u,
  Latn: /\p{Script=Latin}/u,
};

/** Names and codes that every language writes in Latin letters. */
const KEPT_WORDS =
  /\b(Suar|INTERPOL|ASEAN|NCB|TLP|RED|AMBER|STRICT|GREEN|CLEAR|SHA-?256|USB|PDF|CSV|JSON|STIX|MISP|TAXII|HTTPS?|URLs?|IP|DNS|SIM|IMEI|IMSI|IBAN|QR|PIN|UTC|UUID|ISO|BCP|ID|OK|MB|kB|GB|Ctrl|Shift|Alt|Enter|Esc|Tab|Ed25519|AES|TLS|MLAT?|UNTOC|CERT|CSIRT|FIU|PhotoDNA)\b/g;

const PLACEHOLDERS: Readonly<Record<Syntax, RegExp>> = {
  i18next: /\{\{-?\s*([\w.]+)[^}]*\}\}|<\/?\w+\s*\/?>|\$t\([^)]*\)/g,
  mf2: /\{\$([\w-]+ :[\w-]+)[^}]*\}/g,
  terms: /\{(\w+)\}/g,
};
const PLURAL_KEY = /_(zero|one|two|few|many|other)$/;
const MAX_GROWTH = 2.2;
const MIN_SCRIPT_SHARE = 0.6;

/** Nested messages as dotted keys, e.g. `list.empty`; values that are not text become text. */
export function flatten(node: unknown, prefix = ''): Map<string, string> {
  if (typeof node !== 'object' || node === null) return new Map([[prefix, String(node)]]);
  return new Map(Object.entries(node).flatMap(([key, value]) => [...flatten(value, prefix === '' ? key : `${prefix}.${key}`)]));
}

/** A term has the forms its language needs, so terms are compared as a whole: all forms of `list.code` as one text. */
function flattenTerms(node: unknown): Map<string, string> {
  const whole = new Map<string, string>();
  for (const [key, text] of flatten(node)) {
    const term = key.split('.').slice(0, 2).join('.');
    whole.set(term, whole.has(term) ? `${whole.get(term)} / ${text}` : text);
  }
  return whole;
}

function placeholdersOf(text: string, syntax: Syntax): Set<string> {
  return new Set([...text.matchAll(PLACEHOLDERS[syntax])].map((match) => match[1] ?? match[0]));
}

/** What a reader reads: without placeholders and without the words kept in every language. */
function proseOf(text: string, syntax: Syntax): string {
  return text.replace(PLACEHOLDERS[syntax], ' ').replace(KEPT_WORDS, ' ');
}

function lettersOf(text: string): string[] {
  return [...text].filter((char) => /[\p{L}\p{M}]/u.test(char));
}

/** Numbers in Latin digits, group separators taken out, sorted: 1,000 and ๑.๐๐๐ are the same number. */
function numbersOf(text: string, syntax: Syntax): string {
  const latin = toLatinDigits(text.replace(PLACEHOLDERS[syntax], ' ')).replace(/(?<=\d)[.,\u00a0\u202f](?=\d{3}(?!\d))/g, '');
  return [...latin.matchAll(/\d+/g)]
    .map((match) => match[0])
    .toSorted()
    .join(' ');
}

function graphemes(text: string): number {
  return [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].length;
}

type Mark = 'stop' | 'question' | 'exclamation' | 'colon' | 'ellipsis' | 'none';

function endMark(text: string): Mark {
  const end = text.trimEnd();
  if (/(\.\.\.|…)$/.test(end)) return 'ellipsis';
  if (/[.។៕။。]$/.test(end)) return 'stop';
  if (/[?？]$/.test(end)) return 'question';
  if (/[!！]$/.test(end)) return 'exclamation';
  return /[:៖：]$/.test(end) ? 'colon' : 'none';
}

/** Thai has no full stop. A text ending in an abbreviation or a placeholder is judged by the mark alone. */
function endsAlike(source: string, target: string, script: string): boolean {
  const [from, to] = [endMark(source), endMark(target)];
  return from === to || (script === 'Thai' && (from === 'stop' || to === 'stop') && (from === 'none' || to === 'none'));
}

function scriptFindings(prose: string, script: string): (readonly [Rule, string])[] {
  const found: (readonly [Rule, string])[] = [];
  const letters = lettersOf(prose);
  const own = SCRIPTS[script];
  if (own !== undefined && script !== 'Latn' && letters.length >= 3) {
    const share = letters.filter((char) => own.test(char)).length / letters.length;
    if (share < MIN_SCRIPT_SHARE) found.push(['script-ratio', `${Math.round(share * 100)} % ${script}`]);
  }
  for (const [other, pattern] of Object.entries(SCRIPTS)) {
    if (other !== script && other !== 'Latn' && pattern.test(prose)) found.push(['foreign-script', other]);
  }
  return found;
}

/** Rules about one translated text, whatever the source says: encoding and spelling order. */
function checkText(target: string, script: string): (readonly [Rule, string])[] {
  const found: (readonly [Rule, string])[] = [];
  if (target !== target.normalize('NFC')) found.push(['nfc', 'not in NFC']);
  // Written in two characters these look right and are found by no search; NFC leaves them as they are.
  if (/\u0e4d[\u0e48-\u0e4b]?\u0e32|\u0ecd[\u0ec8-\u0ecb]?\u0eb2|\u0e40\u0e40|\u0ec0\u0ec0/.test(target)) found.push(['sara-am', 'decomposed vowel']);
  if (/\u17d2\u179a\u17d2/.test(target)) found.push(['coeng-ro', 'coeng ro before another coeng']);
  if (/[\ufeff\u00ad\u2028\u2029]/.test(target) || (script === 'Latn' && /\u200b/.test(target))) found.push(['invisible', 'invisible character']);
  if (/ຫ[ນມ]/.test(target)) found.push(['lao-digraph', 'ໜ or ໝ is one letter']);
  return found;
}

/** Rules about one text beside its source. */
function compareTexts(source: string, target: string, script: string, syntax: Syntax, mayOmitCount = false): (readonly [Rule, string])[] {
  const found = [...checkText(target, script)];
  const [from, to] = [placeholdersOf(source, syntax), placeholdersOf(target, syntax)];
  const lost = [...from].filter((name) => !to.has(name) && !(mayOmitCount && name === 'count'));
  const extra = [...to].filter((name) => !from.has(name));
  if (lost.length + extra.length > 0) found.push(['placeholder', `lost ${lost.join(', ') || 'none'}; extra ${extra.join(', ') || 'none'}`]);
  if (numbersOf(source, syntax) !== numbersOf(target, syntax)) found.push(['number', `${numbersOf(source, syntax) || 'none'} became ${numbersOf(target, syntax) || 'none'}`]);
  found.push(...scriptFindings(proseOf(target, syntax), script));
  if (syntax !== 'terms' && !endsAlike(source, target, script)) found.push(['end-punctuation', `${endMark(source)} became ${endMark(target)}`]);
  const [before, after] = [graphemes(source), graphemes(target)];
  if (syntax === 'i18next' && before >= 4 && before <= 24 && after / before > MAX_GROWTH) found.push(['length', `${before} became ${after}`]);
  return found;
}

/** True when a text has words and they are the English ones. Names of countries are alike in many languages. */
function readsAsEnglish(key: string, source: string, target: string, syntax: Syntax): boolean {
  return source === target && !(syntax === 'terms' && key.startsWith('country.')) && lettersOf(proseOf(source, syntax)).length >= 3;
}

/** Every rule but the share of English, which is of the whole language ({@link checkEnglishShare}). */
export function checkNamespace(pair: NamespacePair): NamespaceReport {
  const { locale, script, namespace, syntax, categories } = pair;
  const read = syntax === 'terms' ? flattenTerms : flatten;
  const [source, target] = [read(pair.source), read(pair.target ?? {})];
  const findings: Finding[] = [];
  const add = (rule: Rule, key: string, detail: string): number => findings.push({ rule, locale, namespace, key, detail });
  const pluralBase = (key: string): string | null => {
    const base = key.replace(PLURAL_KEY, '');
    return base !== key && source.has(`${base}_other`) ? base : null;
  };
  let compared = 0;
  let same = 0;
  const check = (key: string, from: string, mayOmitCount: boolean): void => {
    const to = target.get(key);
    compared += 1;
    if (to === undefined || to.trim() === '') return void add('missing', key, from);
    if (readsAsEnglish(key, from, to, syntax)) same += 1;
    for (const [rule, detail] of compareTexts(from, to, script, syntax, mayOmitCount)) add(rule, key, detail);
  };
  for (const [key, from] of source) {
    const base = syntax === 'i18next' ? pluralBase(key) : null;
    if (base === null) check(key, from, false);
    // A plural is checked once, in every category of the language, against the English plural.
    else if (key.endsWith('_other')) for (const category of categories) check(`${base}_${category}`, from, category !== 'other');
  }
  for (const key of target.keys()) {
    const base = syntax === 'i18next' ? pluralBase(key) : null;
    if (base === null && !source.has(key)) add('orphan', key, 'not in English');
    if (base !== null && !categories.includes(key.slice(base.length + 1))) add('plural-category', key, `${locale} has ${categories.join(', ')}`);
  }
  return { findings, compared, same };
}

/** Most of a language that may read as English, as a share: product names and loan words. */
const MAX_ENGLISH_SHARE = 0.05;

/** One finding when more than {@link MAX_ENGLISH_SHARE} of a language reads as English. */
export function checkEnglishShare(locale: string, reports: readonly NamespaceReport[]): Finding[] {
  const compared = reports.reduce((sum, report) => sum + report.compared, 0);
  const same = reports.reduce((sum, report) => sum + report.same, 0);
  if (compared === 0 || same / compared <= MAX_ENGLISH_SHARE) return [];
  return [{ rule: 'equals-english', locale, namespace: '', key: '', detail: `${same} of ${compared} messages` }];
}
