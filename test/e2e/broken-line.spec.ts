/**
 * A line of 64 kbit/s and 600 ms whose connection breaks again and again, each time before a long record is whole, on its way down and on its way up: what came is gone on with,
 * so that it arrives. A device that began it again each time would never have it, nor ever have it sent.
 */
import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { openSlowLine, SATELLITE, type SlowLine } from '../bench/sync/slow-line.ts';
import { startHubProcess, type HubProcess } from './hub-process.ts';
import { pause } from './job-steps.ts';
import { enrolAt, everythingSent, firstStart, type Officer } from './officer.ts';

/** Does not compress: some 45 kB sealed. */
const SUMMARY = Array.from({ length: 20_000 }, () => String.fromCodePoint(randomInt(0x4e00, 0x9fff))).join('');
const TITLES = { down: 'A long record (synthetic)', up: 'Another long record (synthetic)' } as const;
/** A connection carries this much in either direction; a handshake and the directory take about a third of it. */
const CUT_BYTES = 12_000;
/** More than there is time for where nothing of the record were kept. */
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
  const cuts = [...Array.from({ length: WHOLE }, () => Number.POSITIVE_INFINITY), ...Array.from({ length: CUTS }, () => CUT_BYTES)];
  line = await openSlowLine(hub.port, { ...SATELLITE, cuts, cutsUp: cuts });
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

async function write(officer: Officer, title: string): Promise<void> {
  await officer.go('cases');
  await officer.press(officer.t('cases:new'));
  await officer.page().locator('input[name=title]').fill(title);
  await officer.page().locator('[name=summary]').fill(SUMMARY);
  await officer.press(officer.t('app:action.save'));
}

async function resume(officer: Officer): Promise<void> {
  await officer.go('sync');
  await officer.press(officer.t('sync:state.resume'));
}

async function expectWhole(officer: Officer, title: string): Promise<void> {
  await officer.go('cases');
  await officer.page().getByRole('row').filter({ hasText: title }).click({ timeout: 120_000 });
  await expect(officer.page().locator('aside')).toContainText(SUMMARY);
}

/** Connections made meanwhile that broke. */
async function cutsDuring(work: () => Promise<void>): Promise<number> {
  const before = line.connections();
  await work();
  return line.connections() - before - 1;
}

test('a record arrives over connections none of which carries it whole', async () => {
  test.setTimeout(240_000);
  await pause(reader, true);
  await write(sender, TITLES.down);
  await everythingSent(sender);
  const cuts = await cutsDuring(async () => {
    await resume(reader);
    await expectWhole(reader, TITLES.down);
  });
  expect(cuts).toBeGreaterThan(2);
  expect(cuts).toBeLessThan(CUTS / 2);
});

test('a record is sent over connections none of which carries it whole', async () => {
  test.setTimeout(240_000);
  await pause(reader, true);
  await write(reader, TITLES.up);
  const cuts = await cutsDuring(async () => {
    await resume(reader);
    await expectWhole(sender, TITLES.up);
  });
  expect(cuts).toBeGreaterThan(2);
  expect(cuts).toBeLessThan(CUTS / 2);
});
