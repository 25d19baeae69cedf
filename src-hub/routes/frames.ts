import { constants, type ServerHttp2Stream } from 'node:http2';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import { Type } from 'typebox';
import { packRows } from '#shared/contract/packed-rows.ts';
import type { FrameParcel } from '#shared/contract/parcel.ts';
import { toCbor } from '#shared/contract/wire.ts';
import { pull, type PullPage } from '../access/pull.ts';
import { noteDelivered } from '../access/purges.ts';
import type { Caller } from '../access/caller.ts';
import { sendError } from '../server/answers.ts';
import { callerOf, type HubApp } from '../server/hub-app.ts';
import type { HubContext } from '../server/hub-context.ts';
import { createFramePace } from './frame-pace.ts';

const deflateLater = promisify(deflateRaw);
const FramesQuery = Type.Object({ cursor: Type.Optional(Type.String({ maxLength: 90 })), parcels: Type.Optional(Type.Literal('1')) }, { additionalProperties: false });

/**
 * GET /v1/frames: everything behind a cursor in one answer of many small frames. The hub keeps nothing of it but the cursor of the
 * next frame: each frame is a transaction of its own, so a revocation and a changed audience count from the next frame on.
 */
export function addFrameRoutes(app: HubApp, hub: HubContext): void {
  app.get('/v1/frames', { schema: { summary: 'All changes behind a cursor, in frames', querystring: FramesQuery } }, async (request, reply) => {
    const caller = callerOf(request);
    const { cursor = '', parcels } = request.query;
    const pace = createFramePace(Date.now);
    const next: NextPage = (from) => pull(hub.db, caller, from, { ...pace.next(), parcels: parcels === '1' });
    const first = await next(cursor);
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
    await sendFrames(stream, hub, caller, { first, next, sent: pace.sent }).catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    return reply;
  });
}

type NextPage = (cursor: string) => ReturnType<typeof pull>;
interface Pages {
  readonly first: PullPage;
  readonly next: NextPage;
  /** Hears the bytes and rows of a frame that the line took. */
  readonly sent: (bytes: number, rows: number) => void;
}

async function sendFrames(stream: ServerHttp2Stream, hub: HubContext, caller: Caller, { first, next, sent }: Pages): Promise<void> {
  for (let answer: PullPage = first; ;) {
    const frame = await toFrame(answer);
    if (stream.destroyed || stream.closed) return;
    if (answer.rows.length > 0) await noteDelivered(hub.db, caller);
    await taken(stream, frame);
    sent(frame.length, answer.rows.length);
    hub.metrics.pulls.inc();
    hub.metrics.pulledRows.inc(answer.rows.length);
    if (answer.done) break;
    const page = await next(answer.cursor);
    if (typeof page === 'string') throw new Error(page);
    answer = page;
  }
  stream.end();
}

/** Length (4 bytes, big-endian) ‖ deflate-raw of the CBOR. */
async function toFrame({ rows, cursor, done, parcels = [] }: PullPage): Promise<Buffer> {
  const content = await deflateLater(toCbor({ rows: packRows(withoutBodies(rows, parcels)), cursor, done, ...(parcels.length > 0 ? { parcels } : {}) }));
  const frame = Buffer.allocUnsafe(4 + content.length);
  frame.writeUInt32BE(content.length);
  content.copy(frame, 4);
  return frame;
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
