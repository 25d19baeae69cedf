import { queryTerms, type QueryTerm } from '#shared/domain/text/tokens.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { RecordIndex, SearchFilter } from '../index/search-index.ts';
import { readHit, readLooseHit } from './read-hit.ts';
import { SEARCH_HITS_MAX, type SearchAnswer, type SearchHit, type SearchQuery } from './search-query.ts';

/** Fewest records rated for one answer: those with the words in the title and the newest of the others. */
const RATED_MIN = 30;
/** Words that fewer records hold than this may be misspelt: words like them are looked for too. */
const FEW_HITS = 3;
/** Candidates whose texts are compared with a misspelt query. */
const COMPARED_MAX = 30;

/** Reads records by id; those that are gone are left out. */
export type ReadRecords = (ids: readonly string[]) => Promise<readonly SuarRecord[]>;

async function approximate(index: RecordIndex, read: ReadRecords, terms: readonly QueryTerm[], filter: SearchFilter, without: ReadonlySet<string>, limit: number): Promise<SearchHit[]> {
  const candidates = (await index.searchLoosely(terms, filter, COMPARED_MAX)).filter(({ id }) => !without.has(id));
  const hits = (await read(candidates.map(({ id }) => id))).flatMap((record) => readLooseHit(record, terms) ?? []);
  return hits.sort((a, b) => b.at - a.at).slice(0, limit);
}

/** The terms without a last single letter, which is a word that is just being begun; alone it is what is asked. */
function finished(terms: readonly QueryTerm[]): readonly QueryTerm[] {
  const last = terms.at(-1);
  return terms.length > 1 && last !== undefined && /^[\p{Script=Latin}\d]$/u.test(last.key) ? terms.slice(0, -1) : terms;
}

/**
 * Answers a query from the index and reads title, snippet and places from the records themselves, so that nothing shown is older than the
 * store. Ranked by {@link readHit}, newer first among equals. An empty query has no hits.
 */
export async function answerSearch(index: RecordIndex, read: ReadRecords, { text, limit, ...conditions }: SearchQuery): Promise<SearchAnswer> {
  const terms = finished(queryTerms(text));
  if (terms.length === 0) return { hits: [], total: 0, isTotalBound: false, approximate: [] };
  const most = Math.min(Math.max(1, limit), SEARCH_HITS_MAX);
  const { found, total, isTotalBound } = await index.search(terms, conditions, Math.max(most, RATED_MIN));
  const records = await read(found.map(({ id }) => id));
  const rated = records.flatMap((record) => readHit(record, terms) ?? []).sort((a, b) => b.score - a.score || b.hit.at - a.hit.at);
  const hits = rated.slice(0, most).map(({ hit }) => hit);
  // Words that many records hold are spelt right, however few of them pass the conditions.
  const isRare = total < FEW_HITS && (Object.keys(conditions).length === 0 || (await index.search(terms, {}, FEW_HITS)).total < FEW_HITS);
  const like = isRare ? await approximate(index, read, terms, conditions, new Set(found.map(({ id }) => id)), most) : [];
  return { hits, total, isTotalBound, approximate: like };
}
