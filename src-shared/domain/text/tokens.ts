import { clustersOf, isUnspaced } from './scripts.ts';
import { searchKey } from './search-key.ts';

/**
 * What a text is found by. Spaced scripts: words. Scripts without spaces: overlapping pairs of clusters, so that no dictionary decides what
 * can be found; neighbouring pairs in order are an exact substring. Tokens hold no ASCII but letters and digits, so that a tokeniser which
 * breaks at other ASCII characters keeps them whole.
 */
export interface IndexTokens {
  /** Words and pairs in the order of the text. */
  readonly run: readonly string[];
  /** Distinct clusters of unspaced scripts, for a query of one cluster. */
  readonly clusters: readonly string[];
  /** Distinct long words backwards, marked by {@link TAIL_MARK}: finds the end of an account number and a typo at the start of a word. */
  readonly tails: readonly string[];
}

/** First character of a word that is written backwards; no text has it as a letter. */
export const TAIL_MARK = '\u00ac';
/** Shortest word that is also indexed backwards, in characters. */
const TAIL_WORD_MIN = 5;
/** Longest word kept; longer ones are cut, in the index and in queries alike. */
const WORD_MAX = 128;

/** A stretch of a key: one word, or the clusters of unspaced script that follow each other. */
type Stretch = { readonly word: string } | { readonly clusters: readonly string[] };

const LETTERS = /[\p{L}\p{N}\p{M}]/u;
/** A cluster with other ASCII in it, as a mark on a space, is no part of a word. */
const BREAKS = /[^a-z0-9\P{ASCII}]/u;

function stretchesOf(key: string): Stretch[] {
  const out: Stretch[] = [];
  let word = '';
  let clusters: string[] = [];
  const endWord = () => {
    if (word !== '') out.push({ word: word.slice(0, WORD_MAX) });
    word = '';
  };
  const endClusters = () => {
    if (clusters.length > 0) out.push({ clusters });
    clusters = [];
  };
  for (const cluster of clustersOf(key)) {
    const isLetter = LETTERS.test(cluster) && !BREAKS.test(cluster);
    if (isLetter && isUnspaced(cluster)) {
      endWord();
      clusters.push(cluster);
      continue;
    }
    endClusters();
    if (isLetter) word += cluster;
    else endWord();
  }
  endWord();
  endClusters();
  return out;
}

/** The overlapping pairs of clusters; one cluster alone stands for itself. */
export function pairsOf(clusters: readonly string[]): string[] {
  return clusters.length === 1 ? [...clusters] : clusters.slice(1).map((cluster, i) => `${clusters[i]}${cluster}`);
}

/** The word backwards, as it is indexed in `tails`. */
export function tailOf(word: string): string {
  return TAIL_MARK + [...word].reverse().join('');
}

/** The tokens of a text (any length); empty for a text without letters and digits. */
export function indexTokens(text: string): IndexTokens {
  const run: string[] = [];
  const clusters = new Set<string>();
  const tails = new Set<string>();
  for (const stretch of stretchesOf(searchKey(text))) {
    if ('word' in stretch) {
      run.push(stretch.word);
      if (stretch.word.length >= TAIL_WORD_MIN) tails.add(tailOf(stretch.word));
    } else {
      run.push(...pairsOf(stretch.clusters));
      for (const cluster of stretch.clusters) clusters.add(cluster);
    }
  }
  return { run, clusters: [...clusters], tails: [...tails] };
}

/** Tokens that must follow each other; the last one is a beginning. */
export type TermPart = { readonly kind: 'words' | 'pairs'; readonly tokens: readonly string[] } | { readonly kind: 'cluster'; readonly tokens: readonly [string] };

/** One thing an officer looks for: what stands between spaces or inside quotation marks. All of its parts must be in a record. */
export interface QueryTerm {
  /** The term's search key, to find its places in a text. */
  readonly key: string;
  readonly parts: readonly TermPart[];
}

/** Most terms of a query that count; the rest is left out. */
const TERMS_MAX = 12;

function termOf(text: string): QueryTerm | undefined {
  const key = searchKey(text).trim();
  const parts: TermPart[] = [];
  let words: string[] = [];
  const endWords = () => {
    if (words.length > 0) parts.push({ kind: 'words', tokens: words });
    words = [];
  };
  for (const stretch of stretchesOf(key)) {
    if ('word' in stretch) {
      words.push(stretch.word);
      continue;
    }
    endWords();
    const [first] = stretch.clusters;
    if (stretch.clusters.length > 1) parts.push({ kind: 'pairs', tokens: pairsOf(stretch.clusters) });
    else if (first !== undefined) parts.push({ kind: 'cluster', tokens: [first] });
  }
  endWords();
  return parts.length === 0 ? undefined : { key, parts };
}

/** The terms of a query in their order, without repetitions; `"…"` and `“…”` keep words together. */
export function queryTerms(query: string): readonly QueryTerm[] {
  const found = [...query.matchAll(/["“”«»]([^"“”«»]+)["“”«»]?|[^\s"“”«»]+/g)].flatMap((match) => termOf(match[1] ?? match[0]) ?? []);
  return [...new Map(found.map((term) => [term.key, term])).values()].slice(0, TERMS_MAX);
}
