import { Type } from 'typebox';
import { PurgeUploadSchema } from '#shared/contract/purge.ts';
import { UuidSchema } from '#shared/schema/record.ts';
import { readPurges, storeReceipts } from '../access/purges.ts';
import { sendCbor, sendError } from '../server/answers.ts';
import { callerOf, type HubApp } from '../server/hub-app.ts';
import type { HubContext } from '../server/hub-context.ts';

const PurgeQuery = Type.Object({ record: UuidSchema }, { additionalProperties: false });

/** POST /v1/purged: receipts of this device. GET /v1/purged: receipts for a record of the own unit. */
export function addPurgeRoutes(app: HubApp, hub: HubContext): void {
  app.post('/v1/purged', { schema: { summary: 'Purge receipts (CBOR)', body: PurgeUploadSchema } }, async (request, reply) => {
    if (await storeReceipts(hub.db, callerOf(request), request.body.receipts)) sendCbor(reply, {});
    else sendError(reply, 'bad-request');
    return reply;
  });
  app.get('/v1/purged', { schema: { summary: 'Who removed a record of the own unit (CBOR)', querystring: PurgeQuery } }, async (request, reply) => {
    sendCbor(reply, await readPurges(hub.db, callerOf(request), request.query.record));
    return reply;
  });
}
