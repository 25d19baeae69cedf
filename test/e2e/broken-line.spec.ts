/**
 * A line of 64 kbit/s and 600 ms whose connection breaks again and again, each time before one frame is whole: what came is gone on with, so that all of it arrives.
 * A device that began every frame again would never get to the end of the first.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { openSlowLine, SATELLITE, type SlowLine } from '../bench/sync/slow-line.ts';
import { startHubProcess, type HubProcess } from './hub-process.ts';
import { chooseFile, pause } from './job-steps.ts';
import { enrolAt, everythingSent, firstStart, type Officer } from './officer.ts';

const OBJECTS = 300;
/** A connection carries this much down, of which a handshake and the directory take about half; the smallest frame has 8 KiB. */
const CUT_BYTES = 8000;
/** More than there is time for where nothing of a frame were kept. */
const CUTS = 60;
/** Connections before the one that is made after the pause: two of the enrolment, and the line. */
const WHOLE = 3;

let hub: HubProcess;
let line: SlowLine;
let sender: Officer;
let reader: Officer;

test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  hub = await startHubProcess();
  hub.run('region', 'seed', 'resources/region/demo.json');
  line = await openSlowLine(hub.port, { ...SATELLITE, cuts: [...Array.from({ length: WHOLE }, () => Number.POSITIVE_INFINITY), ...Array.from({ length: CUTS }, () => CUT_BYTES)] });
  sender = await firstStart('en', 'English', 'Invented Officer Sender');
  await enrolAt(sender, hub.run('code', 'la-demo').trim());
  reader = await firstStart('th', 'ไทย', 'Invented Officer Reader');
  await enrolAt(reader, hub.run('code', 'la-demo', '--host', '127.0.0.1', '--port', String(line.port)).trim());
  const admission = (await reader.page().locator('[role=alert] strong').innerText()).trim();
  await sender.go('contacts');
  const row = sender.page().getByRole('row').filter({ hasText: admission });
  await row.getByRole('button', { name: sender.t('contacts:devices.admit') }).click();
  await expect(row).toContainText(sender.t('contacts:devices.admitted'), { timeout: 15_000 });
  await expect(reader.page().locator('[role=alert] strong')).toHaveCount(0, { timeout: 30_000 });
});
test.afterAll(async () => {
  await reader?.app.close();
  await sender?.app.close();
  await line?.close();
  await hub?.stop();
  rmSync(hub.folder, { recursive: true, force: true });
});

async function importObjects(): Promise<void> {
  const objects = Array.from({ length: OBJECTS }, (_, n) => ({
    type: 'malware',
    spec_version: '2.1',
    id: `malware--00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    created: '2026-01-01T00:00:00.000Z',
    modified: '2026-01-01T00:00:00.000Z',
    name: `Synthetic tool ${n}`,
    is_family: false,
  }));
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'suar-line-')), 'synthetic.json');
  writeFileSync(file, JSON.stringify({ type: 'bundle', id: 'bundle--00000000-0000-4000-8000-000000000000', objects }));
  await sender.go('intel');
  await chooseFile(sender, file);
  await sender.press(sender.t('intel:import'));
  const dialog = sender.page().getByRole('dialog');
  await expect(dialog).toContainText(sender.t('intel:dryRun.nothingStored'), { timeout: 30_000 });
  await dialog.locator('button').last().click();
  await expect(dialog).toContainText(sender.t('intel:done.title'), { timeout: 30_000 });
  await dialog.getByRole('button', { name: sender.t('app:action.close'), exact: true }).click();
  await everythingSent(sender);
}

test('everything arrives over connections none of which carries one whole frame', async () => {
  test.setTimeout(240_000);
  await pause(reader, true);
  await importObjects();
  const before = line.connections();
  await reader.go('sync');
  await reader.press(reader.t('sync:state.resume'));
  await reader.go('intel');
  await expect(reader.page().locator(`main [aria-rowcount="${OBJECTS + 1}"]`)).toBeVisible({ timeout: 180_000 });
  const cuts = line.connections() - before - 1;
  expect(cuts).toBeGreaterThan(2);
  expect(cuts).toBeLessThan(CUTS / 2);
  await reader.shot('sync-broken-line-th');
});
