import type { Database, PreparedStatement } from '@evolu/sqlite-wasm';
import type { Tlp } from '#shared/schema/record.ts';
import { errorsAllowed, findWithErrors } from '#shared/domain/text/edit-distance.ts';
import { indexTokens, tailOf, TAIL_MARK } from '#shared/domain/text/tokens.ts';
import { FACET_KINDS, FACET_SCHEMA, splitFilter, type FacetConditions } from './facets.ts';
import { everywhere, facet, inTitle, isPossible, loosely, pieces } from './fts-query.ts';
import type { RecordLine } from './observable-index.ts';
import { SEARCH_TOTAL_MAX, type SearchDocument, type SearchIndex } from './search-index.ts';

/**
 * Bytes of a page of the file. A leaf of FTS5 is a little shorter, so that with what encryption and the record's header take it stays on one
 * page; the default of 4050 took two of 4096, and half as many pages of twice the size are opened a third faster.
 */
export const INDEX_PAGE_BYTES = 8192;

/**
 * Tables of the full-text part. `doc` has a row for every record with a text or an observable; a change gives it a new one, so that rows are
 * in the order of changes; the other tables have one where there is a text. `fts` holds tokens without the texts (contentless) and knows their positions, so that neighbouring tokens are
 * a phrase; its tokeniser breaks at ASCII that is neither letter nor digit, which tokens never hold. `vocab` reads the words of `fts`.
 */
export const SEARCH_SCHEMA = `
CREATE TABLE doc(rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, entity TEXT NOT NULL, ref TEXT NOT NULL, lang TEXT NOT NULL, title TEXT NOT NULL, tlp TEXT NOT NULL);
CREATE TABLE cond(rowid INTEGER PRIMARY KEY, entity TEXT NOT NULL, status TEXT NOT NULL, tlp TEXT NOT NULL, at REAL NOT NULL);
${FACET_SCHEMA}
CREATE VIRTUAL TABLE fts USING fts5(title, text, clusters, tails, facets, content='', contentless_delete=1, tokenize='ascii', detail=full);
CREATE VIRTUAL TABLE vocab USING fts5vocab(fts, 'row');
INSERT INTO fts(fts, rank) VALUES('pgsz', ${INDEX_PAGE_BYTES - 192});
`;

/** Most words taken for a misspelt one. */
const WORDS_LIKE_MAX = 24;
/** Words of the index compared with one misspelt word. */
const WORDS_COMPARED_MAX = 4000;

/** Writes documents in an open transaction. `end` frees the statements and must always be called. */
export interface SearchWriter {
  /** Takes the record out; answers the row it had. */
  readonly take: (id: string) => number | undefined;
  /** Puts a record in that is not there, with or without a text; answers its row. */
  readonly put: (id: string, entity: string, document: SearchDocument | undefined) => number;
  readonly end: () => void;
}

