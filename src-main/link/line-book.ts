import { existsSync, readFileSync } from 'node:fs';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { FREE_LINE, LinePlanSchema, type LinePlan } from '#shared/contract/line.ts';
import type { LineUse, WallClock } from '#shared/domain/line/plan.ts';
import { toDiskError } from '../disk-failure.ts';
import { writeDurably } from '../keys/durable-file.ts';
import { open, seal } from '../keys/sealed-box.ts';

const AAD = Buffer.from('suar-line-1');
/** Bytes after which the count is written down: a crash forgets no more than this. */
const KEEP_EVERY_BYTES = 64 * 1024;
/** A smaller push says how long the way is, not how wide. */
const LEAST_RATE_BYTES = 4096;
/** Share of a new measure in the figures that are shown. */
const NEW_SHARE = 0.3;

const BookSchema = Type.Object(
  {
    plan: LinePlanSchema,
    /** Local midnight and hour the counts belong to, as text that changes with them. */
    day: Type.String({ maxLength: 20 }),
    hour: Type.String({ maxLength: 20 }),
    dayBytes: Type.Number({ minimum: 0 }),
    hourBytes: Type.Number({ minimum: 0 }),
    bytesPerSecond: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    wirePerByte: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
  },
  { additionalProperties: false },
);
type Book = Static<typeof BookSchema>;
const EMPTY: Book = { plan: FREE_LINE, day: '', hour: '', dayBytes: 0, hourBytes: 0, bytesPerSecond: null, wirePerByte: null };

/** The officer's plan for the line and what went over it, sealed on disk. */
export interface LineBook {
  readonly plan: () => LinePlan;
  /** On disk when it returns. Throws the system's error where the disk takes nothing. */
  readonly setPlan: (plan: LinePlan) => void;
  /** Counts bytes on the wire. */
  readonly count: (bytes: number) => void;
  readonly use: () => LineUse;
  /** A push of `rowBytes` took `wireBytes` and `ms`. */
  readonly pushed: (rowBytes: number, wireBytes: number, ms: number) => void;
  readonly measures: () => Pick<Book, 'bytesPerSecond' | 'wirePerByte'>;
  /** Writes the count down and zeroes the key. */
  readonly close: () => void;
}

/** The clock on the wall at `date`, in the laptop's time zone. */
export function wallClock(date: Date): WallClock & { readonly day: string; readonly hour: string } {
  const day = `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
  return { nowMs: date.getTime(), minute: date.getHours() * 60 + date.getMinutes(), day, hour: `${day} ${date.getHours()}` };
}

/** Opens the book in `file` under `key` (32 bytes, owned by it from now on); one that does not open begins empty. `now` is this device's clock. */
export function openLineBook(file: string, key: Uint8Array, now: () => Date): LineBook {
  const plain = existsSync(file) ? open(key, readFileSync(file), AAD) : undefined;
  let book = readBook(plain);
  let unkept = 0;
  let isClosed = false;
  const write = (next: Book): void => {
    if (!isClosed) writeDurably(file, seal(key, Buffer.from(JSON.stringify(next)), AAD));
    unkept = 0;
  };
  /** A count that cannot be written down still holds until Suar ends. */
  const keep = (): void => {
    try {
      write(book);
    } catch (error) {
      toDiskError(error);
    }
  };
  /** The book with the counts of a day or hour that has passed at zero. */
  const today = (): Book => {
    const { day, hour } = wallClock(now());
    if (book.day !== day) book = { ...book, day, dayBytes: 0 };
    if (book.hour !== hour) book = { ...book, hour, hourBytes: 0 };
    return book;
  };
  const blend = (before: number | null, measured: number): number => (before === null ? measured : before * (1 - NEW_SHARE) + measured * NEW_SHARE);
  return {
    plan: () => book.plan,
    setPlan: (plan) => {
      const next = { ...today(), plan };
      write(next);
      book = next;
    },
    count: (bytes) => {
      const { dayBytes, hourBytes } = today();
      book = { ...book, dayBytes: dayBytes + bytes, hourBytes: hourBytes + bytes };
      unkept += bytes;
      if (unkept >= KEEP_EVERY_BYTES) keep();
    },
    use: () => {
      const { hourBytes, dayBytes } = today();
      return { hourBytes, dayBytes };
    },
    pushed: (rowBytes, wireBytes, ms) => {
      if (rowBytes === 0 || wireBytes <= 0 || ms <= 0) return;
      book = { ...book, wirePerByte: blend(book.wirePerByte, wireBytes / rowBytes) };
      if (wireBytes >= LEAST_RATE_BYTES) book = { ...book, bytesPerSecond: blend(book.bytesPerSecond, (wireBytes * 1000) / ms) };
    },
    measures: () => ({ bytesPerSecond: book.bytesPerSecond, wirePerByte: book.wirePerByte }),
    close: () => {
      if (unkept > 0) keep();
      isClosed = true;
      key.fill(0);
    },
  };
}

function readBook(plain: Uint8Array | undefined): Book {
  try {
    const book: unknown = plain && JSON.parse(Buffer.from(plain).toString('utf8'));
    return Value.Check(BookSchema, book) ? book : EMPTY;
  } catch {
    return EMPTY;
  }
}
