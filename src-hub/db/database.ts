/** Runs one statement with `$1…` parameters and answers its rows. */
export interface Sql {
  readonly rows: <Row extends object>(text: string, params?: readonly unknown[]) => Promise<readonly Row[]>;
}

/** A transaction body; throwing rolls back. */
export type Work<T> = (sql: Sql) => Promise<T>;

/** The hub's database, whichever engine keeps it. */
export interface Database {
  readonly engine: 'postgres' | 'pglite';
  /** One transaction as `hub_app`: row-level security decides what it sees. */
  readonly service: <T>(work: Work<T>) => Promise<T>;
  /** One transaction as the owner of the tables; for migrations and administration only. */
  readonly admin: <T>(work: Work<T>) => Promise<T>;
  /** Runs a script of several statements as the owner, inside one transaction together with `after`. */
  readonly script: (text: string, after: Work<void>) => Promise<void>;
  /** Calls `heard` for every committed notification of `channel`; `lost` after a broken connection came back. */
  readonly listen: (channel: string, heard: (payload: string) => void, lost: () => void) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** SQLSTATE of an error of either engine, or the empty string. */
export function sqlState(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