/** The full-text tables of an open database that has {@link SEARCH_SCHEMA}. */
export function createSearchTables(db: Database): SearchIndex & { readonly writer: () => SearchWriter; readonly linesByRow: (rows: readonly number[]) => ReadonlyMap<number, RecordLine> } {
  /** Rows of the records that hold all of `expressions` and the filter, newest first. */
  function match(expressions: readonly string[], { match, where, bind }: FacetConditions, limit: number): number[] {
    // CROSS JOIN: the full-text table leads, and walks its rows from the newest without sorting.
    const join = where.length > 0 ? ' CROSS JOIN cond ON cond.rowid = fts.rowid' : '';
    const sql = `SELECT fts.rowid FROM fts${join} WHERE ${['fts MATCH $match', ...where].join(' AND ')} ORDER BY fts.rowid DESC LIMIT $limit`;
    return db.selectValues(sql, { ...bind, $match: [...expressions, ...match].join(' AND '), $limit: limit }).map(Number);
  }

  /** What lists show of the records of rows. */
  function linesByRow(rows: readonly number[]): Map<number, RecordLine> {
    const known = db.selectArrays(`SELECT rowid, id, entity, title, lang, ref, tlp FROM doc WHERE rowid IN (${rows.join(', ')})`);
    return new Map(
      known.map(([row, ...texts]) => {
        const [id = '', entity = '', title = '', lang = '', ref = '', tlp = ''] = texts.map(String);
        return [Number(row), { id, entity, title, lang, ref, tlp: tlp as Tlp }];
      }),
    );
  }

  /** What lists show of the records of rows, in the order of the rows. */
  function lines(rows: readonly number[]): RecordLine[] {
    const byRow = linesByRow(rows);
    return rows.flatMap((row) => byRow.get(row) ?? []);
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
      const found = lines([...new Set([...named, ...all.slice(0, limit)])].slice(0, limit));
      return { found, total: Math.min(all.length, SEARCH_TOTAL_MAX), isTotalBound: all.length > SEARCH_TOTAL_MAX };
    },
    searchLoosely: async (terms, filter, limit) => (terms.length === 0 || !isPossible(filter) ? [] : lines(match([loosely(terms, wordsLike)], splitFilter(db, filter), limit))),
    linesByRow,
    writer: () => {
      const statements: PreparedStatement[] = [];
      const prepare = (sql: string): PreparedStatement => {
        const statement = db.prepare(sql);
        statements.push(statement);
        return statement;
      };
      const find = prepare('SELECT doc.rowid, cond.entity, cond.status, cond.tlp FROM doc LEFT JOIN cond ON cond.rowid = doc.rowid WHERE id = ?');
      const dropText = prepare('DELETE FROM fts WHERE rowid = ?');
      const dropDoc = prepare('DELETE FROM doc WHERE rowid = ?');
      const putDoc = prepare('INSERT INTO doc(rowid, id, entity, ref, lang, title, tlp) VALUES((SELECT coalesce(max(rowid), 0) + 1 FROM doc), ?, ?, ?, ?, ?, ?) RETURNING rowid');
      const dropConditions = prepare('DELETE FROM cond WHERE rowid = ?');
      const putConditions = prepare('INSERT INTO cond VALUES(?, ?, ?, ?, ?)');
      const count = prepare('INSERT INTO facet VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET docs = docs + ?3');
      const putText = prepare('INSERT INTO fts(rowid, title, text, clusters, tails, facets) VALUES(?,?,?,?,?,?)');
      const write = (row: number, entity: string, document: SearchDocument): void => {
        putConditions.bind([row, entity, document.status, document.tlp, document.at]).stepReset();
        for (const [kind, value] of Object.entries({ entity, status: document.status, tlp: document.tlp })) count.bind([kind, value, 1]).stepReset();
        const [title, text] = [indexTokens(document.title), indexTokens(document.text)];
        const facets = [facet('entity', entity), facet('status', document.status), facet('tlp', document.tlp), ...document.places.map((place) => facet('place', place))];
        const clusters = new Set([...title.clusters, ...text.clusters]);
        const tails = new Set([...title.tails, ...text.tails]);
        putText.bind([row, title.run.join(' '), text.run.join(' '), [...clusters].join(' '), [...tails].join(' '), facets.join(' ')]).stepReset();
      };
      return {
        take: (id) => {
          const before = find.bind([id]).step() ? find.get([]) : undefined;
          find.reset();
          if (before === undefined) return undefined;
          const [row = null, ...values] = before;
          dropDoc.bind([row]).stepReset();
          if (values[0] !== null) {
            dropText.bind([row]).stepReset();
            dropConditions.bind([row]).stepReset();
            FACET_KINDS.forEach((kind, n) => count.bind([kind, values[n] ?? null, -1]).stepReset());
          }
          return Number(row);
        },
        put: (id, entity, document) => {
          const row = putDoc.bind([id, entity, document?.ref ?? '', document?.lang ?? '', document?.title ?? '', document?.tlp ?? 'RED']).step() ? putDoc.getInt(0) : undefined;
          putDoc.reset();
          if (row === undefined || row === null) throw new Error('no row');
          if (document) write(row, entity, document);
          return row;
        },
        end: () => {
          for (const statement of statements) statement.finalize();
        },
      };
    },
  };
}
