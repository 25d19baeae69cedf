import { hlcToMs } from '#shared/base/time.ts';
import { searchTextsOf } from '#shared/domain/record/searchable.ts';
import { errorsAllowed } from '#shared/domain/text/edit-distance.ts';
import { mappedSearchKey, type MappedKey } from '#shared/domain/text/search-key.ts';
import { markedText, placesOf, placeWithErrors, snippet } from '#shared/domain/text/snippet.ts';
import type { QueryTerm } from '#shared/domain/text/tokens.ts';
import { entityDefinition } from '#shared/entities.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import { textOf } from '../index/indexed-record.ts';
import type { SearchHit } from './search-query.ts';

/** UTF-16 units of a snippet: two lines of a result. */
const SNIPPET_LENGTH = 180;
/** A word in the title counts this many times; the saturation and length constants are BM25's usual ones (Robertson and Zaragoza, 2009). */
const TITLE_WEIGHT = 6;
const K1 = 1.2;
const B = 0.75;
const USUAL_LENGTH = 800;

/** A found record with how well it answers the query. */
export interface RatedHit {
  readonly hit: SearchHit;
  readonly score: number;
}

const words = new Intl.Segmenter('und', { granularity: 'word' });

/** Whether a place begins and ends where words do; a reader's word is a better hit than a part of one. */
function isWholeWord(text: string, [start, end]: readonly [number, number]): boolean {
  const segments = words.segment(text);
  const last = segments.containing(end - 1);
  return segments.containing(start)?.index === start && last !== undefined && last.index + last.segment.length === end;
}

type Places = readonly (readonly [number, number])[];

function placesOfTerms(mapped: MappedKey, terms: readonly QueryTerm[]): Places[] {
  return terms.map(({ key }) => {
    const fromStart = placesOf(mapped, [key]);
    return fromStart.length > 0 ? fromStart : placesOf(mapped, [key], true);
  });
}

/** The places of each term with as few errors as it may have; undefined where one of them is nowhere in the two texts. */
function loosePlaces(title: MappedKey, body: MappedKey, terms: readonly QueryTerm[]): { readonly title: Places; readonly body: Places } | undefined {
  const found = { title: [] as (readonly [number, number])[], body: [] as (readonly [number, number])[] };
  for (const term of terms) {
    const exact = { title: placesOf(title, [term.key], true), body: placesOf(body, [term.key], true) };
    if (exact.title.length + exact.body.length > 0) {
      found.title.push(...exact.title);
      found.body.push(...exact.body);
      continue;
    }
    const most = errorsAllowed(term.key);
    const inTitle = placeWithErrors(title, term.key, most);
    const inBody = inTitle ? undefined : placeWithErrors(body, term.key, most);
    if (inTitle) found.title.push(inTitle);
    else if (inBody) found.body.push(inBody);
    else return undefined;
  }
  return found;
}

function partsOf(record: SuarRecord): { readonly title: string; readonly body: string } | undefined {
  const fields = entityDefinition(record.entity)?.search;
  if (!fields) return undefined;
  const { title, texts } = searchTextsOf(fields, record.body);
  return { title, body: textOf(texts) };
}

function toHit(record: SuarRecord, title: string, inTitle: Places, body: string, inBody: Places): SearchHit {
  const { id, entity, owner, ref, tlp, status, updatedAt } = record;
  const lang = typeof record.body['lang'] === 'string' ? record.body['lang'] : '';
  const shown = inBody.length > 0 || inTitle.length === 0 ? snippet(body, inBody, SNIPPET_LENGTH) : { text: '', marks: [] };
  return { id, entity, owner, ref, tlp, status, at: hlcToMs(updatedAt), lang, title: markedText(title, inTitle), snippet: { ...shown, text: shown.text.replaceAll('\n', ' ') } };
}

/** The record as a hit with all terms marked and rated; undefined for a record that is not searched. */
export function readHit(record: SuarRecord, terms: readonly QueryTerm[]): RatedHit | undefined {
  const parts = partsOf(record);
  if (!parts) return undefined;
  const { title, body } = parts;
  const inTitle = placesOfTerms(mappedSearchKey(title), terms);
  const inBody = placesOfTerms(mappedSearchKey(body), terms);
  const length = 1 - B + (B * (title.length + body.length)) / USUAL_LENGTH;
  let score = 0;
  terms.forEach((_term, n) => {
    const [named, told] = [inTitle[n] ?? [], inBody[n] ?? []];
    const times = named.length * TITLE_WEIGHT + told.length;
    const isWhole = named.some((place) => isWholeWord(title, place)) || told.slice(0, 3).some((place) => isWholeWord(body, place));
    score += (times * (K1 + 1)) / (times + K1 * length) + (isWhole ? 0.5 : 0) + (named.length > 0 ? 1 : 0);
  });
  return { hit: toHit(record, title, inTitle.flat(), body, inBody.flat()), score };
}

/** The record as an approximate hit; undefined where a term is not in it even with errors. */
export function readLooseHit(record: SuarRecord, terms: readonly QueryTerm[]): SearchHit | undefined {
  const parts = partsOf(record);
  if (!parts) return undefined;
  const found = loosePlaces(mappedSearchKey(parts.title), mappedSearchKey(parts.body), terms);
  return found && toHit(record, parts.title, found.title, parts.body, found.body);
}
