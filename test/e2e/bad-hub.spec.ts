/** Hubs that lie, talk nonsense or are not there: the officer reads it in their language, nothing is sent and nothing is lost. */
import http2 from 'node:http2';
import { mkdtempSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { formatEnrolmentCode, toCbor } from '#shared/contract/wire.ts';
import { openDeviceCa, type DeviceCa } from '../../src-hub/identity/ca.ts';
import { firstStart, type Officer } from './officer.ts';

let officer: Officer;
let ca: DeviceCa;
let server: http2.Http2SecureServer;
let port = 0;
let answer: Uint8Array = new Uint8Array();
const asked: string[] = [];

test.beforeAll(async () => {
  ca = await openDeviceCa(mkdtempSync(path.join(tmpdir(), 'suar-ca-')));
  server = http2.createSecureServer({ ...(await ca.issueServer(['127.0.0.1'])), minVersion: 'TLSv1.3' });
  server.on('stream', (stream, headers) => {
    asked.push(`${String(headers[':method'])} ${String(headers[':path'])}`);
    stream.respond({ ':status': 200, 'content-type': 'application/cbor' });
    stream.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  officer = await firstStart('th', 'ไทย', 'เจ้าหน้าที่สมมุติ (invented)');
  await officer.go('sync');
});

test.afterAll(async () => {
  await officer?.app.close();
  server?.close();
});

async function expectRefused(code: string, error: string): Promise<void> {
  await officer.page().locator('input[name=code]').fill(code);
  await officer.press(officer.t('sync:enrol.submit'));
  await expect(officer.page().locator('main')).toContainText(officer.t(`errors:${error}`), { timeout: 40_000 });
  await expect(officer.page().locator('footer')).toContainText(officer.t('app:status.notEnrolled'));
}

const codeFor = (at: number) => formatEnrolmentCode('127.0.0.1', at, new Uint8Array(10).fill(7), ca.pin);

test('what is no code is not sent anywhere', async () => {
  await expectRefused('127.0.0.1/ABCD', 'code-malformed');
  expect(asked).toEqual([]);
});

test('a hub that answers garbage', async () => {
  answer = Buffer.from('<html>not a hub</html>');
  await expectRefused(codeFor(port), 'hub-garbage');
  await officer.shot('09-hub-garbage-th');
});

test('a hub with another certificate authority never gets the code', async () => {
  const other = await openDeviceCa(mkdtempSync(path.join(tmpdir(), 'suar-ca-')));
  answer = toCbor({ ca: other.certPem });
  await expectRefused(codeFor(port), 'hub-untrusted');
  expect(asked.filter((line) => line.includes('enrol'))).toEqual([]);
});

test('a hub that is not there', async () => {
  await expectRefused(codeFor(1), 'hub-unreachable');
});
