import { Type } from 'typebox';
import { KeyUploadSchema } from '#shared/contract/sync.ts';
import { readKeys, storeKeys } from '../access/keys.ts';
import { sendCbor, sendError } from '../server/answers.ts';
import { callerOf, type HubApp } from '../server/hub-app.ts';
import type { HubContext } from '../server/hub-context.ts';

const KeysQuery = Type.Object({ since: Type.Optional(Type.String({ maxLength: 60 })) }, { additionalProperties: false });

/** GET and POST /v1/keys: wrapped keys; both answer what is addressed to the caller. */
export function addKeyRoutes(app: HubApp, hub: HubContext): void {
  app.get('/v1/keys', { schema: { summary: 'Wrapped keys for this device (CBOR)', querystring: KeysQuery } }, async (request, reply) => {
    sendCbor(reply, await readKeys(hub.db, callerOf(request), request.query.since));
    return reply;
  });
  app.post('/v1/keys', { schema: { summary: 'Publish wrapped keys (CBOR)', body: KeyUploadSchema } }, async (request, reply) => {
    const answer = await storeKeys(hub.db, callerOf(request), request.body);
    if (answer) sendCbor(reply, answer);
    else sendError(reply, 'bad-request');
    return reply;
  });
}
