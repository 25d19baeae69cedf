/** Code points of the zeros of scripts with digits of their own; the nine others follow each. Full-width and mathematical digits fall to NFKC. */
const ZEROS = [
  0x0660, 0x06f0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40,
  0xa9d0, 0xa9f0, 0xaa50, 0xabf0,
] as const;

const LATIN_DIGITS = new Map(ZEROS.flatMap((zero) => Array.from({ length: 10 }, (_, n) => [String.fromCodePoint(zero + n), String(n)] as const)));

/** The text with the digits of other scripts (Thai, Lao, Burmese, Khmer, Arabic, Indic and so on) as 0 to 9; as long as before. */
export function withLatinDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => LATIN_DIGITS.get(digit) ?? digit);
}

/** Scripts that are written without spaces between words: Thai, Lao, Burmese, Khmer, Tai Le, New Tai Lue, Tai Tham, Tai Viet, kana and Han. */
const UNSPACED = String.raw`\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\ua9e0-\ua9fe\uaa60-\uaadf\uf900-\ufaff\u{20000}-\u{3ffff}`;
const UNSPACED_START = new RegExp(`^[${UNSPACED}]`, 'u');

/** Whether a cluster belongs to a script without spaces between words. */
export function isUnspaced(cluster: string): boolean {
  return cluster.charCodeAt(0) >= 0x0e00 && UNSPACED_START.test(cluster);
}

/**
 * One user-perceived character: a base with its marks, a Khmer or Burmese stack, sara am with its consonant, a Hangul syllable
 * of jamo. Own rules instead of Intl.Segmenter, whose answer changes with the version of ICU: an index must not.
 * After UAX 29 (extended grapheme clusters), narrowed to letters; two Thai or Lao E count as one, because they are typed for AE.
 */
const CLUSTER = new RegExp(
  [
    String.raw`(?:\u0e40\u0e40|\u0ec0\u0ec0|[\s\S])`,
    String.raw`(?:\p{M}|[\u0e33\u0eb3\u1160-\u11ff\u3131-\u3163\uff9e\uff9f\uffa1-\uffdc]|(?<=\u0e4d[\u0e48-\u0e4b]?)\u0e32|(?<=\u0ecd[\u0ec8-\u0ecb]?)\u0eb2|(?<=[\u17d2\u1039])[\u1000-\u102a\u103f\u1780-\u17b3])*`,
  ].join(''),
  'gu',
);

/** The clusters of a text, in order; together they are the text. */
export function clustersOf(text: string): string[] {
  return text.match(CLUSTER) ?? [];
}
