import type { KeyObject } from 'node:crypto';
import { ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { packPush } from '#shared/contract/packed-push.ts';
import type { PushedParcel } from '#shared/contract/parcel.ts';
import { MAX_PUSH_ROWS, type PushAnswer } from '#shared/contract/sync.ts';
import { entityDefinition, URGENT_LANES } from '#shared/entities.ts';
import { signRows, type UnsignedRecord, type UnsignedRow } from './signing.ts';
import { checkAnswer, PushAnswerSchema } from './answers.ts';
import { isLongBody, pushHeld } from './held-body.ts';
import type { HubClient } from './hub-client.ts';
import type { PushPace } from './push-pace.ts';

/** What a row takes on the line beside its body, its share of a parcel included, in bytes; more is better than less. */
const ROW_BYTES = 150;

/** How parts of a push reach the hub. */
export interface PushLine {
  readonly client: Pick<HubClient, 'request'>;
  readonly pushPace: PushPace;
  /** The hub's epoch the bases of the rows are of. */
  readonly epoch?: string | undefined;
  readonly signKey: KeyObject;
  /** Hears which rows leave. */
  readonly sending?: ((records: readonly UnsignedRecord[]) => void) | undefined;
  /** The parcels of the rows of one request. */
  readonly parcels: (rows: readonly UnsignedRow[]) => readonly PushedParcel[];
}

/** Requests on their way at once: while the answer to one comes, the line carries the next. What is urgent waits for no more than these. */
const AT_ONCE = 3;

/** A request whose answer is awaited. */
interface Flight {
  readonly rows: readonly UnsignedRow[];
  readonly bytes: number;
  readonly sentMs: number;
  readonly answer: Promise<Result<unknown, AppError>>;
}

/**
 * Signs and pushes rows in requests that the line carries in less than a second, three at once, urgent ones first. A row keeps its place behind the row it
 * refers to, and is sent when that is judged: a release needs its record. A body that is long for the line goes up in parts before its row. Ends at the first request that fails, when nothing is on its way any more.
 */
export async function pushInParts(
  rows: readonly UnsignedRow[],
  { client, pushPace, epoch, signKey, parcels, sending }: PushLine,
  onAnswer: (answer: PushAnswer) => Promise<void>,
): Promise<Result<null, AppError>> {
  const left = inOrderOfUrgency(rows);
  const flying: Flight[] = [];
  let answeredMs = 0;
  const send = (part: readonly UnsignedRow[]): Flight => ({
    rows: part,
    bytes: part.reduce((sum, row) => sum + bytesOf(row), 0),
    sentMs: performance.now(),
    answer: sendPart(part),
  });
  const sendPart = (part: readonly UnsignedRow[]): Promise<Result<unknown, AppError>> => {
    sending?.(part.map(({ rec }) => rec));
    const signed = signRows(part, signKey);
    const [first] = signed;
    if (first && signed.length === 1 && isLongBody(first.rec.body.length, pushPace.nextBytes())) return pushHeld(client, first, epoch);
    return client.request('POST', '/v1/push', packPush(signed, epoch, parcels(part)));
  };
  for (;;) {
    while (flying.length < AT_ONCE) {
      const part = nextPart(left, pushPace.nextBytes());
      if (part.length === 0 || !mayFollow(part, flying)) break;
      left.splice(0, part.length);
      flying.push(send(part));
    }
    const first = flying.shift();
    if (!first) return ok(null);
    const answer = checkAnswer(PushAnswerSchema, await first.answer);
    if (!answer.ok) {
      pushPace.failed();
      await Promise.allSettled(flying.map((flight) => flight.answer));
      return answer;
    }
    // with another one before it, its own time began when that was answered
    pushPace.answered(first.bytes, performance.now() - Math.max(first.sentMs, answeredMs));
    answeredMs = performance.now();
    await onAnswer(answer.value as PushAnswer);
  }
}

function bytesOf({ rec }: UnsignedRow): number {
  return rec.body.length + ROW_BYTES;
}

/** The first rows that fit into `most` bytes, one at least. */
function nextPart(left: readonly UnsignedRow[], most: number): readonly UnsignedRow[] {
  let bytes = 0;
  let count = 0;
  for (const row of left) {
    bytes += bytesOf(row);
    if (count > 0 && (bytes > most || count === MAX_PUSH_ROWS)) break;
    count++;
  }
  return left.slice(0, count);
}

/** Whether rows may be sent before those on their way are judged: none refers to one of them, and no claim or withdrawal of one is among either, on which others may depend. */
function mayFollow(part: readonly UnsignedRow[], flying: readonly Flight[]): boolean {
  const before = flying.flatMap((flight) => flight.rows);
  const ids = new Set(before.map(({ rec }) => rec.id));
  return before.length === 0 || (!part.some((row) => isClaim(row) || ids.has(row.rec.ref)) && !before.some(isClaim));
}

function isClaim({ rec }: UnsignedRow): boolean {
  return entityDefinition(rec.entity)?.border === 'claim';
}

function inOrderOfUrgency(rows: readonly UnsignedRow[]): UnsignedRow[] {
  const here = new Set(rows.map(({ rec }) => rec.id));
  const mayLead = ({ rec }: UnsignedRow) => URGENT_LANES.has(entityDefinition(rec.entity)?.lane ?? 'case') && !here.has(rec.ref);
  return [...rows.filter(mayLead), ...rows.filter((row) => !mayLead(row))];
}
