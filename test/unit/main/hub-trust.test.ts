/** Hubs whose certificate this device's clock refuses: which of them are the own hub seen with a wrong clock, and which are not. Real TLS. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import http2 from 'node:http2';
import { mkdtempSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toCbor } from '#shared/contract/wire.ts';
import { openDeviceCa, type DeviceCa } from '../../../src-hub/identity/ca.ts';
import { createIdentity } from '../../../src-main/keys/identity.ts';
import { createCsr } from '../../../src-main/link/csr.ts';
import { tlsKeyPem } from '../../../src-main/link/enrol.ts';
import { createHubClient } from '../../../src-main/link/hub-client.ts';

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
const newFolder = (): string => mkdtempSync(path.join(tmpdir(), 'suar-trust-'));
let folder: string;
let ca: DeviceCa;
const closers: (() => void)[] = [];
beforeAll(async () => {
  folder = newFolder();
  ca = await openDeviceCa(folder, () => Date.now() - 9 * YEAR_MS);
});
afterAll(() => closers.forEach((close) => close()));

/** The pinned authority on another day. */
const caAt = (ms: number): Promise<DeviceCa> => openDeviceCa(folder, () => Date.now() + ms);

interface Asked {
  readonly tls: { readonly key: string; readonly cert: string };
  /** What the hub says the time is, from now; `undefined` sends no date. */
  readonly dateMs?: number | undefined;
  readonly floorMs?: number;
  readonly host?: string;
}

/** What a device that pinned {@link ca} makes of a hub, and whether the hub was asked anything. */
async function judge({ tls, dateMs, floorMs = 0, host = '127.0.0.1' }: Asked): Promise<{ readonly outcome: string; readonly asked: number }> {
  const server = http2.createSecureServer({ ...tls, minVersion: 'TLSv1.3' });
  let asked = 0;
  server.on('stream', (stream) => {
    asked++;
    stream.respond({ ':status': 200, ...(dateMs === undefined ? {} : { date: new Date(Date.now() + dateMs).toUTCString() }) }, { sendDate: false } as http2.ServerStreamResponseOptions);
    stream.end(toCbor({}));
  });
  server.on('sessionError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  closers.push(() => server.close());
  const client = createHubClient({ host, port: (server.address() as AddressInfo).port, ca: ca.certPem, floorMs });
  const answer = await client.request('GET', '/v1/directory');
  client.close();
  return { outcome: answer.ok ? 'ok' : answer.error.code, asked };
}

const nameless = { outcome: 'hub-untrusted', asked: 0 };

it('takes a hub that this clock accepts, whatever the hub says of the time', async () => {
  const tls = await (await caAt(0)).issueServer([]);
  for (const dateMs of [0, -YEAR_MS, YEAR_MS, undefined]) expect(await judge({ tls, dateMs })).toEqual({ outcome: 'ok', asked: 1 });
});

it('takes the own hub with a clock that is years behind or ahead', async () => {
  expect(await judge({ tls: await (await caAt(-5 * YEAR_MS)).issueServer([]), dateMs: -5 * YEAR_MS })).toEqual({ outcome: 'ok', asked: 1 });
  expect(await judge({ tls: await (await caAt(0.5 * YEAR_MS)).issueServer([]), dateMs: 0.5 * YEAR_MS })).toEqual({ outcome: 'ok', asked: 1 });
});

it('believes no time outside of the certificates, and nothing of an answer that comes with one', async () => {
  const tls = await (await caAt(-5 * YEAR_MS)).issueServer([]);
  for (const dateMs of [0, -YEAR_MS, -6 * YEAR_MS, undefined]) expect(await judge({ tls, dateMs })).toMatchObject({ outcome: 'hub-untrusted' });
});

it('refuses a hub key that ended before the newest day seen, before it is asked anything', async () => {
  const stolen = await (await caAt(-5 * YEAR_MS)).issueServer([]);
  expect(await judge({ tls: stolen, dateMs: -5 * YEAR_MS, floorMs: Date.now() - 3 * YEAR_MS })).toEqual(nameless);
  // a hub that claims a day before the newest one seen, on a certificate that reaches beyond it
  const running = await (await caAt(-5 * YEAR_MS)).issueServer([]);
  expect(await judge({ tls: running, dateMs: -5 * YEAR_MS, floorMs: Date.now() - 4.5 * YEAR_MS })).toMatchObject({ outcome: 'hub-untrusted' });
  expect(await judge({ tls: running, dateMs: -4.5 * YEAR_MS, floorMs: Date.now() - 4.5 * YEAR_MS })).toEqual({ outcome: 'ok', asked: 1 });
});

it('refuses an authority of the same name, another host and a device that poses as the hub, behind a certificate that has ended too', async () => {
  const forger = await openDeviceCa(newFolder(), () => Date.now() - 5 * YEAR_MS);
  expect(await judge({ tls: await forger.issueServer([]), dateMs: -5 * YEAR_MS })).toEqual(nameless);
  const old = await caAt(-5 * YEAR_MS);
  expect(await judge({ tls: await old.issueServer([]), dateMs: -5 * YEAR_MS, host: '127.0.0.2' })).toEqual(nameless);
  const device = createIdentity('Invented');
  const signed = await old.signDevice(await createCsr(device.deviceId, device.tlsKey), device.deviceId, 'la-cyber');
  expect(await judge({ tls: { key: Buffer.from(tlsKeyPem(device)).toString(), cert: signed?.cert ?? '' }, dateMs: -5 * YEAR_MS })).toEqual(nameless);
});

it('refuses what only claims the pinned authority as its issuer: OpenSSL tells of the end and not of the wrong signature', async () => {
  const pinned = new x509.X509Certificate(ca.certPem);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const rogue = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const { privateKey, publicKey } = rogue as unknown as CryptoKeyPair;
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: '01',
    subject: 'CN=Suar hub',
    issuer: pinned.subject,
    signingKey: privateKey,
    publicKey,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 5 * YEAR_MS),
    notAfter: new Date(Date.now() - 4 * YEAR_MS),
    extensions: [
      new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1'], true),
      await x509.AuthorityKeyIdentifierExtension.create(pinned),
      new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
    ],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', rogue.privateKey), 'PRIVATE KEY');
  expect(await judge({ tls: { key, cert: cert.toString('pem') }, dateMs: -4.5 * YEAR_MS })).toEqual(nameless);
});
