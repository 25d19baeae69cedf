import type { Database, PreparedStatement } from '@evolu/sqlite-wasm';
import { errorsAllowed, findWithErrors } from '#shared/domain/text/edit-distance.ts';
import { indexTokens, tailOf, TAIL_MARK } from '#shared/domain/text/tokens.ts';
import { FACET_KINDS, FACET_SCHEMA, splitFilter, type FacetConditions } from './facets.ts';
import { everywhere, facet, inTitle, isPossible, loosely, pieces } from './fts-query.ts';
import { SEARCH_TOTAL_MAX, type RecordIndex, type SearchDocument, type SearchFound, type SearchIndex } from './search-index.ts';

/**
 * Tables of the full-text part. `fts` holds tokens without the texts (contentless) and knows their positions, so that neighbouring tokens are
 * a phrase; its tokeniser breaks at ASCII that is neither letter nor digit, which tokens never hold. `vocab` reads the words of `fts`.
 */
export const SEARCH_SCHEMA = `
CREATE TABLE IF NOT EXISTS doc(rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, entity TEXT NOT NULL, ref TEXT NOT NULL, lang TEXT NOT NULL, title TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS cond(rowid INTEGER PRIMARY KEY, entity TEXT NOT NULL, status TEXT NOT NULL, tlp TEXT NOT NULL, at REAL NOT NULL);
${FACET_SCHEMA}
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
export function createSearchTables(db: Database): SearchIndex & Pick<RecordIndex, 'lines'> & { readonly writer: () => SearchWriter } {
  /** Rows of the records that hold all of `expressions` and the filter, newest first. */
  function match(expressions: readonly string[], { match, where, bind }: FacetConditions, limit: number): number[] {
    // CROSS JOIN: the full-text table leads, and walks its rows from the newest without sorting.
    const join = where.length > 0 ? ' CROSS JOIN cond ON cond.rowid = fts.rowid' : '';
    const sql = `SELECT fts.rowid FROM fts${join} WHERE ${['fts MATCH $match', ...where].join(' AND ')} ORDER BY fts.rowid DESC LIMIT $limit`;
    return db.selectValues(sql, { ...bind, $match: [...expressions, ...match].join(' AND '), $limit: limit }).map(Number);
  }

  function read(rows: readonly number[]): SearchFound[] {
    const found = new Map(
      db.selectArrays(`SELECT rowid, id, entity FROM doc WHERE rowid IN (${rows.join(', ')})`).map(([row, id, entity]) => [Number(row), { id: String(id), entity: String(entity) }]),
    );
    return rows.flatMap((row) => found.get(row) ?? []);
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
      const conditions = splitFilter(db, filter);
      const all = match([everywhere(terms, tailOf)], conditions, SEARCH_TOTAL_MAX + 1);
      const title = inTitle(terms);
      const named = title === undefined || all.length === 0 ? [] : match([title], conditions, limit);
      const found = read([...new Set([...named, ...all.slice(0, limit)])].slice(0, limit));
      return { found, total: Math.min(all.length, SEARCH_TOTAL_MAX), isTotalBound: all.length > SEARCH_TOTAL_MAX };
    },
    searchLoosely: async (terms, filter, limit) => (terms.length === 0 || !isPossible(filter) ? [] : read(match([loosely(terms, wordsLike)], splitFilter(db, filter), limit))),
    lines: async (ids) => {
      const rows = db.selectArrays(`SELECT doc.id, doc.entity, title, lang, ref, tlp FROM doc JOIN cond USING(rowid) WHERE doc.id IN (${ids.map(() => '?').join(', ')})`, ids);
      return rows.map((row) => {
        const [id = '', entity = '', title = '', lang = '', ref = '', tlp = ''] = row.map(String);
        return { id, entity, title, lang, ref, tlp };
      });
    },
    writer: () => {
      const statements: PreparedStatement[] = [];
      const prepare = (sql: string): PreparedStatement => {
        const statement = db.prepare(sql);
        statements.push(statement);
        return statement;
      };
      const find = prepare('SELECT doc.rowid, cond.entity, status, tlp FROM doc JOIN cond ON cond.rowid = doc.rowid WHERE id = ?');
      const dropText = prepare('DELETE FROM fts WHERE rowid = ?');
      const dropDoc = prepare('DELETE FROM doc WHERE rowid = ?');
      const putDoc = prepare('INSERT INTO doc(rowid, id, entity, ref, lang, title) VALUES((SELECT coalesce(max(rowid), 0) + 1 FROM doc), ?, ?, ?, ?, ?) RETURNING rowid');
      const dropConditions = prepare('DELETE FROM cond WHERE rowid = ?');
      const putConditions = prepare('INSERT INTO cond VALUES(?, ?, ?, ?, ?)');
      const count = prepare('INSERT INTO facet VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET docs = docs + ?3');
      const putText = prepare('INSERT INTO fts(rowid, title, text, clusters, tails, facets) VALUES(?,?,?,?,?,?)');
      const rowOf = (statement: PreparedStatement): number | undefined => {
        const row = statement.step() ? statement.getInt(0) : undefined;
        statement.reset();
        return row ?? undefined;
      };
      return {
        put: (id, entity, document) => {
          const before = find.bind([id]).step() ? find.get([]) : undefined;
          find.reset();
          if (before !== undefined) {
            const [row = null, ...values] = before;
            dropText.bind([row]).stepReset();
            dropDoc.bind([row]).stepReset();
            dropConditions.bind([row]).stepReset();
            FACET_KINDS.forEach((kind, n) => count.bind([kind, values[n] ?? null, -1]).stepReset());
          }
          if (document === undefined) return;
          const row = rowOf(putDoc.bind([id, entity, document.ref, document.lang, document.title]));
          if (row === undefined) throw new Error('no row');
          putConditions.bind([row, entity, document.status, document.tlp, document.at]).stepReset();
          for (const [kind, value] of Object.entries({ entity, status: document.status, tlp: document.tlp })) count.bind([kind, value, 1]).stepReset();
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
