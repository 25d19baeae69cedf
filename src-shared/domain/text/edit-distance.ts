import { clustersOf } from './scripts.ts';

/**
 * Where a word with at most `most` errors (a cluster missing, added, changed, or two neighbours exchanged) begins in a text, or undefined.
 * Compares clusters, so that a consonant with its vowel is one error. Sellers, "The theory and computation of evolutionary distances" (1980),
 * with the exchange of Damerau.
 * @returns the first best place as UTF-16 offsets into `text`.
 */
export function findWithErrors(text: string, word: string, most: number): { readonly start: number; readonly end: number; readonly errors: number } | undefined {
  const wanted = clustersOf(word);
  const held = clustersOf(text);
  const [m, n] = [wanted.length, held.length];
  if (m === 0) return undefined;
  let before: number[] = [];
  let last = Array.from({ length: m + 1 }, (_, i) => i);
  let froms: number[] = Array.from({ length: m + 1 }, () => 0);
  let fromsBefore: number[] = [];
  let best: { from: number; to: number; errors: number } | undefined;
  for (let j = 1; j <= n; j++) {
    const row = [0];
    const from = [j];
    for (let i = 1; i <= m; i++) {
      const isSame = wanted[i - 1] === held[j - 1];
      let [cost, origin] = [(last[i - 1] ?? 0) + (isSame ? 0 : 1), froms[i - 1] ?? 0];
      if ((last[i] ?? 0) + 1 < cost) [cost, origin] = [(last[i] ?? 0) + 1, froms[i] ?? 0];
      if ((row[i - 1] ?? 0) + 1 < cost) [cost, origin] = [(row[i - 1] ?? 0) + 1, from[i - 1] ?? 0];
      const isExchange = i > 1 && j > 1 && wanted[i - 1] === held[j - 2] && wanted[i - 2] === held[j - 1];
      if (isExchange && (before[i - 2] ?? 0) + 1 < cost) [cost, origin] = [(before[i - 2] ?? 0) + 1, fromsBefore[i - 2] ?? 0];
      row[i] = cost;
      from[i] = origin;
    }
    const errors = row[m] ?? m;
    if (errors <= most && (best === undefined || errors < best.errors)) best = { from: from[m] ?? 0, to: j, errors };
    [before, last, fromsBefore, froms] = [last, row, froms, from];
  }
  if (best === undefined) return undefined;
  const start = held.slice(0, best.from).join('').length;
  return { start, end: start + held.slice(best.from, best.to).join('').length, errors: best.errors };
}

/** Errors tolerated in a word: none up to 3 clusters, one up to 7, two above. Digits carry identity, so a number has to be right. */
export function errorsAllowed(word: string): number {
  if (/^[\d\s.:/+-]*$/.test(word)) return 0;
  const { length } = clustersOf(word);
  return length <= 3 ? 0 : length <= 7 ? 1 : 2;
}
