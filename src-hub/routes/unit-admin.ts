import { Type } from 'typebox';
import { UnitCodeRequestSchema, UnitRevokeRequestSchema } from '#shared/contract/unit-admin.ts';
import { UuidSchema } from '#shared/schema/record.ts';
import { createUnitCode, listUnitDevices, readExposure, revokeUnitDevice } from '../access/unit-admin.ts';
import { sendCbor, sendError } from '../server/answers.ts';
import { callerOf, type HubApp } from '../server/hub-app.ts';
import type { HubContext } from '../server/hub-context.ts';

const ExposureQuery = Type.Object({ device: UuidSchema, after: Type.Optional(UuidSchema) }, { additionalProperties: false });

/** /v1/unit/…: for administrators of a unit, about devices of that unit. To everybody else each route is one that is not there. */
export function addUnitAdminRoutes(app: HubApp, hub: HubContext): void {
  void app.register(async (scope: HubApp) => {
    scope.addHook('preHandler', async (request, reply) => {
      if (callerOf(request).role !== 'admin') return sendError(reply, 'not-found');
    });
    scope.post('/v1/unit/codes', { schema: { summary: 'New enrolment secret for the own unit (CBOR)', body: UnitCodeRequestSchema } }, async (request, reply) => {
      const secret = await createUnitCode(hub.db, callerOf(request), request.body.role);
      if (secret) sendCbor(reply, { secret });
      else sendError(reply, 'hub-busy');
      return reply;
    });
    scope.get('/v1/unit/devices', { schema: { summary: 'Devices of the own unit (CBOR)' } }, async (request, reply) => {
      sendCbor(reply, { devices: await listUnitDevices(hub.db, callerOf(request)) });
      return reply;
    });
    scope.post('/v1/unit/revoke', { schema: { summary: 'Revoke a device of the own unit (CBOR)', body: UnitRevokeRequestSchema } }, async (request, reply) => {
      if (await revokeUnitDevice(hub.db, callerOf(request), request.body.device)) sendCbor(reply, {});
      else sendError(reply, 'not-found');
      return reply;
    });
    scope.get('/v1/unit/exposure', { schema: { summary: 'What a device of the own unit could have held (CBOR)', querystring: ExposureQuery } }, async (request, reply) => {
      sendCbor(reply, await readExposure(hub.db, callerOf(request), request.query.device, request.query.after));
      return reply;
    });
  });
}
