import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { bytesToHex } from '#shared/base/ids.ts';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { restText } from '#shared/contract/frame.ts';
import { unpackRows } from '#shared/contract/packed-rows.ts';
import { readFrameParcels, type FrameParcel } from '#shared/contract/parcel.ts';
import { MAX_FRAME_BYTES, MAX_PULL_ROWS, type PullAnswer, type PulledRow, type WireRecord } from '#shared/contract/sync.ts';
import { fromCbor } from '#shared/contract/wire.ts';
import { checkAnswer, PullAnswerSchema } from './answers.ts';
import type { ByteStream } from './byte-stream.ts';
import { createFrameStream } from './frame-stream.ts';
import { sha256 } from './signing.ts';
import { createUrgentLane, type AskUrgent, type UrgentLane } from './urgent-lane.ts';

const inflateLater = promisify(inflateRaw);
/** Frames read ahead of the store, in bytes on the wire; beyond it nothing more is read and the hub waits. */
const READ_AHEAD_BYTES = 64 * 1024;
const READ_AHEAD_MAX_BYTES = 1024 * 1024;

/** Answers pulls from one long answer of the hub, frame by frame. */
export interface FrameReader {
  /**
   * What follows `cursor`: one frame, or several that are here already with together at most `limit` rows. Opens a stream where none
   * stands at `cursor`; a stream that was cut is gone on with at the next call.
   */
  readonly take: (cursor: string, limit: number) => Promise<Result<PullAnswer, AppError>>;
  /** Whether `take(cursor)` has a frame without asking the hub. */
  readonly has: (cursor: string) => boolean;
  /** A version is on its way to the hub: frames made before may hold what it replaces. */
  readonly pushing: (id: string, rev: string) => void;
  /** The hub has news: the end of a stream opened before is not the end of the feed. `urgent`: some of it should not wait for the stream. */
  readonly woken: (urgent?: boolean) => void;
  /** A line is being made: a stream that was cut is gone on with at once, before it is asked for. */
  readonly resume: () => void;
  /** Forgets the stream and what was read ahead. */
  readonly close: () => void;
}

interface Frame {
  readonly answer: PullAnswer;
  readonly sizeBytes: number;
}

/** One answer of the hub being read. */
interface Reading {
  /** The cursor `take` must ask for next. */
  position: string;
  readonly openedAt: string;
  readonly ready: Frame[];
  /** The hub had news after the stream was opened. */
  outdated: boolean;
  /** Set when nothing more comes. */
  over: Result<null, AppError> | undefined;
  /** The newest version of each record pushed since the stream was opened. */
  readonly pushed: Map<string, string>;
  readonly urgent: UrgentLane;
  readonly inParcels: boolean;
  /** A parcel was of no use, or a frame with parcels was: what they stand for must come without. */
  isUnopened: boolean;
  /** Told at every change. */
  changed: () => void;
  readonly bytes: ByteStream;
  /** What there is of the frame behind `cursor` that was cut. */
  begun: BegunFrame | undefined;
}

interface BegunFrame {
  readonly cursor: string;
  readonly bytes: Uint8Array;
}

/** How a reader reaches the hub. */
export interface FrameSource {
  /** Asks for the frames behind a cursor, with parcels in the place of bodies or without; of the first one for the rest, where `rest` says what there is of it (contract/frame.ts). */
  readonly open: (cursor: string, inParcels: boolean, rest?: string) => ByteStream;
  readonly urgent: AskUrgent;
  readonly parcels: ParcelReader;
  /** A stream behind this cursor has more than its first frame. */
  readonly begun?: (cursor: string) => void;
}

/** What opens parcels (contract/parcel.ts). */
export interface ParcelReader {
  /** Puts bodies into records; false where a parcel does not open. */
  readonly restore: (records: readonly { body: unknown }[], parcels: readonly FrameParcel[]) => boolean;
  /** Whether every record is signed by its author. */
  readonly areSigned: (records: readonly WireRecord[]) => Promise<boolean>;
}

