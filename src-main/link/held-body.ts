import { ok, err, type Result } from '#shared/base/result.ts';
import { BODY_PART_BYTES, bodyPartCount, HELD_FROM_BYTES, type BodyPart } from '#shared/contract/body-parts.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { packPush } from '#shared/contract/packed-push.ts';
import type { PushRow } from '#shared/contract/sync.ts';
import { fits } from '../fits.ts';
import { HeldAnswerSchema } from './answers.ts';
import type { HubClient } from './hub-client.ts';
import { sha256 } from './signing.ts';

/** Parts on their way at once: more than a round trip of a satellite holds. */
const AT_ONCE = 3;
/** How often the hub may say that the body is not there although it was sent. */
const MOST_ROUNDS = 3;
/** A body longer than so many of the pushes the line carries at present goes before its row. */
const LONG_PUSHES = 2;

/** Whether a body is long for a line whose pushes are of `pushBytes`. */
export function isLongBody(bodyBytes: number, pushBytes: number): boolean {
  return bodyBytes > Math.max(HELD_FROM_BYTES, LONG_PUSHES * pushBytes);
}

/** Pushes one row whose body goes before it in parts (contract/body-parts.ts); parts the hub has are not sent again. Answers like a push. */
export async function pushHeld(client: Pick<HubClient, 'request'>, row: PushRow, epoch: string | undefined): Promise<Result<unknown, AppError>> {
  const { body } = row.rec;
  const sha = sha256(body);
  const packed = { ...packPush([{ ...row, rec: { ...row.rec, body: new Uint8Array() } }], epoch), held: [sha, body.length] as const };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const answer = await client.request('POST', '/v1/push', packed);
    if (!answer.ok || !fits(HeldAnswerSchema, answer.value)) return answer;
    const sent = await sendParts(client, sha, body, answer.value.parts);
    if (!sent.ok) return sent;
  }
  return err({ code: 'hub-garbage' });
}

async function sendParts(client: Pick<HubClient, 'request'>, sha: Uint8Array, body: Uint8Array, from: number): Promise<Result<unknown, AppError>> {
  const flying: Promise<Result<unknown, AppError>>[] = [];
  const count = bodyPartCount(body.length);
  for (let next = from; ;) {
    while (flying.length < AT_ONCE && next < count) {
      const part: BodyPart = { body: sha, part: next, bytes: body.subarray(next * BODY_PART_BYTES, (next + 1) * BODY_PART_BYTES) };
      flying.push(client.request('POST', '/v1/push/part', part));
      next++;
    }
    const answer = await flying.shift();
    if (!answer) return ok(null);
    if (!answer.ok) {
      await Promise.allSettled(flying);
      return answer;
    }
  }
}
