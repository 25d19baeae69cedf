import { Type } from 'typebox';
import { MAX_MET_DEVICES } from '#shared/contract/sync.ts';
import { readDirectory } from '../access/directory.ts';
import { sendCbor } from '../server/answers.ts';
import { callerOf, type HubApp } from '../server/hub-app.ts';
import type { HubContext } from '../server/hub-context.ts';

const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const DirectoryQuery = Type.Object(
  { since: Type.Optional(Type.String({ maxLength: 60 })), met: Type.Optional(Type.String({ pattern: `^${UUID}(,${UUID}){0,${MAX_MET_DEVICES - 1}}$` })) },
  { additionalProperties: false },
);

/** GET /v1/directory: units, devices, and the caller's buckets and mandates; with `since` what changed. */
export function addDirectoryRoutes(app: HubApp, hub: HubContext): void {
  app.get('/v1/directory', { schema: { summary: 'Units, devices, buckets, mandates (CBOR)', querystring: DirectoryQuery } }, async (request, reply) => {
    const { since = '', met } = request.query;
    sendCbor(reply, await readDirectory(hub.db, callerOf(request), hub.ca.keys, { since, met: met?.split(',') ?? [] }));
    return reply;
  });
}
