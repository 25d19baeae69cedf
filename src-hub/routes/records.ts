import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { BodyPartSchema, readHeldBody, type HeldAnswer, type HeldBody } from '#shared/contract/body-parts.ts';
import { KnownQuestionSchema, readKnownQuestion } from '#shared/contract/known-versions.ts';
import { unpackPush } from '#shared/contract/packed-push.ts';
import { readPushedParcels } from '#shared/contract/parcel.ts';
import { MAX_PULL_ROWS, MAX_PUSH_ROWS, type PushAnswer } from '#shared/contract/sync.ts';
import { dropHeldBody, keepBodyPart, withHeldBody } from '../access/body-parts.ts';
import type { Caller } from '../access/caller.ts';
import { findOtherVersions } from '../access/known-versions.ts';
import { countWaiting, pull, type PullProblem } from '../access/pull.ts';
import { noteDelivered } from '../access/purges.ts';
import { push, type PushExtras } from '../access/push.ts';
import { sha256 } from '../identity/signatures.ts';
import { sendCbor, sendError } from '../server/answers.ts';
import { callerOf, type HubApp } from '../server/hub-app.ts';
import type { HubContext } from '../server/hub-context.ts';
import { createHolds } from './hold.ts';

const WaitingQuery = Type.Object({ cursor: Type.Optional(Type.String({ maxLength: 90 })) }, { additionalProperties: false });
/** Rows are checked one by one (access/push-row.ts), so that a malformed one is refused alone. */
const Epoch = Type.String({ maxLength: 40 });
const PushBody = Type.Union([
  Type.Object({ rows: Type.Array(Type.Unknown(), { maxItems: MAX_PUSH_ROWS }), epoch: Type.Optional(Epoch) }, { additionalProperties: false }),
  Type.Object({ packed: Type.Unknown(), epoch: Type.Optional(Type.Unknown()), parcels: Type.Optional(Type.Unknown()), held: Type.Optional(Type.Unknown()) }, { additionalProperties: false }),
]);
const PullQuery = Type.Object(
  {
    cursor: Type.Optional(Type.String({ maxLength: 90 })),
    limit: Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$' })),
    lane: Type.Optional(Type.Literal('urgent')),
    hold: Type.Optional(Type.Literal('1')),
  },
  { additionalProperties: false },
);

/** A push as it came: its rows, and the body of the only one where that went before it. */
type Pushed = PushExtras & { readonly rows: readonly unknown[]; readonly held?: HeldBody | undefined };

/** What a push holds, packed or not; undefined where it is neither. */
function readPush(body: Static<typeof PushBody>): Pushed | undefined {
  if ('rows' in body) return body;
  try {
    const { rows, epoch } = unpackPush(body, MAX_PUSH_ROWS, sha256);
    const parcels = readPushedParcels(body.parcels ?? [], rows.length);
    const held = readHeldBody(body.held);
    if (body.held !== undefined && !held) return undefined;
    return epoch === undefined || Value.Check(Epoch, epoch) ? { rows, epoch, parcels, held } : undefined;
  } catch {
    return undefined;
  }
}

/** Judges a push, with the body that went before it where it names one. */
async function take(hub: HubContext, caller: Caller, pushed: Pushed): Promise<PushAnswer | HeldAnswer | PullProblem> {
  const { held } = pushed;
  if (!held) return push(hub.db, caller, pushed.rows, hub.clock(), pushed);
  const whole = await withHeldBody(hub.db, caller, pushed.rows, held, pushed.epoch);
  if (whole === 'repeated') return { conflicts: [], rejected: [] };
  if (typeof whole === 'string' || 'parts' in whole) return whole;
  const answer = await push(hub.db, caller, whole.rows, hub.clock(), pushed);
  // an epoch that changed meanwhile leaves them for the next attempt
  if (typeof answer !== 'string') await dropHeldBody(hub.db, caller, held);
  return answer;
}

