/**
 * The journal: every write of the store lies in an encrypted, fsynced, append-only file in main before it is made in
 * the store, so one that is lost, emptied or altered is noticed and made again (docs/adr/0013).
 *
 * The data worker talks to main over a MessagePort of its own; the window's thread takes no part. One write:
 * 1. worker → `append` {collection, rows, applied}; main seals, appends, fsyncs (several at once where they wait) and answers its number.
 * 2. The worker writes the same rows to SQLite, each stamped with that number, and only then acknowledges.
 * 3. Rows the store did not take (a conflict, a full disk) are taken back by `void`.
 * So the store is never ahead of the journal. A write above `applied` may be missing in the store: it is in doubt, and is
 * settled from the journal when the store is opened. A row leaves the journal when the hub has its version (`settle`);
 * rows that came from the hub go in without content.
 */
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { SetDigest } from '../base/set-digest.ts';
import { changeSet } from '../base/set-digest.ts';

/** The collections under the journal; RxDB's own bookkeeping is rebuilt and needs none. */
export const JOURNALED = ['record', 'local'] as const;
export type Journaled = (typeof JOURNALED)[number];

/** Most rows in one message. */
export const JOURNAL_ROWS_MAX = 5000;

const strict = { additionalProperties: false } as const;
const CollectionSchema = Type.Enum([...JOURNALED]);
const RevSchema = Type.String({ minLength: 1, maxLength: 60 });
const IdSchema = Type.String({ minLength: 1, maxLength: 120 });
const SequenceSchema = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const BytesSchema = Type.Unsafe<Uint8Array>({});

/** One version of one row. */
export interface JournalRow {
  readonly id: string;
  /** RxDB's revision of this version, and of the one it takes the place of, or null. */
  readonly rev: string;
  readonly prev: string | null;
  /** JSON of the sealed row without `ct`; empty where the hub has the content. */
  readonly clear: string;
  /** The seal; empty where the hub has the content. */
  readonly ct: Uint8Array;
}

/** Rows as they cross the port and lie in a frame: one text and one stretch of bytes, because a thousand small objects cost ten times as much. */
export const PackedRowsSchema = Type.Object({ heads: Type.String(), seals: BytesSchema }, strict);
export type PackedRows = Static<typeof PackedRowsSchema>;

const HeadsSchema = Type.Array(Type.Tuple([IdSchema, RevSchema, Type.Union([RevSchema, Type.Null()]), Type.String({ maxLength: 8192 }), Type.Integer({ minimum: 0 })]), { maxItems: JOURNAL_ROWS_MAX });

/** Packs rows for the way. */
export function packRows(rows: readonly JournalRow[]): PackedRows {
  const heads = JSON.stringify(rows.map(({ id, rev, prev, clear, ct }) => [id, rev, prev, clear, ct.length]));
  const seals = new Uint8Array(rows.reduce((sum, { ct }) => sum + ct.length, 0));
  let at = 0;
  for (const { ct } of rows) {
    seals.set(ct, at);
    at += ct.length;
  }
  return { heads, seals };
}

/** The rows of {@link packRows}, or undefined where they are not well formed; `ct` are views of `seals`. */
export function unpackRows({ heads, seals }: PackedRows): JournalRow[] | undefined {
  if (!(seals instanceof Uint8Array)) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(heads);
  } catch {
    return undefined;
  }
  if (!Value.Check(HeadsSchema, parsed)) return undefined;
  let at = 0;
  const rows = parsed.map(([id, rev, prev, clear, length]) => ({ id, rev, prev, clear, ct: seals.subarray(at, (at += length)) }));
  return at === seals.length ? rows : undefined;
}

