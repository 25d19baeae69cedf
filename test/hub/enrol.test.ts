import { randomBytes } from 'node:crypto';
import { connect as tlsConnect } from 'node:tls';
import { connect } from 'node:http2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseEnrolmentCode } from '#shared/contract/wire.ts';
import type { EnrolAnswer } from '#shared/contract/enrol.ts';
import type { Directory } from '#shared/contract/sync.ts';
import { storeCode } from '../../src-hub/access/admin.ts';
import { openPostgres } from '../../src-hub/db/postgres.ts';
import { openDeviceCa } from '../../src-hub/identity/ca.ts';
import type { Hub } from '../../src-hub/server.ts';
import { describeEngines, tempDir } from './engines.ts';
import { makeRecord, newRow, sha256 } from './rows.ts';
import { callOn, callRaw, connectTo, enrolDevice, makeDeviceKeys, REGION, requestEnrolment, startHub, type Device } from './support.ts';

const REFUSED = { status: 403, body: { error: 'code-refused' } };
const NOT_ENROLLED = { status: 401, body: { error: 'not-enrolled' } };

describeEngines('enrolment and identity', (engine) => {
  let hub: Hub;
  let databaseUrl: string | undefined;
  let device: Device;
  beforeAll(async () => {
    const storage = await engine.storage();
    databaseUrl = storage.databaseUrl;
    hub = await startHub(engine, storage);
    await hub.admin.seedRegion(REGION);
    device = await enrolDevice(hub, 'la-cyber');
  });
  afterAll(async () => {
    device.close();
    await hub.close();
  });

  it('turns a code into a certificate once', async () => {
    const code = await hub.admin.createCode('la-ncb', 'ncb');
    const keys = await makeDeviceKeys();
    const answer = await requestEnrolment(hub, code, keys);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ unit: 'la-ncb', role: 'ncb', ca: hub.caPem });
    const session = connectTo(hub, { key: keys.tlsKey, cert: (answer.body as EnrolAnswer).cert });
    const directory = await callOn(session, 'GET', '/v1/directory');
    expect(directory.body).toMatchObject({ self: { device: keys.device, unit: 'la-ncb', role: 'ncb' } });
    session.close();
    expect(await requestEnrolment(hub, code, keys)).toEqual(REFUSED);
    expect(await requestEnrolment(hub, code, await makeDeviceKeys())).toEqual(REFUSED);
  });

  it('shows its CA to a stranger who holds the pin', async () => {
    const session = connectTo(hub);
    expect(await callOn(session, 'GET', '/v1/ca')).toEqual({ status: 200, body: { ca: hub.caPem } });
    session.close();
  });

  it('carries the pin of its CA in the code', async () => {
    const der = Buffer.from(hub.caPem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    expect(parseEnrolmentCode(await hub.admin.createCode('la-cyber', 'officer', 'hub.example', 8443))).toMatchObject({
      host: 'hub.example',
      port: 8443,
      caPin: Buffer.from(sha256(new Uint8Array(der)).subarray(0, 10)).toString('hex'),
    });
  });

  it('lets only one of two devices that use one code at once in', async () => {
    const code = await hub.admin.createCode('la-cyber', 'officer');
    const answers = await Promise.all([requestEnrolment(hub, code, await makeDeviceKeys()), requestEnrolment(hub, code, await makeDeviceKeys())]);
    expect(answers.map((answer) => answer.status).sort((a, b) => a - b)).toEqual([200, 403]);
  });

  it('refuses a wrong code, and a device that is known already', async () => {
    expect(await requestEnrolment(hub, '0123456789ABCDEF', await makeDeviceKeys())).toEqual(REFUSED);
    expect(await requestEnrolment(hub, await hub.admin.createCode('la-cyber', 'officer'), device.keys)).toEqual(REFUSED);
  });

  // PGlite admits one process; the same SQL runs on both
  it.runIf(engine.name === 'postgres')('refuses a code that has ended', async () => {
    const db = await openPostgres({ ownerUrl: databaseUrl ?? '' });
    await storeCode(db, 'la-cyber', 'officer', 'AAAAAAAAAAAAAAAA', -1);
    await db.close();
    expect(await requestEnrolment(hub, 'AAAAAAAAAAAAAAAA', await makeDeviceKeys())).toEqual(REFUSED);
  });

  it('leaves the code unspent after a malformed request', async () => {
    const code = await hub.admin.createCode('la-cyber', 'officer');
    const keys = await makeDeviceKeys();
    const swapped = await makeDeviceKeys();
    for (const bad of [{ csr: 'nonsense' }, { signPublic: new Uint8Array(31) }, { boxPublic: new Uint8Array(0) }, { device: 'x' }, { csr: swapped.csr.replace(/.{8}(?=\n-----END)/, 'AAAAAAAA') }]) {
      expect(await requestEnrolment(hub, code, { ...keys, ...bad })).toEqual({ status: 400, body: { error: 'bad-request' } });
    }
    expect((await requestEnrolment(hub, code, keys)).status).toBe(200);
  });

  it('answers every route without a certificate alike, and does not trust a certificate of its own making', async () => {
    const rogue = await openDeviceCa(tempDir());
    const keys = await makeDeviceKeys();
    const forged = await rogue.signDevice(keys.csr, device.id, 'la-cyber');
    const stranger = connectTo(hub);
    const impostor = connectTo(hub, { key: keys.tlsKey, cert: forged?.cert ?? '' });
    for (const session of [stranger, impostor]) {
      for (const [method, path] of [
        ['GET', '/v1/directory'],
        ['GET', '/v1/keys'],
        ['POST', '/v1/keys'],
        ['POST', '/v1/push'],
        ['GET', '/v1/pull'],
        ['GET', '/v1/stream'],
        ['GET', '/v1/openapi.json'],
        ['GET', '/nothing'],
      ] as const) {
        expect(await callOn(session, method, path, method === 'POST' ? {} : undefined)).toEqual(NOT_ENROLLED);
      }
      session.close();
    }
  });

  it('refuses TLS 1.2', async () => {
    const outcome = await new Promise<string>((resolve) => {
      const socket = tlsConnect({ host: '127.0.0.1', port: hub.port, ca: hub.caPem, maxVersion: 'TLSv1.2', ALPNProtocols: ['h2'] }, () => resolve('connected'));
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    });
    expect(outcome).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  });

  it('shows a certificate that a device can pin', async () => {
    const other = await openDeviceCa(tempDir());
    const outcome = await new Promise<string>((resolve) => {
      const session = connect(`https://127.0.0.1:${hub.port}`, { ca: other.certPem });
      session.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
      session.on('connect', () => resolve('connected'));
    });
    expect(outcome).not.toBe('connected');
  });

  it('refuses a revoked device at once, on the connection it has open', async () => {
    const lost = await enrolDevice(hub, 'ph-acg');
    expect((await lost.call('GET', '/v1/pull')).status).toBe(200);
    await hub.admin.revokeDevice(lost.id);
    for (const [method, path] of [
      ['GET', '/v1/pull'],
      ['GET', '/v1/directory'],
      ['GET', '/v1/keys'],
      ['GET', '/v1/stream'],
    ] as const) {
      expect(await lost.call(method, path)).toEqual({ status: 403, body: { error: 'device-revoked' } });
    }
    expect(await lost.call('POST', '/v1/push', { rows: [newRow(makeRecord(lost))] })).toEqual({ status: 403, body: { error: 'device-revoked' } });
    const met = (await device.call('GET', `/v1/directory?met=${lost.id}`)).body as Directory;
    expect(met.devices.find((each) => each.id === lost.id)?.revoked).toBe(true);
    lost.close();
  });

  it('answers garbage, unknown routes and other content types with one shape', async () => {
    expect(await device.call('GET', '/v1/nothing')).toEqual({ status: 404, body: { error: 'not-found' } });
    expect(await callRaw(device.session, 'POST', '/v1/push', new Uint8Array([0xff, 0x00]))).toEqual({ status: 400, body: { error: 'bad-request' } });
    expect(await callRaw(device.session, 'POST', '/v1/push', new Uint8Array(200_000).fill(0x81))).toEqual({ status: 400, body: { error: 'bad-request' } });
    expect(await callRaw(device.session, 'POST', '/v1/push', Buffer.from('{"rows":[]}'), 'application/json')).toEqual({ status: 400, body: { error: 'bad-request' } });
    expect(await callRaw(device.session, 'POST', '/v1/push', new Uint8Array(randomBytes(18 * 1024 * 1024)))).toEqual({ status: 413, body: { error: 'too-large' } });
    expect((await device.call('GET', '/v1/openapi.json')).status).toBe(200);
  });

  it('slows down guessing', async () => {
    const strict = await startHub(engine, { enrolPerMinute: 3 });
    const keys = await makeDeviceKeys();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) statuses.push((await requestEnrolment(strict, '0123456789ABCDEF', keys)).status);
    expect(statuses).toEqual([403, 403, 403, 429, 429]);
    await strict.close();
  });
});
