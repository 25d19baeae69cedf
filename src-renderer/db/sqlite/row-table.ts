import type { BindableValue, Database, PreparedStatement, SqlValue } from '@evolu/sqlite-wasm';
import type { PlainDoc, SealingLayout } from '../sealing/layout.ts';
import { toCondition, type Key, type KeyRange } from './range.ts';

/** One reading of an index. */
export interface Scan {
  /** Fields of the index, in order. */
  readonly index: readonly string[];
  readonly range: KeyRange;
  readonly direction: 'next' | 'prev';
  /** Most rows to return; Infinity for all. */
  readonly most: number;
  /** Counts and keeps only rows it accepts. */
  readonly accept?: ((row: PlainDoc) => boolean) | undefined;
}

/** What a {@link Scan} found: rows in index order, and the key to go on from, or undefined at the end. */
export interface ScanPage {
  readonly rows: PlainDoc[];
  readonly lastKey: readonly Key[] | undefined;
}

/** The sealed rows of one collection. Every method is synchronous and throws SQLite's errors. */
export interface RowTable {
  readonly primary: string;
  /** The rows of `ids` that are there, deleted ones too. */
  readonly byId: (ids: readonly string[]) => PlainDoc[];
  /** Up to `most` rows behind id `after`, by id. */
  readonly after: (after: string | undefined, most: number) => PlainDoc[];
  readonly scan: (scan: Scan) => ScanPage;
  readonly count: () => number;
  readonly countRange: (index: readonly string[], range: KeyRange) => number;
  /** Puts rows in place of those of the same id; all or none. */
  readonly put: (rows: readonly PlainDoc[]) => void;
  readonly remove: (ids: readonly string[]) => void;
  /** Whether every index has all of `rows` as they are; a list that leaves a record out says nothing by itself. */
  readonly isIndexed: (rows: readonly PlainDoc[]) => boolean;
  /** Whether every index has as many entries as that of the ids, by which a full reading goes; does not read the rows again. */
  readonly isEven: () => boolean;
  /** Removes every row. */
  readonly drop: () => void;
  /** Frees the statements; the file may be closed then. */
  readonly close: () => void;
}

/** Columns every table has; `ct` is the last, so that a reading of an index's fields never touches its pages. */
const FIXED = { _deleted: 'gone', _rev: 'rev', '_meta.lwt': 'lwt' } as const;

/**
 * The table of a collection in an open file, made where it is missing, with an index for each of the schema. Columns have no
 * type, so that nothing is converted and numbers sort before text, as RxDB's plans expect.
 */