/** What main checks of every request before it acts on it; rows are checked when they are unpacked. */
export const JOURNAL_REQUESTS = {
  /** How the journal was found. */
  state: Type.Null(),
  /** Resolves with the number of the write once it is on disk. Errors: `store-full`, `journal-failed`. */
  append: Type.Object({ collection: CollectionSchema, packed: PackedRowsSchema, applied: SequenceSchema }, strict),
  /** Rows of an earlier write that did not take effect. */
  void: Type.Object({ collection: CollectionSchema, write: SequenceSchema, ids: Type.Array(IdSchema, { maxItems: JOURNAL_ROWS_MAX }) }, strict),
  /** The hub has these versions: their content may leave the journal. */
  settle: Type.Object({ collection: CollectionSchema, versions: Type.Array(Type.Object({ id: IdSchema, rev: RevSchema }, strict), { maxItems: JOURNAL_ROWS_MAX }) }, strict),
  /** Count and digest the journal expects of every collection now. */
  expected: Type.Null(),
  /** Up to `most` newest versions from position `from` on (0 first); `next` is null at the end. For rebuilding. */
  versions: Type.Object({ from: SequenceSchema, most: Type.Integer({ minimum: 1, maximum: JOURNAL_ROWS_MAX }) }, strict),
  /** Writes the journal anew from the store: begin, rows, end. Until `end` the old one stands. */
  restockBegin: Type.Null(),
  restockRows: Type.Object({ collection: CollectionSchema, packed: PackedRowsSchema }, strict),
  restockEnd: Type.Object({ generation: SequenceSchema, resync: Type.Boolean(), /** Highest number a row of the store is stamped with. */ stamp: SequenceSchema }, strict),
  /** The store was found altered: it is to be made again before it is opened next. */
  remake: Type.Null(),
  /** The store was closed in order: nothing is in doubt. */
  closed: Type.Object({ applied: SequenceSchema }, strict),
  /** The hub took everything after a rebuild. */
  resynced: Type.Null(),
  /** Ends the application where a lab asked for it (`crashAt`); else nothing. */
  crash: Type.Object({ at: Type.String({ maxLength: 40 }) }, strict),
} as const;
export type JournalRequest<K extends keyof typeof JOURNAL_REQUESTS> = Static<(typeof JOURNAL_REQUESTS)[K]>;

/** A write the store may not have. */
export interface WriteInDoubt {
  readonly write: number;
  readonly collection: Journaled;
  readonly rows: readonly JournalRow[];
}

/** How main found the journal when the profile was unlocked. */
export interface JournalState {
  /**
   * `new`: none was kept before; `ok`; `remake`: the store is to be made from it, after a restored backup or because it was
   * found altered; `damaged`: altered, shortened or gone, so it says nothing about the store.
   */
  readonly health: 'new' | 'ok' | 'remake' | 'damaged';
  /** Number of the last write. */
  readonly sequence: number;
  /** Which making of the store is the valid one; part of its name on disk. */
  readonly generation: number;
  /** After a rebuild: the hub may not have been told everything again. */
  readonly resync: boolean;
  /** The last file ended inside an entry: a write under way when the process ended, or a cut. */
  readonly cut: boolean;
  /** The crash point of a lab in the data worker, or empty. */
  readonly crashAt: string;
  readonly inDoubt: readonly WriteInDoubt[];
  readonly expected: Readonly<Record<Journaled, SetDigest>>;
}

/** The newest version of one row as the journal knows it. */
export interface JournalVersion {
  readonly collection: Journaled;
  readonly row: JournalRow;
  /** The hub has it. */
  readonly settled: boolean;
}

/** What main serves the worker. */
export interface JournalService {
  readonly requests: {
    state: (options: null) => Promise<JournalState>;
    append: (write: JournalRequest<'append'>) => Promise<number>;
    void: (rows: JournalRequest<'void'>) => Promise<void>;
    settle: (versions: JournalRequest<'settle'>) => Promise<void>;
    expected: (options: null) => Promise<Readonly<Record<Journaled, SetDigest>>>;
    versions: (page: JournalRequest<'versions'>) => Promise<{ readonly versions: readonly JournalVersion[]; readonly next: number | null }>;
    restockBegin: (options: null) => Promise<void>;
    restockRows: (rows: JournalRequest<'restockRows'>) => Promise<void>;
    restockEnd: (end: JournalRequest<'restockEnd'>) => Promise<void>;
    remake: (options: null) => Promise<void>;
    closed: (at: JournalRequest<'closed'>) => Promise<void>;
    resynced: (options: null) => Promise<void>;
    crash: (point: JournalRequest<'crash'>) => Promise<void>;
  };
  readonly streams: Readonly<Record<string, never>>;
}

/** The digest of a collection after one row took the place of another. */
export function afterRow(digest: SetDigest, { id, rev, prev }: Pick<JournalRow, 'id' | 'rev' | 'prev'>, sign: 1 | -1 = 1): SetDigest {
  const added = changeSet(digest, `${id} ${rev}`, sign);
  return prev === null ? added : changeSet(added, `${id} ${prev}`, sign === 1 ? -1 : 1);
}
