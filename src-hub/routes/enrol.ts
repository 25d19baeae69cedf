import { EnrolRequestSchema, RenewRequestSchema } from '#shared/contract/enrol.ts';
import { enrol, renew } from '../access/enrol.ts';
import { sendCbor, sendError } from '../server/answers.ts';
import { CA_PATH, callerOf, ENROL_PATH, RENEW_PATH, type HubApp } from '../server/hub-app.ts';
import type { HubContext } from '../server/hub-context.ts';

/** GET /v1/ca: the CA certificate, which the device compares with its pin. POST /v1/enrol: a one-time code and a certificate request for a device certificate. POST /v1/renew: another one. */
export function addEnrolRoutes(app: HubApp, hub: HubContext): void {
  const perMinute = { max: hub.enrolPerMinute, timeWindow: '1 minute', keyGenerator: (request: { readonly ip: string }) => request.ip };
  app.get(CA_PATH, { schema: { summary: 'CA certificate, PEM (CBOR)' }, config: { rateLimit: perMinute } }, (_request, reply) => sendCbor(reply, { ca: hub.ca.certPem }));
  app.post(
    ENROL_PATH,
    {
      schema: { summary: 'Enrol a device with a one-time code (CBOR)', body: EnrolRequestSchema },
      config: { rateLimit: perMinute },
      bodyLimit: 16 * 1024,
    },
    async (request, reply) => {
      const answer = await enrol(hub.db, hub.ca, request.body);
      if (typeof answer === 'string') sendError(reply, answer);
      else sendCbor(reply, answer);
      return reply;
    },
  );
  app.post(
    RENEW_PATH,
    { schema: { summary: 'Renew the certificate of the calling device (CBOR)', body: RenewRequestSchema }, config: { rateLimit: perMinute }, bodyLimit: 16 * 1024 },
    async (request, reply) => {
      const answer = await renew(hub.db, hub.ca, callerOf(request), request.body);
      if (typeof answer === 'string') sendError(reply, answer);
      else sendCbor(reply, answer);
      return reply;
    },
  );
}