/** Creates a reader. */
export function createFrameReader(source: FrameSource): FrameReader {
  const { open, urgent } = source;
  let reading: Reading | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  const close = (): void => {
    reading?.bytes.close();
    if (reading) reading.over ??= err({ code: 'hub-unreachable' });
    reading?.urgent.end();
    reading?.changed();
    reading = undefined;
  };
  const start = (cursor: string, inParcels = true): Reading => {
    const begun = reading?.inParcels === inParcels && reading.begun?.cursor === cursor ? reading.begun : undefined;
    close();
    const next: Reading = {
      position: cursor,
      openedAt: cursor,
      ready: [],
      outdated: false,
      over: undefined,
      pushed: new Map(),
      urgent: createUrgentLane(cursor, urgent, () => next.changed()),
      inParcels,
      isUnopened: false,
      changed: () => undefined,
      bytes: open(cursor, inParcels, begun && restText(begun.bytes, (bytes) => bytesToHex(sha256(bytes)))),
      begun,
    };
    void readAll(next, source);
    return (reading = next);
  };
  const at = (cursor: string): Reading => {
    if (reading?.position !== cursor) return start(cursor);
    // what was of no use in parcels is asked for without, once
    return reading.ready.length > 0 || reading.over === undefined ? reading : start(cursor, !reading.isUnopened);
  };
  const take = async (cursor: string, limit: number): Promise<Result<PullAnswer, AppError>> => {
    for (;;) {
      const from = at(cursor);
      const hasSome = () => from.ready.length > 0 || (cursor !== '' && !from.urgent.isEmpty()) || from.over !== undefined;
      while (!hasSome()) await new Promise<void>((resolve) => (from.changed = resolve));
      // no row before the first frame: only a cursor says which order of the hub it is of
      const ahead = cursor === '' ? [] : from.urgent.take(cursor).filter((row) => !isCrossedRow(row, from.pushed));
      if (ahead.length > 0) return ok({ rows: ahead, cursor, done: false });
      const first = from.ready[0];
      if (!first && from.over === undefined) continue;
      if (!first && from.isUnopened) {
        start(cursor, false);
        continue;
      }
      // an end that no frame announced is a cut
      if (!first) return from.over?.ok === false ? from.over : err({ code: 'hub-unreachable' });
      // made before our push was judged, or after: only a new answer tells
      if (isCrossed(first.answer, from.pushed)) {
        start(cursor);
        continue;
      }
      const taken = [first];
      let rows = first.answer.rows.length;
      for (const frame of from.ready.slice(1)) {
        rows += frame.answer.rows.length;
        if (rows > limit || isCrossed(frame.answer, from.pushed)) break;
        taken.push(frame);
      }
      from.ready.splice(0, taken.length);
      const { cursor: reached, done } = taken.at(-1)?.answer ?? first.answer;
      from.position = reached;
      from.changed();
      return ok({ rows: newestOf(taken, from.urgent), cursor: reached, done: done && !from.outdated });
    }
  };
  return {
    take: (cursor, limit) => {
      const answer = queue.then(() => take(cursor, limit));
      queue = answer.catch(() => undefined);
      return answer;
    },
    has: (cursor) => reading?.position === cursor && reading.ready.length > 0,
    pushing: (id, rev) => {
      reading?.pushed.set(id, rev);
    },
    woken: (isUrgent) => {
      if (!reading) return;
      reading.outdated = true;
      if (isUrgent && reading.over === undefined) reading.urgent.ask();
    },
    resume: () => {
      if (reading?.over?.ok === false && reading.ready.length === 0 && reading.position !== '') start(reading.position, !reading.isUnopened);
    },
    close,
  };
}

/** Whether a row is of a record that was pushed while its stream was open, in a version other than the one pushed last. */
function isCrossedRow(row: PulledRow, pushed: Reading['pushed']): boolean {
  const rev = pushed.get(row.id);
  return rev !== undefined && ('gone' in row || row.rev !== rev);
}

