import type { MappedKey } from './search-key.ts';
import { findWithErrors } from './edit-distance.ts';

/** A stretch of a text with the places to mark: sorted, apart, as UTF-16 offsets `[start, end)` into `text`, on grapheme boundaries. */
export interface MarkedText {
  readonly text: string;
  readonly marks: readonly (readonly [start: number, end: number])[];
}

type Range = readonly [start: number, end: number];

/** Most marks in one text; a page of highlights helps nobody. */
const MARKS_MAX = 50;

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** Widens a range to whole graphemes of `text`, as the reader sees them. */
function toGraphemes(text: string, [start, end]: Range): Range {
  const segments = graphemes.segment(text);
  const last = segments.containing(end - 1);
  return [segments.containing(start)?.index ?? start, last ? last.index + last.segment.length : end];
}

/** Sorted ranges without overlaps. */
function merged(ranges: readonly Range[]): Range[] {
  const out: [number, number][] = [];
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const before = out.at(-1);
    if (before && start <= before[1]) before[1] = Math.max(before[1], end);
    else out.push([start, end]);
  }
  return out;
}

/** Every place of `wanted` (search keys) in a mapped text, as ranges of the text; a word of a spaced script counts from its
 * beginning only, unless `insideWords`. */
export function placesOf({ key, starts, ends }: MappedKey, wanted: readonly string[], insideWords = false): Range[] {
  const found: Range[] = [];
  for (const word of wanted) {
    const isWord = /^[\p{L}\p{N}]/u.test(word) && word.charCodeAt(0) < 0x0e00;
    for (let at = word === '' ? -1 : key.indexOf(word); at >= 0 && found.length < MARKS_MAX; at = key.indexOf(word, at + word.length)) {
      const isInside = isWord && at > 0 && /[\p{L}\p{N}\p{M}]/u.test(key.charAt(at - 1)) && key.charCodeAt(at - 1) < 0x0e00;
      if (!isInside || insideWords) found.push([starts[at] ?? 0, ends[at + word.length - 1] ?? 0]);
    }
  }
  return merged(found);
}

/** The best place of a word with at most `most` errors, as a range of the text. */
export function placeWithErrors({ key, starts, ends }: MappedKey, word: string, most: number): Range | undefined {
  const found = findWithErrors(key, word, most);
  return found && found.end > found.start ? [starts[found.start] ?? 0, ends[found.end - 1] ?? 0] : undefined;
}

/** The whole text with its marks. */
export function markedText(text: string, places: readonly Range[]): MarkedText {
  return { text, marks: merged(places.map((place) => toGraphemes(text, place))) };
}

/**
 * A stretch of about `length` UTF-16 units around the first place, cut between graphemes and, where one is near, at a space; an ellipsis
 * stands for what was left out. A text without places gives its beginning.
 */
export function snippet(text: string, places: readonly Range[], length: number): MarkedText {
  if (text.length <= length) return markedText(text, places);
  const [first = [0, 0]] = places;
  const lead = Math.max(0, Math.min(first[0] - Math.floor(length / 4), text.length - length));
  const segments = graphemes.segment(text);
  const space = text.slice(lead, first[0]).search(/\s/);
  const start = segments.containing(lead === 0 ? 0 : space >= 0 && space < 16 ? lead + space + 1 : lead)?.index ?? lead;
  const end = Math.max(segments.containing(Math.min(start + length, text.length - 1))?.index ?? text.length, Math.min(first[1], text.length));
  const [before, after] = [start > 0 ? '…' : '', end < text.length ? '…' : ''];
  const inside = places.filter(([from, to]) => from >= start && to <= end).map(([from, to]) => toGraphemes(text, [from, to]));
  const shift = before.length - start;
  return { text: before + text.slice(start, end) + after, marks: merged(inside).map(([from, to]) => [from + shift, Math.min(to, end) + shift] as const) };
}
