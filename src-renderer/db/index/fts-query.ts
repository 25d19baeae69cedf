import { errorsAllowed } from '#shared/domain/text/edit-distance.ts';
import { clustersOf } from '#shared/domain/text/scripts.ts';
import { pairsOf, type QueryTerm, type TermPart } from '#shared/domain/text/tokens.ts';
import type { SearchFilter } from './search-index.ts';

/** A string of FTS5: tokens hold letters and digits only, so nothing needs escaping but to be sure. */
function quoted(tokens: readonly string[]): string {
  return `"${tokens.join(' ').replaceAll('"', '')}"`;
}

/** The token of a condition, in the column `facets`; other characters than letters and digits would break it apart. */
export function facet(kind: 'entity' | 'status' | 'tlp' | 'place', value: string): string {
  return `\u00a6${kind}\u00a6${value.replace(/[^A-Za-z0-9]/g, (char) => `\u00a6${char.charCodeAt(0)}\u00a6`)}`.toLowerCase();
}

/** FTS5's condition that a record has one of `values`. */
export function facetExpression(kind: 'entity' | 'status' | 'tlp' | 'place', values: readonly string[]): string {
  return `{facets} : (${values.map((value) => quoted([facet(kind, value)])).join(' OR ')})`;
}

/** Whether a filter can hold at all. */
export function isPossible({ entities, statuses, tlps, places }: SearchFilter): boolean {
  return [entities, statuses, tlps, places].every((list) => list === undefined || list.length > 0);
}

function partExpression(part: TermPart): string {
  if (part.kind === 'cluster') return `{clusters} : ${quoted(part.tokens)} *`;
  // The last word may still be being typed; of a single letter too many words begin, so it waits for the next one.
  const isUnfinished = part.kind === 'words' && (part.tokens.at(-1) ?? '').length === 1;
  if (isUnfinished) return quoted(part.tokens.length > 1 ? part.tokens.slice(0, -1) : part.tokens);
  return `${quoted(part.tokens)} *`;
}

/** A word may also be the end of a longer one: an account number by its last digits. */
function tailExpression(part: TermPart, tailOf: (word: string) => string): string {
  const [only] = part.kind === 'words' && part.tokens.length === 1 ? part.tokens : [];
  return only !== undefined && only.length >= TAIL_QUERY_MIN ? ` OR {tails} : ${quoted([tailOf(only)])} *` : '';
}

/** Shortest word that is also looked for at the end of longer ones. */
const TAIL_QUERY_MIN = 4;

/** All terms anywhere in a record. */
export function everywhere(terms: readonly QueryTerm[], tailOf: (word: string) => string): string {
  return terms.flatMap(({ parts }) => parts.map((part) => `(${partExpression(part)}${tailExpression(part, tailOf)})`)).join(' AND ');
}

/** All words and pairs in the title; undefined for a query of single clusters. */
export function inTitle(terms: readonly QueryTerm[]): string | undefined {
  const parts = terms.flatMap((term) => term.parts);
  const named = parts.filter(({ kind }) => kind !== 'cluster').map(partExpression);
  if (named.length === 0) return undefined;
  return [`{title} : (${named.join(' AND ')})`, ...parts.filter(({ kind }) => kind === 'cluster').map(partExpression)].join(' AND ');
}

/** Cuts a list into `count` pieces of nearly equal length: with fewer errors than pieces, one piece is right (the pigeonhole principle). */
export function pieces<T>(list: readonly T[], count: number): readonly (readonly T[])[] {
  return Array.from({ length: count }, (_, n) => list.slice(Math.floor((n * list.length) / count), Math.floor(((n + 1) * list.length) / count)));
}

function loosePairs(part: TermPart & { readonly kind: 'pairs' }, key: string): string {
  const clusters = clustersOf(key).filter((cluster) => part.tokens.some((token) => token.startsWith(cluster) || token.endsWith(cluster)));
  const allowed = errorsAllowed(key);
  const cut = pieces(clusters, allowed + 1).filter((piece) => piece.length > 1);
  if (allowed === 0 || cut.length === 0) return partExpression(part);
  return `(${[...cut.map((piece) => quoted(pairsOf(piece))), partExpression(part)].join(' OR ')})`;
}

/** All terms, each with typing errors; `wordsLike` gives the known words that resemble one. */
export function loosely(terms: readonly QueryTerm[], wordsLike: (word: string) => readonly string[]): string {
  const looseWord = (word: string): string => {
    const alternatives = wordsLike(word);
    return `(${[`${quoted([word])} *`, ...alternatives.map((other) => quoted([other]))].join(' OR ')})`;
  };
  return terms
    .flatMap(({ key, parts }) =>
      parts.flatMap((part) => {
        if (part.kind === 'cluster') return [partExpression(part)];
        return part.kind === 'pairs' ? [loosePairs({ kind: 'pairs', tokens: part.tokens }, key)] : part.tokens.map(looseWord);
      }),
    )
    .join(' AND ');
}