/** POST /v1/push and GET /v1/pull. */
export function addRecordRoutes(app: HubApp, hub: HubContext): void {
  app.post('/v1/push', { schema: { summary: 'Push sealed records (CBOR)', body: PushBody } }, async (request, reply) => {
    const caller = callerOf(request);
    if (!caller.admitted) {
      sendError(reply, 'device-unadmitted');
      return reply;
    }
    const pushed = readPush(request.body);
    const answer = pushed ? await take(hub, caller, pushed) : 'bad-request';
    if (!pushed || typeof answer === 'string') {
      sendError(reply, typeof answer === 'string' ? answer : 'bad-request');
      return reply;
    }
    if ('parts' in answer) {
      sendCbor(reply, answer);
      return reply;
    }
    hub.metrics.pushes.inc();
    hub.metrics.pushedRows.inc({ outcome: 'conflict' }, answer.conflicts.length);
    hub.metrics.pushedRows.inc({ outcome: 'rejected' }, answer.rejected.length);
    hub.metrics.pushedRows.inc({ outcome: 'taken' }, Math.max(0, pushed.rows.length - answer.conflicts.length - answer.rejected.length));
    sendCbor(reply, answer);
    return reply;
  });
  app.post('/v1/push/part', { schema: { summary: 'Keep a part of the body of a long record (CBOR)', body: BodyPartSchema } }, async (request, reply) => {
    const caller = callerOf(request);
    if (!caller.admitted) sendError(reply, 'device-unadmitted');
    else if (await keepBodyPart(hub.db, caller, request.body)) sendCbor(reply, {});
    else sendError(reply, 'bad-request');
    return reply;
  });
  app.post('/v1/push/known', { schema: { summary: 'Which versions have arrived already (CBOR)', body: KnownQuestionSchema } }, async (request, reply) => {
    const caller = callerOf(request);
    const asked = readKnownQuestion(request.body);
    if (!caller.admitted) sendError(reply, 'device-unadmitted');
    else if (!asked || !(asked.epoch === undefined || Value.Check(Epoch, asked.epoch))) sendError(reply, 'bad-request');
    else {
      const answer = await findOtherVersions(hub.db, caller, asked.versions, asked.epoch);
      if (typeof answer === 'string') sendError(reply, answer);
      else sendCbor(reply, answer);
    }
    return reply;
  });
  app.get('/v1/waiting', { schema: { summary: 'How much waits behind a cursor (CBOR)', querystring: WaitingQuery } }, async (request, reply) => {
    const answer = await countWaiting(hub.db, callerOf(request), request.query.cursor ?? '');
    if (typeof answer === 'string') sendError(reply, answer);
    else sendCbor(reply, answer);
    return reply;
  });
  const holdOpen = createHolds(hub.wakes);
  app.get('/v1/pull', { schema: { summary: 'Next page of changes (CBOR)', querystring: PullQuery } }, async (request, reply) => {
    const { cursor = '', limit, lane = 'all', hold } = request.query;
    const next = () => pull(hub.db, callerOf(request), cursor, { rows: limit === undefined ? MAX_PULL_ROWS : Number(limit) }, lane);
    // before the first look, so that nothing falls between the two
    const held = hold && lane === 'urgent' ? holdOpen(callerOf(request)) : undefined;
    let answer: Awaited<ReturnType<typeof next>>;
    try {
      if (held) reply.raw.once('close', held.end);
      answer = await next();
      if (held && typeof answer !== 'string' && answer.rows.length === 0 && (await held.urgent)) answer = await next();
    } finally {
      held?.end();
    }
    if (typeof answer === 'string') sendError(reply, answer);
    else {
      hub.metrics.pulls.inc();
      if (answer.rows.length > 0) await noteDelivered(hub.db, callerOf(request));
      hub.metrics.pulledRows.inc(answer.rows.length);
      sendCbor(reply, answer);
    }
    return reply;
  });
}
