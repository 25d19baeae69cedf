import { constants, type ServerHttp2Stream } from 'node:http2';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import { Type } from 'typebox';
import { bytesToHex } from '#shared/base/ids.ts';
import { frameHead, readRest, REST_PATTERN, startDigest, type FrameStart, type PageLimits } from '#shared/contract/frame.ts';
import { packRows } from '#shared/contract/packed-rows.ts';
import type { FrameParcel } from '#shared/contract/parcel.ts';
import { toCbor } from '#shared/contract/wire.ts';
import { pull, type PullPage, type PullProblem } from '../access/pull.ts';
import { noteDelivered } from '../access/purges.ts';
import type { Caller } from '../access/caller.ts';
import { sha256 } from '../identity/signatures.ts';
import { sendError } from '../server/answers.ts';
import { callerOf, type HubApp } from '../server/hub-app.ts';
import type { HubContext } from '../server/hub-context.ts';
import { createFramePace, type FramePace } from './frame-pace.ts';

const deflateLater = promisify(deflateRaw);
const FramesQuery = Type.Object(
  { cursor: Type.Optional(Type.String({ maxLength: 90 })), parcels: Type.Optional(Type.Literal('1')), rest: Type.Optional(Type.String({ pattern: REST_PATTERN, maxLength: 50 })) },
  { additionalProperties: false },
);

/**
 * GET /v1/frames: everything behind a cursor in one answer of many small frames. The hub keeps nothing of it but the cursor of the
 * next frame: each frame is a transaction of its own, so a revocation and a changed audience count from the next frame on.
 */
export function addFrameRoutes(app: HubApp, hub: HubContext): void {
  app.get('/v1/frames', { schema: { summary: 'All changes behind a cursor, in frames', querystring: FramesQuery } }, async (request, reply) => {
    const caller = callerOf(request);
    const { cursor = '', parcels, rest } = request.query;
    const start = rest === undefined ? undefined : readRest(rest);
    if (rest !== undefined && !start) {
      sendError(reply, 'bad-request');
      return reply;
    }
    const pace = createFramePace(Date.now, start?.limits);
    const next: NextFrame = async (from, limits) => {
      const page = await pull(hub.db, caller, from, { ...limits, parcels: parcels === '1' });
      return typeof page === 'string' ? page : { page, bytes: await toFrame(page, limits) };
    };
    const first = await next(cursor, start?.limits ?? pace.next());
    if (typeof first === 'string') {
      sendError(reply, first);
      return reply;
    }
    const had = start && beginsWith(first.bytes, start) ? start.length : 0;
    reply.hijack();
    const { stream } = reply.raw;
    stream.on('error', () => undefined);
    // the hub's clock, as in every answer; the rest of a hijacked answer is not Fastify's
    const date = String(reply.getHeader('date'));
    stream.respond({ ':status': had > 0 ? 206 : 200, date, 'content-type': 'application/octet-stream', 'cache-control': 'no-store' });
    // an answer that has begun cannot say why it ends: the device asks again from its cursor and hears it then
    await sendFrames(stream, hub, caller, { first, had, next, pace }).catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    return reply;
  });
}

interface Frame {
  readonly page: PullPage;
  readonly bytes: Buffer;
}
type NextFrame = (cursor: string, limits: PageLimits) => Promise<Frame | PullProblem>;
interface Frames {
  readonly first: Frame;
  /** How many bytes of the first frame the device has. */
  readonly had: number;
  readonly next: NextFrame;
  readonly pace: FramePace;
}

async function sendFrames(stream: ServerHttp2Stream, hub: HubContext, caller: Caller, { first, had, next, pace }: Frames): Promise<void> {
  let [frame, left] = [first, first.bytes.subarray(had)];
  for (;;) {
    const { rows, cursor, done } = frame.page;
    if (stream.destroyed || stream.closed) return;
    if (rows.length > 0) await noteDelivered(hub.db, caller);
    await taken(stream, left);
    pace.sent(left.length, (rows.length * left.length) / frame.bytes.length);
    hub.metrics.pulls.inc();
    hub.metrics.pulledRows.inc(rows.length);
    if (done) break;
    const following = await next(cursor, pace.next());
    if (typeof following === 'string') throw new Error(following);
    [frame, left] = [following, following.bytes];
  }
  stream.end();
}

/** Whether a frame begins with the bytes a device has, and has more. */
function beginsWith(frame: Buffer, { length, digest }: FrameStart): boolean {
  return length < frame.length && startDigest(bytesToHex(sha256(frame.subarray(0, length)))) === digest;
}

/** Layout in contract/frame.ts; the content is deflate-raw of CBOR. */
async function toFrame({ rows, cursor, done, parcels = [] }: PullPage, limits: PageLimits): Promise<Buffer> {
  const content = await deflateLater(toCbor({ rows: packRows(withoutBodies(rows, parcels)), cursor, done, ...(parcels.length > 0 ? { parcels } : {}) }));
  return Buffer.concat([frameHead(content.length, limits), content]);
}

/** The rows of a page with the bodies left out that its parcels bring. */
function withoutBodies(rows: PullPage['rows'], parcels: readonly FrameParcel[]): PullPage['rows'] {
  const inParcel = new Set(parcels.flatMap(([from, count]) => Array.from({ length: count }, (_, n) => from + n)));
  let place = -1;
  return rows.map((row) => ('gone' in row || !inParcel.has(++place) ? row : { ...row, body: new Uint8Array() }));
}

/** Hands a frame to the line and waits until all of it is on its way: a device that does not read holds its stream back here. */
function taken(stream: ServerHttp2Stream, frame: Buffer): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.write(frame, () => {
      stream.off('close', resolve);
      resolve();
    });
  });
}
