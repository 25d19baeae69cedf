import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { ContentEndSchema, ContentOfferSchema, MAX_PART_BYTES } from '#shared/contract/content.ts';
import { UnitIdSchema, UuidSchema } from '#shared/schema/record.ts';
import { appendPart, endContent, offerContent, readContentState, readPart } from '../access/content.ts';
import { sendCbor, sendError } from '../server/answers.ts';
import { callerOf, type HubApp } from '../server/hub-app.ts';
import type { HubContext } from '../server/hub-context.ts';

const OCTETS = 'application/octet-stream';
const strict = { additionalProperties: false } as const;
const offset = Type.String({ pattern: '^[0-9]{1,12}$' });
const StateQuery = Type.Object({ id: UuidSchema, owner: UnitIdSchema }, strict);
const PutQuery = Type.Object({ id: UuidSchema, at: offset }, strict);
const GetQuery = Type.Object({ id: UuidSchema, owner: UnitIdSchema, at: offset, length: offset }, strict);

/** What arrived of a body before its end or a cut; undefined where it is longer than a part may be. */
function arrived(body: Readable): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (): void => resolve(size > MAX_PART_BYTES ? undefined : Buffer.concat(chunks));
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_PART_BYTES) body.destroy();
      else chunks.push(chunk);
    });
    for (const end of ['end', 'close', 'error', 'aborted']) body.once(end, finish);
    // cut off while the caller was being looked up: no event comes any more
    if (body.destroyed || ('aborted' in body && body.aborted === true)) setTimeout(finish, 10);
  });
}

/** The routes of contract/content.ts. Only admitted devices: another one has no key for anything here. */
export function addContentRoutes(app: HubApp, hub: HubContext): void {
  app.addContentTypeParser(OCTETS, (_request, payload, done) => done(null, payload));
  app.addHook('preHandler', async (request, reply) => {
    if (!callerOf(request).admitted) return sendError(reply, 'device-unadmitted');
  });
  app.post('/v1/content/offer', { schema: { summary: 'Offer the sealed content of an exhibit (CBOR)', body: ContentOfferSchema } }, async (request, reply) => {
    const answer = await offerContent(hub.db, callerOf(request), request.body, hub.clock());
    if (typeof answer === 'string') sendError(reply, answer);
    else sendCbor(reply, answer);
    return reply;
  });
  app.get('/v1/content/state', { schema: { summary: 'What the hub has of a content (CBOR)', querystring: StateQuery } }, async (request, reply) => {
    const answer = await readContentState(hub.db, callerOf(request), request.query, hub.clock());
    if (typeof answer === 'string') sendError(reply, answer);
    else sendCbor(reply, answer);
    return reply;
  });
  app.post('/v1/content/part', { schema: { summary: 'Append bytes to a content', querystring: PutQuery } }, async (request, reply) => {
    const { id, at } = request.query;
    const bytes = await arrived(request.body as Readable);
    const answer = bytes ? await appendPart(hub.db, callerOf(request), id, Number(at), bytes, hub.clock()) : 'too-large';
    if (typeof answer === 'string') sendError(reply, answer);
    else sendCbor(reply, answer);
    return reply;
  });
  app.get('/v1/content/part', { schema: { summary: 'Bytes of a content', querystring: GetQuery } }, async (request, reply) => {
    const { at, length, ...content } = request.query;
    const answer = await readPart(hub.db, callerOf(request), content, Number(at), Math.min(Number(length), MAX_PART_BYTES), hub.clock());
    if (typeof answer === 'string') sendError(reply, answer);
    else void reply.type(OCTETS).send(Buffer.from(answer.buffer, answer.byteOffset, answer.length));
    return reply;
  });
  app.post('/v1/content/end', { schema: { summary: 'Be done with a content (CBOR)', body: ContentEndSchema } }, async (request, reply) => {
    if (await endContent(hub.db, callerOf(request), request.body)) sendCbor(reply, {});
    else sendError(reply, 'content-gone');
    return reply;
  });
}
