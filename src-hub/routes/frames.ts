import { constants, type ServerHttp2Stream } from 'node:http2';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import { Type } from 'typebox';
import { packRows } from '#shared/contract/packed-rows.ts';
import type { PullAnswer } from '#shared/contract/sync.ts';
import { toCbor } from '#shared/contract/wire.ts';
import { pull } from '../access/pull.ts';
import { noteDelivered } from '../access/purges.ts';
import type { Caller } from '../access/caller.ts';
import { sendError } from '../server/answers.ts';
import { callerOf, type HubApp } from '../server/hub-app.ts';
import type { HubContext } from '../server/hub-context.ts';
import { createFramePace } from './frame-pace.ts';

const deflateLater = promisify(deflateRaw);
const FramesQuery = Type.Object({ cursor: Type.Optional(Type.String({ maxLength: 90 })) }, { additionalProperties: false });

/**
 * GET /v1/frames: everything behind a cursor in one answer of many small frames. The hub keeps nothing of it but the cursor of the
 * next frame: each frame is a transaction of its own, so a revocation and a changed audience count from the next frame on.
 */
export function addFrameRoutes(app: HubApp, hub: HubContext): void {
  app.get('/v1/frames', { schema: { summary: 'All changes behind a cursor, in frames', querystring: FramesQuery } }, async (request, reply) => {
    const caller = callerOf(request);
    const { cursor = '' } = request.query;
    const pace = createFramePace(Date.now);
    const first = await pull(hub.db, caller, cursor, pace.next());
    if (typeof first === 'string') {
      sendError(reply, first);
      return reply;
    }
    reply.hijack();
    const { stream } = reply.raw;
    stream.on('error', () => undefined);
    // the hub's clock, as in every answer; the rest of a hijacked answer is not Fastify's
    const date = String(reply.getHeader('date'));
    stream.respond({ ':status': 200, date, 'content-type': 'application/octet-stream', 'cache-control': 'no-store' });
    // an answer that has begun cannot say why it ends: the device asks again from its cursor and hears it then
    await sendFrames(stream, hub, caller, first, pace).catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    return reply;
  });
}

async function sendFrames(stream: ServerHttp2Stream, hub: HubContext, caller: Caller, first: PullAnswer, pace: ReturnType<typeof createFramePace>): Promise<void> {
  for (let answer = first; ;) {
    const frame = await toFrame(answer);
    if (stream.destroyed || stream.closed) return;
    if (answer.rows.length > 0) await noteDelivered(hub.db, caller);
    await taken(stream, frame);
    pace.sent(frame.length, answer.rows.length);
    hub.metrics.pulls.inc();
    hub.metrics.pulledRows.inc(answer.rows.length);
    if (answer.done) break;
    const next = await pull(hub.db, caller, answer.cursor, pace.next());
    if (typeof next === 'string') throw new Error(next);
    answer = next;
  }
  stream.end();
}

/** Length (4 bytes, big-endian) ‖ deflate-raw of the CBOR. */
async function toFrame({ rows, cursor, done }: PullAnswer): Promise<Buffer> {
  const content = await deflateLater(toCbor({ rows: packRows(rows), cursor, done }));
  const frame = Buffer.allocUnsafe(4 + content.length);
  frame.writeUInt32BE(content.length);
  content.copy(frame, 4);
  return frame;
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