function isCrossed({ rows }: PullAnswer, pushed: Reading['pushed']): boolean {
  return pushed.size > 0 && rows.some((row) => isCrossedRow(row, pushed));
}

/** The rows of frames in their order, without those the urgent lane brought newer; of a record that is in several, the last. */
function newestOf(frames: readonly Frame[], urgent: UrgentLane): PullAnswer['rows'] {
  const rowsById = new Map<string, PulledRow>();
  for (const { answer } of frames) for (const row of answer.rows) if (!urgent.hasNewer(row.id, answer.cursor)) rowsById.set(row.id, row);
  return [...rowsById.values()];
}

async function readAll(into: Reading, { parcels, begun }: FrameSource): Promise<void> {
  const frames = createFrameStream(into.bytes, into.begun?.bytes);
  let cursor = into.openedAt;
  let largest = 0;
  const waitForRoom = async (): Promise<void> => {
    // on a fast line frames are large, and two of them must fit
    const room = Math.min(READ_AHEAD_MAX_BYTES, Math.max(READ_AHEAD_BYTES, 2 * largest));
    while (into.over === undefined && into.ready.reduce((sum, frame) => sum + frame.sizeBytes, 0) > room) {
      const before = into.changed;
      await new Promise<void>((resolve) => {
        into.changed = () => {
          before();
          resolve();
        };
      });
    }
  };
  const finish = (how: Result<null, AppError>, begun?: BegunFrame): void => {
    into.begun = begun;
    if (!how.ok && how.error.code === 'hub-garbage') into.isUnopened = into.inParcels;
    into.over ??= how;
    into.urgent.end();
    into.changed();
  };
  for (;;) {
    const content = await frames.next();
    if (!content.ok) return finish(content, content.error.code === 'hub-garbage' ? undefined : { cursor, bytes: frames.begun() });
    if (!content.value) return finish(ok(null));
    const sizeBytes = content.value.length;
    const answer = await readFrame(content.value, parcels);
    if (answer === 'unopened') {
      into.isUnopened = true;
      return finish(err({ code: 'hub-unreachable' }));
    }
    if (!answer.ok) return finish(answer);
    if (into.over) return;
    cursor = answer.value.cursor;
    into.ready.push({ answer: answer.value, sizeBytes });
    // a long stream begins: what is urgent in it should not wait for its end
    if (largest === 0 && !answer.value.done) {
      into.urgent.ask();
      begun?.(into.openedAt);
    }
    largest = Math.max(largest, sizeBytes);
    if (answer.value.done) {
      finish(ok(null));
      // the end of the stream is read too, so that it closes by itself
      await frames.next();
      return;
    }
    into.changed();
    await waitForRoom();
  }
}

async function readFrame(content: Uint8Array, reader: ParcelReader): Promise<Result<PullAnswer, AppError> | 'unopened'> {
  try {
    const { parcels: some = [], ...frame } = Object(fromCbor(new Uint8Array(await inflateLater(content, { maxOutputLength: MAX_FRAME_BYTES })))) as { rows?: unknown; parcels?: unknown };
    let parcels: readonly FrameParcel[] = [];
    let isOpened = true;
    const rows = unpackRows(frame.rows, MAX_PULL_ROWS, sha256, (records) => {
      parcels = readFrameParcels(some, records.length);
      isOpened = parcels.length === 0 || reader.restore(records, parcels);
    });
    if (!isOpened) return 'unopened';
    const answer = checkAnswer(PullAnswerSchema, ok({ ...frame, rows })) as Result<PullAnswer, AppError>;
    const restored = answer.ok ? parcels.flatMap(([from, count]) => answer.value.rows.slice(from, from + count) as WireRecord[]) : [];
    return restored.length === 0 || (await reader.areSigned(restored)) ? answer : 'unopened';
  } catch {
    return err({ code: 'hub-garbage' });
  }
}
