import { clustersOf, isUnspaced, withLatinDigits } from './scripts.ts';

/**
 * The form in which texts are compared when an officer searches: two spellings a reader takes for the same word have the same key.
 * Keys are never shown and never stored outside the encrypted index; the text stays as it was written.
 * Rules: shared/LANGUAGES.md §8, Unicode Technical Note 11 (Burmese order), Unicode core specification ch. 16 (Thai, Lao, Khmer, Burmese).
 */

/** Invisible characters (zero-width, soft hyphen, bidi controls, variation selectors, Khmer inherent vowels) and every kind of apostrophe, which spells ʻokina. */
const DROPPED = new RegExp(
  [
    String.raw`[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0`,
    String.raw`\u0027\u0060\u00b4\u02b9\u02bb-\u02bf\u02c8\u02ca\u02cb\u2018\u2019\u201b\ua78c\uff07\uff40]`,
  ].join(''),
  'g',
);

/** Latin letters that Unicode does not take apart into a base and a mark. */
const PLAIN_LETTERS: Readonly<Record<string, string>> = { đ: 'd', ð: 'd', ø: 'o', ł: 'l', ı: 'i', ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th', ŋ: 'ng', ɓ: 'b', ɗ: 'd', ħ: 'h', ŧ: 't' };

function plainLatin(letters: string): string {
  return letters
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đðøłıßæœþŋɓɗħŧ]/g, (letter) => PLAIN_LETTERS[letter] ?? letter);
}

/** Sara am in one piece, after its tone mark, however it was typed. */
function withSaraAm(cluster: string): string {
  return cluster
    .replace(/\u0e4d([\u0e48-\u0e4b]?)\u0e32/g, '$1\u0e33')
    .replace(/\u0ecd([\u0ec8-\u0ecb]?)\u0eb2/g, '$1\u0eb3')
    .replace('\u0e40\u0e40', '\u0e41')
    .replace('\u0ec0\u0ec0', '\u0ec1');
}

/** Place of a part of a Khmer syllable: subscripts with RO last, shifters, vowels, signs. */
function khmerPlace(part: string): number {
  if (part.startsWith('\u17d2')) return part === '\u17d2\u179a' ? 1 : 0;
  if (/^[\u17c9\u17ca]/.test(part)) return 2;
  return /^[\u17b6-\u17c5]/.test(part) ? 3 : 4;
}

/** One order of the parts of a Khmer syllable; subscript DA looks like subscript TA, and two vowels can be typed in two pieces. */
function inKhmerOrder(cluster: string): string {
  const [base = '', ...parts] = cluster.match(/\u17d2?[\s\S]/gu) ?? [];
  const sorted = parts.map((part) => (part === '\u17d2\u178a' ? '\u17d2\u178f' : part)).sort((a, b) => khmerPlace(a) - khmerPlace(b));
  return (base + sorted.join(''))
    .replace(/\u17c1\u17b8/g, '\u17be')
    .replace(/\u17c1\u17b6/g, '\u17c4')
    .replace(/\u17d3/g, '\u17c6');
}

/** Order of Burmese medials, vowels and signs (Unicode Technical Note 11). */
const BURMESE_ORDER = '\u1039\u103b\u103c\u103d\u103e\u1031\u102d\u102e\u1032\u102f\u1030\u102b\u102c\u1036\u1037\u103a\u1038';

/** One order of the parts of a Burmese syllable; a kinzi stays where it is, before its stack. */
function inBurmeseOrder(cluster: string): string {
  const [base = '', ...parts] = cluster.match(/\u103a\u1039[\s\S]|\u1039?[\s\S]/gu) ?? [];
  const place = (part: string) => (part.includes('\u1039') ? 0 : BURMESE_ORDER.indexOf(part.charAt(0)) + 1 || BURMESE_ORDER.length + 1);
  return base + parts.sort((a, b) => place(a) - place(b)).join('');
}

function plainCluster(cluster: string): string {
  const first = cluster.charCodeAt(0);
  if (/^\p{Script=Latin}/u.test(cluster)) return plainLatin(cluster);
  if (first >= 0x0e00 && first <= 0x0eff) return withSaraAm(cluster);
  if (first >= 0x1780 && first <= 0x17ff) return inKhmerOrder(cluster);
  if (first >= 0x1000 && first <= 0x109f) return inBurmeseOrder(cluster);
  return cluster;
}