export function openRowTable(db: Database, layout: SealingLayout): RowTable {
  const { primary, inner } = layout;
  const name = `"${layout.collection}-${layout.version}"`;
  const extra = [...layout.clear.filter((field) => field !== primary), ...layout.tokens];
  const columnOf = (field: string): string => (field === primary ? 'id' : (FIXED as Readonly<Record<string, string>>)[field]) ?? `"f_${field}"`;
  const columns = ['id', 'rev', 'gone', 'lwt', 'meta', ...extra.map(columnOf), 'ct'];
  const statements = new Map<string, PreparedStatement>();

  db.exec(`CREATE TABLE IF NOT EXISTS ${name}(n INTEGER PRIMARY KEY, ${columns.map((column) => (column === 'id' ? 'id NOT NULL UNIQUE' : column)).join(', ')})`);
  const indexes = ((inner.indexes ?? []) as readonly (readonly string[])[]).map((fields) => ({ name: `"${layout.collection}-${layout.version}-${fields.join('+')}"`, fields }));
  for (const index of indexes) db.exec(`CREATE INDEX IF NOT EXISTS ${index.name} ON ${name}(${index.fields.map(columnOf).join(', ')})`);
  const select = `SELECT ${columns.join(', ')} FROM ${name}`;
  const updates = columns.filter((column) => column !== 'id').map((column) => `${column} = excluded.${column}`);
  const upsert = `INSERT INTO ${name}(${columns.join(', ')}) VALUES(${columns.map(() => '?').join(', ')}) ON CONFLICT(id) DO UPDATE SET ${updates.join(', ')}`;

  /** Runs `use` on the statement of `sql`, prepared once, and resets it in any case. */
  function using<T>(sql: string, use: (statement: PreparedStatement) => T): T {
    const statement = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, statement);
    try {
      return use(statement);
    } finally {
      statement.clearBindings().reset();
    }
  }

  function toRow(values: readonly SqlValue[]): PlainDoc {
    const [id, rev, gone, , meta, ...rest] = values;
    const row: PlainDoc = { [primary]: id, _rev: rev, _deleted: gone === 1, _meta: JSON.parse(String(meta)), _attachments: {} };
    extra.forEach((field, i) => {
      if (rest[i] !== null) row[field] = rest[i];
    });
    const ct = rest[extra.length];
    if (ct !== null) row['ct'] = ct;
    return row;
  }

  function toValues(row: PlainDoc): BindableValue[] {
    const { lwt } = row['_meta'] as { readonly lwt: number };
    return [row[primary], row['_rev'], Number(row['_deleted'] === true), lwt, JSON.stringify(row['_meta']), ...extra.map((field) => row[field] ?? null), row['ct'] ?? null] as BindableValue[];
  }

  function read(sql: string, bind: readonly BindableValue[], most: number, accept?: (row: PlainDoc) => boolean): PlainDoc[] {
    return using(sql, (statement) => {
      const rows: PlainDoc[] = [];
      if (bind.length > 0) statement.bind([...bind]);
      while (rows.length < most && statement.step()) {
        const row = toRow(statement.get([]));
        if (accept === undefined || accept(row)) rows.push(row);
      }
      return rows;
    });
  }

  function count(sql: string, bind: readonly Key[] = []): number {
    return Number(using(sql, (statement) => (bind.length > 0 ? statement.bind([...bind]) : statement).step() && statement.get(0)));
  }

  function inTransaction(run: () => void): void {
    db.exec('BEGIN IMMEDIATE');
    try {
      run();
      db.exec('COMMIT');
    } catch (error) {
      try {
        db.exec('ROLLBACK');
      } catch {
        // SQLite rolled back by itself
      }
      throw error;
    }
  }

  return {
    primary,
    byId: (ids) => ids.flatMap((id) => read(`${select} WHERE id = ?`, [id], 1)),
    after: (after, most) => (after === undefined ? read(`${select} ORDER BY id LIMIT ?`, [most], most) : read(`${select} WHERE id > ? ORDER BY id LIMIT ?`, [after, most], most)),
    scan: ({ index, range, direction, most, accept }) => {
      const order = index.map((field) => `${columnOf(field)} ${direction === 'next' ? 'ASC' : 'DESC'}`).join(', ');
      const { sql, bind } = toCondition(index.map(columnOf), range);
      const rows = read(`${select} WHERE ${sql} ORDER BY ${order}`, bind, most, accept);
      const last = rows.length >= most ? rows.at(-1) : undefined;
      return { rows, lastKey: last && index.map((field) => keyAt(last, field)) };
    },
    count: () => count(`SELECT count(*) FROM ${name}`),
    countRange: (index, range) => {
      const { sql, bind } = toCondition(index.map(columnOf), range);
      return count(`SELECT count(*) FROM ${name} WHERE ${sql}`, bind);
    },
    put: (rows) =>
      inTransaction(() => {
        for (const row of rows) using(upsert, (statement) => statement.bind(toValues(row)).step());
      }),
    remove: (ids) =>
      inTransaction(() => {
        for (const id of ids) using(`DELETE FROM ${name} WHERE id = ?`, (statement) => statement.bind([id]).step());
      }),
    isIndexed: (rows) =>
      indexes.every((index) => {
        const sql = `SELECT 1 FROM ${name} INDEXED BY ${index.name} WHERE ${index.fields.map((field) => `${columnOf(field)} = ?`).join(' AND ')}`;
        return rows.every((row) => using(sql, (statement) => statement.bind(index.fields.map((field) => keyAt(row, field))).step()));
      }),
    isEven: () => {
      const rows = count(`SELECT count(*) FROM ${name} INDEXED BY "sqlite_autoindex_${layout.collection}-${layout.version}_1"`);
      return indexes.every((index) => count(`SELECT count(*) FROM ${name} INDEXED BY ${index.name}`) === rows);
    },
    drop: () => db.exec(`DELETE FROM ${name}`),
    close: () => {
      for (const statement of statements.values()) statement.finalize();
      statements.clear();
    },
  };
}

function keyAt(row: PlainDoc, field: string): Key {
  const value = field.split('.').reduce<unknown>((part, key) => (Object(part) as PlainDoc)[key], row);
  return typeof value === 'boolean' ? Number(value) : (value as Key);
}
