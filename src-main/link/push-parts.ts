import type { KeyObject } from 'node:crypto';
import { ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { packPush } from '#shared/contract/packed-push.ts';
import type { PushedParcel } from '#shared/contract/parcel.ts';
import { MAX_PUSH_ROWS, type PushAnswer } from '#shared/contract/sync.ts';
import { entityDefinition, URGENT_LANES } from '#shared/entities.ts';
import { signRows, type UnsignedRow } from './signing.ts';
import { checkAnswer, PushAnswerSchema } from './answers.ts';
import type { HubClient } from './hub-client.ts';
import type { PushPace } from './push-pace.ts';

/** What a row takes on the line beside its body, in bytes; more is better than less. */
const ROW_BYTES = 300;

/** How parts of a push reach the hub. */
export interface PushLine {
  readonly client: Pick<HubClient, 'request'>;
  readonly pushPace: PushPace;
  /** The hub's epoch the bases of the rows are of. */
  readonly epoch?: string | undefined;
  readonly signKey: KeyObject;
  /** The parcels of the rows of one request. */
  readonly parcels: (rows: readonly UnsignedRow[]) => readonly PushedParcel[];
}

/**
 * Signs and pushes rows in requests that the line carries in a second or two, urgent ones first. A row keeps its place behind the row of the same request
 * it refers to: the hub judges in order, and a release needs its record. Ends at the first request that fails.
 */
export async function pushInParts(
  rows: readonly UnsignedRow[],
  { client, pushPace, epoch, signKey, parcels }: PushLine,
  onAnswer: (answer: PushAnswer) => Promise<void>,
): Promise<Result<null, AppError>> {
  const left = inOrderOfUrgency(rows);
  while (left.length > 0) {
    const most = pushPace.nextBytes();
    let bytes = 0;
    let count = 0;
    for (const { rec } of left) {
      bytes += rec.body.length + ROW_BYTES;
      if (count > 0 && (bytes > most || count === MAX_PUSH_ROWS)) break;
      count++;
    }
    const start = performance.now();
    const part = left.splice(0, count);
    const answer = checkAnswer(PushAnswerSchema, await client.request('POST', '/v1/push', packPush(signRows(part, signKey), epoch, parcels(part))));
    if (!answer.ok) return answer;
    pushPace.answered(bytes, performance.now() - start);
    await onAnswer(answer.value as PushAnswer);
  }
  return ok(null);
}

function inOrderOfUrgency(rows: readonly UnsignedRow[]): UnsignedRow[] {
  const here = new Set(rows.map(({ rec }) => rec.id));
  const mayLead = ({ rec }: UnsignedRow) => URGENT_LANES.has(entityDefinition(rec.entity)?.lane ?? 'case') && !here.has(rec.ref);
  return [...rows.filter(mayLead), ...rows.filter((row) => !mayLead(row))];
}
