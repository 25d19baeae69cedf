import type { Database, PreparedStatement } from '@evolu/sqlite-wasm';
import { errorsAllowed, findWithErrors } from '#shared/domain/text/edit-distance.ts';
import { indexTokens, tailOf, TAIL_MARK } from '#shared/domain/text/tokens.ts';
import { everywhere, facet, filterExpressions, inTitle, isPossible, loosely, pieces } from './fts-query.ts';
import { SEARCH_TOTAL_MAX, type SearchDocument, type SearchFilter, type SearchFound, type SearchIndex } from './search-index.ts';

/**
 * Tables of the full-text part. `fts` holds tokens without the texts (contentless) and knows their positions, so that neighbouring tokens are
 * a phrase; its tokeniser breaks at ASCII that is neither letter nor digit, which tokens never hold. `vocab` reads the words of `fts`.
 */
export const SEARCH_SCHEMA = `
CREATE TABLE IF NOT EXISTS doc(rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, entity TEXT NOT NULL, at REAL NOT NULL);
CREATE VIRTUAL TABLE IF NOT EXISTS fts USING fts5(title, text, clusters, tails, facets, content='', contentless_delete=1, tokenize='ascii', detail=full);
CREATE VIRTUAL TABLE IF NOT EXISTS vocab USING fts5vocab(fts, 'row');
`;

/** Most words taken for a misspelt one. */
const WORDS_LIKE_MAX = 24;
/** Words of the index compared with one misspelt word. */
const WORDS_COMPARED_MAX = 4000;

/** Writes documents in an open transaction. `end` frees the statements and must always be called. */
export interface SearchWriter {
  readonly put: (id: string, entity: string, document: SearchDocument | undefined) => void;
  readonly end: () => void;
}

/** The full-text tables of an open database that has {@link SEARCH_SCHEMA}. */
export function createSearchTables(db: Database): SearchIndex & { readonly writer: () => SearchWriter } {
  function match(expression: string, { from, to }: SearchFilter, limit: number): SearchFound[] {
    const dates = `${from === undefined ? '' : ' AND doc.at >= ?3'}${to === undefined ? '' : ' AND doc.at <= ?4'}`;
    const bind: Record<string, string | number> = { '?1': expression, '?2': limit };
    if (from !== undefined) bind['?3'] = from;
    if (to !== undefined) bind['?4'] = to;
    // CROSS JOIN: the full-text table leads, and walks its rows from the newest without sorting.
    const rows = db.selectArrays(`SELECT doc.id, doc.entity FROM fts CROSS JOIN doc ON doc.rowid = fts.rowid WHERE fts MATCH ?1${dates} ORDER BY fts.rowid DESC LIMIT ?2`, bind);
    return rows.map(([id, entity]) => ({ id: String(id), entity: String(entity) }));
  }

  /** Known words that begin, or end, like a word and differ from it by no more errors than it may have. */
  function wordsLike(word: string): readonly string[] {
    const allowed = errorsAllowed(word);
    if (allowed === 0) return [];
    const cut = pieces([...word], allowed + 1).map((piece) => piece.join(''));
    const first = cut[0] ?? '';
    const last = tailOf(cut.at(-1) ?? '');
    const like = [first, last].flatMap((start) =>
      db.selectValues('SELECT term FROM vocab WHERE term >= ?1 AND term < ?2 LIMIT ?3', { '?1': start, '?2': `${start}\u{10ffff}`, '?3': WORDS_COMPARED_MAX }).map(String),
    );
    const words = new Set(like.map((term) => (term.startsWith(TAIL_MARK) ? Array.from(term.slice(TAIL_MARK.length)).reverse().join('') : term)));
    return [...words]
      .filter((other) => other !== word && Math.abs(other.length - word.length) <= allowed)
      .flatMap((other) => {
        const found = findWithErrors(other, word, allowed);
        return found ? [{ other, errors: found.errors }] : [];
      })
      .sort((a, b) => a.errors - b.errors)
      .slice(0, WORDS_LIKE_MAX)
      .map(({ other }) => other);
  }

  return {
    search: async (terms, filter, limit) => {
      if (terms.length === 0 || !isPossible(filter)) return { found: [], total: 0, isTotalBound: false };
      const conditions = filterExpressions(filter);
      const all = match([everywhere(terms, tailOf), ...conditions].join(' AND '), filter, SEARCH_TOTAL_MAX + 1);
      const title = inTitle(terms);
      const named = title === undefined || all.length === 0 ? [] : match([title, ...conditions].join(' AND '), filter, limit);
      const found = [...new Map([...named, ...all.slice(0, limit)].map((entry) => [entry.id, entry])).values()].slice(0, limit);
      return { found, total: Math.min(all.length, SEARCH_TOTAL_MAX), isTotalBound: all.length > SEARCH_TOTAL_MAX };
    },
    searchLoosely: async (terms, filter, limit) => (terms.length === 0 || !isPossible(filter) ? [] : match([loosely(terms, wordsLike), ...filterExpressions(filter)].join(' AND '), filter, limit)),
    writer: () => {
      const statements: PreparedStatement[] = [];
      const prepare = (sql: string): PreparedStatement => {
        const statement = db.prepare(sql);
        statements.push(statement);
        return statement;
      };
      const find = prepare('SELECT rowid FROM doc WHERE id = ?');
      const dropText = prepare('DELETE FROM fts WHERE rowid = ?');
      const dropDoc = prepare('DELETE FROM doc WHERE rowid = ?');
      const putDoc = prepare('INSERT INTO doc(rowid, id, entity, at) VALUES((SELECT coalesce(max(rowid), 0) + 1 FROM doc), ?, ?, ?) RETURNING rowid');
      const putText = prepare('INSERT INTO fts(rowid, title, text, clusters, tails, facets) VALUES(?,?,?,?,?,?)');
      const rowOf = (statement: PreparedStatement): number | undefined => {
        const row = statement.step() ? statement.getInt(0) : undefined;
        statement.reset();
        return row ?? undefined;
      };
      return {
        put: (id, entity, document) => {
          const before = rowOf(find.bind([id]));
          if (before !== undefined) {
            dropText.bind([before]).stepReset();
            dropDoc.bind([before]).stepReset();
          }
          if (document === undefined) return;
          const row = rowOf(putDoc.bind([id, entity, document.at]));
          if (row === undefined) throw new Error('no row');
          const [title, text] = [indexTokens(document.title), indexTokens(document.text)];
          const facets = [facet('entity', entity), facet('status', document.status), facet('tlp', document.tlp), ...document.places.map((place) => facet('place', place))];
          const clusters = new Set([...title.clusters, ...text.clusters]);
          const tails = new Set([...title.tails, ...text.tails]);
          putText.bind([row, title.run.join(' '), text.run.join(' '), [...clusters].join(' '), [...tails].join(' '), facets.join(' ')]).stepReset();
        },
        end: () => {
          for (const statement of statements) statement.finalize();
        },
      };
    },
  };
}
