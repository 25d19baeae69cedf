import { readDirectory } from '../access/directory.ts';
import { sendCbor } from '../server/answers.ts';
import { callerOf, type HubApp } from '../server/hub-app.ts';
import type { HubContext } from '../server/hub-context.ts';

/** GET /v1/directory: units, devices, and the caller's buckets and mandates. */
export function addDirectoryRoutes(app: HubApp, hub: HubContext): void {
  app.get('/v1/directory', { schema: { summary: 'Units, devices, buckets, mandates (CBOR)' } }, async (request, reply) => {
    sendCbor(reply, await readDirectory(hub.db, callerOf(request), hub.ca.keys));
    return reply;
  });
}
