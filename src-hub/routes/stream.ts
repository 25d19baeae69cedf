import { callerOf, type HubApp } from '../server/hub-app.ts';
import type { HubContext } from '../server/hub-context.ts';

/** A comment now and then shows both ends that the line is alive. */
const HEARTBEAT_MS = 20_000;

/** GET /v1/stream: `wake` events that name a kind and carry nothing else, until the device leaves, is revoked, or the hub stops. */
export function addStreamRoutes(app: HubApp, hub: HubContext): void {
  app.get('/v1/stream', { schema: { summary: 'Server-sent wake events' } }, (request, reply) => {
    const { device, unit } = callerOf(request);
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    raw.write(': open\n\n');
    const heartbeat = setInterval(() => raw.write(': alive\n\n'), HEARTBEAT_MS);
    const remove = hub.wakes.add({ device, unit, wake: (kind) => void (raw.writableEnded || raw.write(`event: wake\ndata: ${kind}\n\n`)), end: () => raw.end() });
    hub.metrics.openStreams.inc();
    raw.once('close', () => {
      clearInterval(heartbeat);
      remove();
      hub.metrics.openStreams.dec();
    });
  });
}
