/** Administrators of a unit: what they may do for their own, and that nobody may do it for another. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ExposureAnswer, UnitDevice } from '#shared/contract/unit-admin.ts';
import { toBase32 } from '#shared/contract/wire.ts';
import type { Hub } from '../../src-hub/server.ts';
import { describeEngines } from './engines.ts';
import { makeRecord, newRow } from './rows.ts';
import { enrolDevice, makeDeviceKeys, REGION, requestEnrolment, startHub, type Device } from './support.ts';

const NOT_THERE = { status: 404, body: { error: 'not-found' } };

describeEngines('unit administrators', (engine) => {
  let hub: Hub;
  let admin: Device;
  let officer: Device;
  let foreign: Device;
  beforeAll(async () => {
    hub = await startHub(engine);
    await hub.admin.seedRegion(REGION);
    admin = await enrolDevice(hub, 'la-cyber', 'admin');
    officer = await enrolDevice(hub, 'la-cyber', 'officer', { admittedBy: admin });
    foreign = await enrolDevice(hub, 'ph-acg', 'admin');
  });
  afterAll(async () => {
    [admin, officer, foreign].forEach((device) => device.close());
    await hub.close();
  });
  const devicesOf = async (by: Device): Promise<readonly UnitDevice[]> => ((await by.call('GET', '/v1/unit/devices')).body as { devices: UnitDevice[] }).devices;
  const exposureOf = async (by: Device, device: string): Promise<readonly string[]> =>
    ((await by.call('GET', `/v1/unit/exposure?device=${device}`)).body as ExposureAnswer).records.map(({ id }) => id);

  it('enrol officers and administrators of their own unit, never an NCB officer', async () => {
    for (const role of ['officer', 'admin'] as const) {
      const { body } = await admin.call('POST', '/v1/unit/codes', { role });
      const keys = await makeDeviceKeys();
      const answer = await requestEnrolment(hub, toBase32((body as { secret: Uint8Array }).secret), keys);
      expect(answer).toMatchObject({ status: 200, body: { unit: 'la-cyber', role } });
      expect((await devicesOf(admin)).find(({ id }) => id === keys.device)).toMatchObject({ role, admitted: false, revokedAt: null, seenAt: null });
    }
    for (const role of ['ncb', 'anything']) expect((await admin.call('POST', '/v1/unit/codes', { role })).status).toBe(400);
  });

  it('may not leave more codes open than twenty', async () => {
    const statuses: number[] = [];
    for (let code = 0; code < 22; code++) statuses.push((await foreign.call('POST', '/v1/unit/codes', { role: 'officer' })).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    expect(statuses.slice(-2)).toEqual([429, 429]);
  });

  it('see and revoke devices of their own unit alone, and never their own', async () => {
    expect((await devicesOf(admin)).map(({ id }) => id)).toContain(officer.id);
    expect((await devicesOf(foreign)).map(({ id }) => id)).toEqual([foreign.id]);
    for (const device of [foreign.id, admin.id, randomUUID()]) expect(await admin.call('POST', '/v1/unit/revoke', { device })).toEqual(NOT_THERE);
    expect((await foreign.call('GET', '/v1/unit/devices')).status).toBe(200);
    const lost = await enrolDevice(hub, 'la-cyber', 'officer', { admittedBy: admin });
    expect((await lost.call('GET', '/v1/keys')).status).toBe(200);
    expect(await admin.call('POST', '/v1/unit/revoke', { device: lost.id })).toEqual({ status: 200, body: {} });
    expect(await lost.call('GET', '/v1/keys')).toEqual({ status: 403, body: { error: 'device-revoked' } });
    expect((await devicesOf(admin)).find(({ id }) => id === lost.id)?.revokedAt).not.toBeNull();
    lost.close();
  });

  it('are the only ones for whom these routes are there', async () => {
    for (const [method, path, body] of [
      ['GET', '/v1/unit/devices'],
      ['POST', '/v1/unit/codes', { role: 'officer' }],
      ['POST', '/v1/unit/revoke', { device: admin.id }],
      ['GET', `/v1/unit/exposure?device=${officer.id}`],
    ] as const) {
      expect(await officer.call(method, path, body)).toEqual(NOT_THERE);
    }
    expect((await admin.call('GET', '/v1/keys')).status).toBe(200);
  });

  it('learn what a lost device could have held, and nothing of what came after its last page or was never its unit’s', async () => {
    // a unit of its own: this file revokes devices of the other, which then must replace its secret before it writes
    const head = await enrolDevice(hub, 'vu-ccu', 'admin');
    const lost = await enrolDevice(hub, 'vu-ccu', 'officer', { admittedBy: head });
    const held = makeRecord(head);
    const foreignRecord = makeRecord(foreign);
    await head.push(newRow(held));
    await foreign.push(newRow(foreignRecord));
    expect(await exposureOf(head, lost.id)).toEqual([]); // it never got a page
    await lost.pullAll();
    const later = makeRecord(head);
    await head.push(newRow(later));
    expect(await exposureOf(head, lost.id)).toEqual([held.id]);
    expect((await head.call('GET', `/v1/unit/exposure?device=${lost.id}`)).body).toEqual({ records: [{ id: held.id, entity: 'brief', owner: 'vu-ccu', deleted: false }], next: '' });
    expect(await exposureOf(foreign, lost.id)).toEqual([]);
    // what the unit lost since, the device may still have: the id alone
    const shared = makeRecord(head, { audience: ['u:vu-ccu', 't:heron'] });
    await hub.admin.addUnit({ id: 'vu-two', country: 'VU', kind: 'unit', name: 'Second' });
    await hub.admin.addTaskforce({ id: 'heron', name: 'Heron', members: ['vu-ccu', 'vu-two'] });
    const second = await enrolDevice(hub, 'vu-two', 'admin');
    const away = await enrolDevice(hub, 'vu-two', 'officer', { admittedBy: second });
    await head.push(newRow(shared));
    await away.pullAll();
    await hub.admin.leaveTaskforce('heron', 'vu-two');
    expect((await second.call('GET', `/v1/unit/exposure?device=${away.id}`)).body).toEqual({ records: [{ id: shared.id, entity: '', owner: '', deleted: false }], next: '' });
    for (const device of [head, lost, second, away]) device.close();
  });
});