/** Keys of clusters seen before; a language has a few thousand. Holds clusters, never words. */
const known = new Map<string, string>();
const KNOWN_MAX = 20_000;
/** A rule may make work for another one; three turns settle every cluster seen, the rest is a bound. */
const TURNS_MAX = 6;

function clusterKey(cluster: string): string {
  const held = known.get(cluster);
  if (held !== undefined) return held;
  const folded = withLatinDigits(cluster.normalize('NFKC').toLowerCase().normalize('NFKC')).replace(DROPPED, '').replace(/ς/g, 'σ');
  let key = folded;
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    const next = clustersOf(key).map(plainCluster).join('').normalize('NFC').replace(/\s/g, ' ');
    if (next === key) break;
    key = next;
  }
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(cluster, key);
  return key;
}

/** Burmese zero and the letter WA look alike and are typed for each other: among digits both are the digit, alone or with a vowel sign the letter. */
function withOneBurmeseZero(text: string): string {
  return text.replace(/[\u1040-\u1049\u101d]+(\p{M}?)/gu, (run: string, mark: string) => {
    const own = run.length - mark.length;
    const numberEnd = mark !== '' ? own - 1 : own;
    const number = run.slice(0, numberEnd);
    const isNumber = /[\u1041-\u1049]/.test(number);
    return (isNumber ? number.replace(/\u101d/g, '\u1040') : number.replace(/\u1040/g, '\u101d')) + run.slice(numberEnd).replace(/\u1040/g, '\u101d');
  });
}

/** A key with the way back to the text it was made of. */
export interface MappedKey {
  readonly key: string;
  /** For each UTF-16 unit of the key, where the cluster it comes from begins in the text; never falls. */
  readonly starts: readonly number[];
  /** … and where that cluster ends (exclusive); never falls. */
  readonly ends: readonly number[];
}

/** Walks the clusters of a text and hands over the key of each with its place in the text; spaces between unspaced scripts are left out. */
function walk(text: string, take: (key: string, start: number, end: number) => void): void {
  const offsets: number[] = [];
  let clean = '';
  let from = 0;
  for (const match of text.matchAll(DROPPED)) {
    for (let i = from; i < match.index; i++) offsets.push(i);
    clean += text.slice(from, match.index);
    from = match.index + match[0].length;
  }
  const isWhole = from === 0;
  if (!isWhole) for (let i = from; i < text.length; i++) offsets.push(i);
  clean = withOneBurmeseZero(isWhole ? text : clean + text.slice(from));
  const place = (i: number): number => (isWhole ? i : (offsets[i] ?? text.length));
  let at = 0;
  let wasUnspaced = false;
  let spaces: { key: string; start: number; end: number }[] = [];
  for (const cluster of clustersOf(clean)) {
    const key = clusterKey(cluster);
    const [start, end] = [place(at), place(at + cluster.length - 1) + 1];
    at += cluster.length;
    if (key === '') continue;
    if (key.trim() === '') {
      spaces.push({ key, start, end });
      continue;
    }
    const unspaced = isUnspaced(key);
    if (!(wasUnspaced && unspaced)) for (const space of spaces) take(space.key, space.start, space.end);
    spaces = [];
    take(key, start, end);
    wasUnspaced = isUnspaced(clustersOf(key).at(-1) ?? '');
  }
  for (const space of spaces) take(space.key, space.start, space.end);
}

/**
 * The search key of a text: NFKC, lower case, without invisible characters, apostrophes and the diacritics of Latin letters,
 * one spelling for each Thai, Lao, Khmer and Burmese syllable, digits as 0 to 9. Idempotent.
 */
export function searchKey(text: string): string {
  if (/^[\u0020-\u0026\u0028-\u005f\u0061-\u007e]*$/.test(text)) return text.toLowerCase();
  let out = '';
  walk(text, (key) => (out += key));
  return out;
}

/** {@link searchKey} with the place in the text of every unit, for highlights. */
export function mappedSearchKey(text: string): MappedKey {
  const starts: number[] = [];
  const ends: number[] = [];
  let out = '';
  walk(text, (key, start, end) => {
    out += key;
    for (let i = 0; i < key.length; i++) {
      starts.push(start);
      ends.push(end);
    }
  });
  return { key: out, starts, ends };
}
