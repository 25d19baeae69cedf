/** Connections that go on with the TLS session of the one before: who is at the other end is asked as if it were the first. */
import 'reflect-metadata';
import { connect, type ClientHttp2Session } from 'node:http2';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHubClient } from '../../src-main/link/hub-client.ts';
import { createResumptions, type Resumption } from '../../src-main/link/resumption.ts';
import type { Hub } from '../../src-hub/server.ts';
import { openCountingLine } from '../bench/sync/counting-line.ts';
import { describeEngines } from './engines.ts';
import { callOn, connectTo, enrolDevice, REGION, startHub, type Credentials } from './support.ts';

/** Asks over two connections, the second one with the session of the first; answers both statuses and whether the second went on with it. */
async function askTwice(hub: Hub, credentials: Credentials | undefined, between = async (): Promise<void> => undefined): Promise<{ readonly statuses: readonly number[]; readonly isReused: boolean }> {
  let session: Buffer | undefined;
  let isReused = false;
  const ask = async (): Promise<number> => {
    const line: ClientHttp2Session = connect(`https://127.0.0.1:${hub.port}`, { ca: hub.caPem, ...credentials, ...(session ? { session } : {}) });
    const came = new Promise<void>((resolve) => {
      line.once('connect', (_line, socket) => {
        if (!(socket instanceof TLSSocket)) throw new Error('no TLS');
        isReused = socket.isSessionReused();
        if (isReused) resolve();
        socket.on('session', (next: Buffer) => {
          session = next;
          resolve();
        });
      });
    });
    const { status } = await callOn(line, 'GET', '/v1/keys');
    await came;
    line.destroy();
    return status;
  };
  const first = await ask();
  await between();
  return { statuses: [first, await ask()], isReused };
}

describeEngines('a TLS session that is gone on with', (engine) => {
  let hub: Hub;
  beforeAll(async () => {
    hub = await startHub(engine);
    await hub.admin.seedRegion(REGION);
  }, 60_000);
  afterAll(() => hub.close());

  it('is of the same device', async () => {
    const device = await enrolDevice(hub, 'la-cyber');
    expect(await askTwice(hub, device.credentials)).toEqual({ statuses: [200, 200], isReused: true });
    device.close();
  });

  it('is worth nothing to a device that was revoked meanwhile', async () => {
    const device = await enrolDevice(hub, 'la-cyber');
    expect(await askTwice(hub, device.credentials, () => hub.admin.revokeDevice(device.id))).toEqual({ statuses: [200, 403], isReused: true });
    device.close();
  });

  it('makes nobody known who came without a certificate, or with one of another authority', async () => {
    const elsewhere = await startHub(engine);
    await elsewhere.admin.seedRegion(REGION);
    const stranger = await enrolDevice(elsewhere, 'la-cyber');
    expect((await askTwice(hub, undefined)).statuses).toEqual([401, 401]);
    expect((await askTwice(hub, stranger.credentials)).statuses).toEqual([401, 401]);
    stranger.close();
    await elsewhere.close();
  });

  it('goes on, or begins anew, at a hub that gives itself a new certificate while connections stand', async () => {
    const renewing = await startHub(engine, { serverCertificateMs: 300 });
    await renewing.admin.seedRegion(REGION);
    const device = await enrolDevice(renewing, 'la-cyber');
    const serials = new Set<string>();
    for (const end = Date.now() + 20_000; serials.size < 3 && Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const line = connectTo(renewing, device.credentials);
      const serial = new Promise<string>((resolve) => line.once('connect', (_line, socket) => resolve(socket instanceof TLSSocket ? socket.getPeerCertificate().serialNumber : '')));
      expect((await callOn(line, 'GET', '/v1/keys')).status).toBe(200);
      serials.add(await serial);
      line.destroy();
    }
    expect(serials.size).toBeGreaterThanOrEqual(3);
    expect((await device.call('GET', '/v1/keys')).status).toBe(200);
    const { statuses } = await askTwice(renewing, device.credentials, () => new Promise((resolve) => setTimeout(resolve, 700)));
    expect(statuses).toEqual([200, 200]);
    device.close();
    await renewing.close();
  });

  it('spares a device the certificates and the longer key exchange, and not where it has another certificate', async () => {
    const device = await enrolDevice(hub, 'la-cyber');
    const line = await openCountingLine(hub.port);
    const resumptions = createResumptions();
    const bytesOf = async (proof: string): Promise<{ readonly up: number; readonly down: number }> => {
      const before = line.bytes();
      await ask(line.port, device.credentials, resumptions.of('hub', proof));
      const after = line.bytes();
      return { up: after.up - before.up, down: after.down - before.down };
    };
    const [whole, short, renewed] = [await bytesOf('a'), await bytesOf('a'), await bytesOf('b')];
    expect(whole.down - short.down).toBeGreaterThan(2500);
    expect(whole.up - short.up).toBeGreaterThan(900);
    expect(Math.abs(renewed.down - whole.down)).toBeLessThan(100);
    device.close();
    await line.close();
  });

  it('is forgotten where the hub knows it no more, so that the next connection begins another with the longer key exchange', async () => {
    const elsewhere = await startHub(engine);
    await elsewhere.admin.seedRegion(REGION);
    const [device, other] = [await enrolDevice(hub, 'la-cyber'), await enrolDevice(elsewhere, 'la-cyber')];
    const foreign: Resumption = {};
    await ask(elsewhere.port, other.credentials, foreign, elsewhere);
    expect(foreign.session).toBeDefined();
    await ask(hub.port, device.credentials, foreign);
    expect(foreign.session).toBeUndefined();
    await ask(hub.port, device.credentials, foreign);
    expect(foreign.session).toBeDefined();
    for (const each of [device, other]) each.close();
    await elsewhere.close();
  });

  async function ask(port: number, { cert, key }: Credentials, resumption: Resumption, of: Hub = hub): Promise<void> {
    const client = createHubClient({ host: '127.0.0.1', port, ca: of.caPem, cert, key: new TextEncoder().encode(key), resumption });
    expect(await client.request('GET', '/v1/keys')).toMatchObject({ ok: true });
    client.close();
  }
});
