/**
 * Keeps the review sidecars beside the translations: locales/<language>/<namespace>.review.json says who has checked what
 * against which English text. Run: `node scripts/review-state.ts [--check]`. It never raises a state; only a named reviewer does.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flatten } from './locale-rules.ts';

/** How far a message has come, lowest first. */
const REVIEW_STATES = ['machine', 'translated', 'reviewed', 'final'] as const;
type ReviewState = (typeof REVIEW_STATES)[number];

/** A message a named person has raised above the namespace's state; `at` is an ISO 8601 instant. */
interface RaisedMessage {
  readonly state: Exclude<ReviewState, 'machine'>;
  readonly by: string;
  readonly at: string;
}

/** One sidecar. A message is stale when the English it was made from is no longer the English there is. */
export interface ReviewSidecar {
  /** State of every message that is not in `raised`. */
  readonly state: ReviewState;
  /** Hash of the English each message was made from, by dotted key. */
  readonly srcHash: Readonly<Record<string, string>>;
  /** Hash of the translation itself, which tells a new translation from an old one. */
  readonly textHash: Readonly<Record<string, string>>;
  readonly raised?: Readonly<Record<string, RaisedMessage>>;
}

/** Twelve hexadecimal digits of SHA-256: enough to see a change, short enough to read in a diff. */
function hashText(text: string): string {
  return createHash('sha256').update(text.normalize('NFC')).digest('hex').slice(0, 12);
}

/** The English a key was made from: a plural category English lacks comes from its `other`. */
function sourceOf(key: string, source: ReadonlyMap<string, string>): string | undefined {
  const direct = source.get(key) ?? source.get(key.replace(/_(zero|one|two|few|many)$/, '_other'));
  if (direct !== undefined) return direct;
  // A term has other forms in other languages; what it was made from is every English form of it.
  const [list = '', code = ''] = key.split('.');
  const forms = [...source].filter(([name]) => name === `${list}.${code}` || name.startsWith(`${list}.${code}.`)).map(([, text]) => text);
  return forms.length > 0 ? forms.join('\n') : undefined;
}

/** The sidecar after a change of either text, and the keys whose English moved on without them. */
export function updateReview(
  previous: ReviewSidecar | null,
  source: ReadonlyMap<string, string>,
  target: ReadonlyMap<string, string>,
): { readonly sidecar: ReviewSidecar; readonly stale: readonly string[] } {
  const srcHash: Record<string, string> = {};
  const textHash: Record<string, string> = {};
  const raised: Record<string, RaisedMessage> = {};
  const stale: string[] = [];
  for (const key of [...target.keys()].toSorted()) {
    const english = sourceOf(key, source);
    if (english === undefined) continue;
    const [now, text] = [hashText(english), hashText(target.get(key) ?? '')];
    const untouched = previous?.textHash[key] === text;
    const madeFrom = untouched ? (previous?.srcHash[key] ?? now) : now;
    srcHash[key] = madeFrom;
    textHash[key] = text;
    if (madeFrom !== now) stale.push(key);
    const review = previous?.raised?.[key];
    // A review holds only for the two texts it saw.
    if (review !== undefined && untouched && madeFrom === now) raised[key] = review;
  }
  const state = previous?.state ?? 'machine';
  return { sidecar: { state, srcHash, textHash, ...(Object.keys(raised).length > 0 ? { raised } : {}) }, stale };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8')) as unknown;
}

function run(root: string, check: boolean): number {
  let problems = 0;
  const languages = readdirSync(root).filter((language) => language !== 'en');
  for (const language of languages) {
    const files = readdirSync(join(root, language)).filter((file) => file.endsWith('.json') && !file.endsWith('.review.json'));
    for (const file of files.filter((name) => existsSync(join(root, 'en', name)))) {
      const path = join(root, language, file.replace(/\.json$/, '.review.json'));
      const previous = existsSync(path) ? (readJson(path) as ReviewSidecar) : null;
      const { sidecar, stale } = updateReview(previous, flatten(readJson(join(root, 'en', file))), flatten(readJson(join(root, language, file))));
      for (const key of stale) console.log(`stale ${language} ${file.replace('.json', '')}:${key}`);
      const text = `${JSON.stringify(sidecar)}\n`;
      const current = previous !== null && readFileSync(path, 'utf8') === text;
      if (!check && !current) writeFileSync(path, text);
      problems += stale.length + (check && !current ? 1 : 0);
      if (check && !current) console.log(`out of date ${language} ${file.replace('.json', '.review.json')}`);
    }
  }
  return problems;
}

if (import.meta.main) {
  const check = process.argv.includes('--check');
  const problems = run(join(import.meta.dirname, '../locales'), check);
  console.log(check ? `${problems} sidecars or messages need work` : `sidecars written; ${problems} stale messages`);
  process.exitCode = check && problems > 0 ? 1 : 0;
}
