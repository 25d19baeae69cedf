/** A unit without a line: what waits goes to the hub in a file, the hub's answer comes back in another; altered, foreign and older ones are refused. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { startHubProcess, type HubProcess } from './hub-process.ts';
import { chooseFile } from './job-steps.ts';
import { enrolAt, everythingSent, firstStart, type Officer } from './officer.ts';

const UNIT = 'la-demo';
const drive = mkdtempSync(path.join(tmpdir(), 'suar-drive-'));
const request = path.join(drive, 'request.suarbundle');
const answer = path.join(drive, 'answer.suarbundle');
const CANARY = 'ZXQKANARI-courier';

let hub: HubProcess;
let far: Officer;
let near: Officer;

test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  hub = await startHubProcess();
  hub.run('region', 'seed', 'resources/region/demo.json');
  far = await firstStart('en', 'English', 'Invented Officer Far');
  await enrolAt(far, hub.run('code', UNIT).trim());
  near = await firstStart('en', 'English', 'Invented Officer Near');
  await enrolAt(near, hub.run('code', UNIT).trim());
  const code = (await near.page().locator('p.number strong').innerText()).trim();
  await far.go('contacts');
  const device = far.page().getByRole('row').filter({ hasText: code });
  await device.getByRole('button', { name: far.t('contacts:devices.admit') }).click();
  await expect(device).toContainText(far.t('contacts:devices.admitted'), { timeout: 15_000 });
});
test.afterAll(async () => {
  await far?.app.close();
  await near?.app.close();
  await hub?.stop();
  for (const made of [drive, hub.folder]) rmSync(made, { recursive: true, force: true });
});

async function writeCase(officer: Officer, title: string): Promise<void> {
  await officer.go('cases');
  await officer.press(officer.t('cases:new'));
  await officer.page().locator('input[name=title]').fill(title);
  await officer.press(officer.t('app:action.save'));
  await expect(officer.page().locator('aside').getByRole('heading', { name: title })).toBeVisible();
}
async function makeBundle(officer: Officer, file: string): Promise<void> {
  await officer.go('sync');
  await officer.app.app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
  }, file);
  await officer.press(officer.t('sync:courier.make'));
  await expect(officer.page().locator('main')).toContainText(officer.t('sync:courier.made', { name: path.basename(file) }).split(':')[0] ?? '', { timeout: 30_000 });
}
async function readAnswer(officer: Officer, file: string): Promise<void> {
  await officer.go('sync');
  await chooseFile(officer, file);
  await officer.press(officer.t('sync:courier.read'));
}
const rows = (officer: Officer, title: string) => officer.page().getByRole('row').filter({ hasText: title });

test('what waits is written into one file that tells a finder nothing', async () => {
  await far.go('sync');
  await far.press(far.t('sync:state.pause'));
  await writeCase(far, `${CANARY} from the island`);
  await writeCase(far, `${CANARY} second`);
  await writeCase(near, `${CANARY} from the capital`);
  await everythingSent(near);
  await makeBundle(far, request);
  await expect(far.page().locator('main')).toContainText('2 changes');
  const bytes = readFileSync(request);
  for (const told of [CANARY, UNIT, 'case', 'AMBER']) expect(bytes.includes(told)).toBe(false);
  expect(existsSync(`${request}.part`)).toBe(false);
});

test('the hub takes it at the command line and answers; reading it twice counts once', async () => {
  const first = hub.run('bundle', 'answer', request, answer);
  expect(first).toMatch(/accepted +2/);
  expect(first).toMatch(/rejected +0/);
  expect(hub.run('bundle', 'answer', request, answer)).toMatch(/accepted +2/);
  for (const title of ['from the island', 'second']) await expect(rows(near, title)).toHaveCount(1, { timeout: 30_000 });
});

test('an altered answer, a cut one and one for another device are refused with their sentences', async () => {
  const whole = readFileSync(answer);
  const bent = Buffer.from(whole);
  bent[whole.length >> 1] = (bent[whole.length >> 1] ?? 0) ^ 1;
  const [altered, cut, foreign] = ['altered', 'cut', 'foreign'].map((name) => path.join(drive, `${name}.suarbundle`));
  writeFileSync(altered ?? '', bent);
  writeFileSync(cut ?? '', whole.subarray(0, whole.length - 10));
  writeFileSync(foreign ?? '', 'nothing of ours');
  for (const [file, code] of [
    [altered, 'bundle-altered'],
    [cut, 'bundle-incomplete'],
    [foreign, 'bundle-unknown'],
  ] as const) {
    await readAnswer(far, file ?? '');
    await expect(far.page().locator('main')).toContainText(far.t(`errors:${code}`, { name: path.basename(file ?? '') }), { timeout: 20_000 });
  }
  await readAnswer(near, answer);
  await expect(near.page().locator('main')).toContainText(near.t('errors:bundle-misaddressed', { name: path.basename(answer) }), { timeout: 20_000 });
  await far.go('cases');
  await expect(rows(far, 'from the capital')).toHaveCount(0);
});

test('the answer brings what the others wrote and settles what was sent', async () => {
  await readAnswer(far, answer);
  await expect(far.page().locator('main')).toContainText(far.t('sync:courier.answered'), { timeout: 30_000 });
  await expect(far.page().locator('main')).toContainText('The hub has received 2 of your changes.');
  await expect(far.page().locator('main')).toContainText(far.t('sync:waiting.none'));
  await far.go('cases');
  for (const title of ['from the capital', 'from the island', 'second']) await expect(rows(far, title)).toHaveCount(1);
  await far.shot('20-courier-en');
});

test('goes on by courier and by line; an older bundle and an older answer are refused', async () => {
  await rows(far, 'second').click();
  await far.press(far.t('app:action.edit'));
  await far.page().locator('input[name=title]').fill(`${CANARY} second, edited`);
  await far.press(far.t('app:action.save'));
  const [later, laterAnswer] = [path.join(drive, 'later.suarbundle'), path.join(drive, 'later-answer.suarbundle')];
  await makeBundle(far, later);
  await expect(far.page().locator('main')).toContainText('1 change');
  hub.run('bundle', 'answer', later, laterAnswer);
  expect(() => hub.run('bundle', 'answer', request, answer)).toThrow(/newer bundle/);
  await readAnswer(far, laterAnswer);
  await expect(far.page().locator('main')).toContainText(far.t('sync:courier.answered'), { timeout: 30_000 });
  await readAnswer(far, answer);
  await expect(far.page().locator('main')).toContainText(far.t('errors:bundle-older', { name: path.basename(answer) }), { timeout: 20_000 });
  await far.press(far.t('sync:state.resume'));
  await everythingSent(far);
  await near.go('cases');
  await expect(rows(near, 'second, edited')).toHaveCount(1, { timeout: 30_000 });
  await far.go('cases');
  for (const officer of [far, near]) for (const title of ['from the capital', 'from the island', 'second, edited']) await expect(rows(officer, title)).toHaveCount(1);
  await far.go('sync');
  await expect(far.page().locator('main')).toContainText(far.t('sync:setAside.none'));
});

test('a file that the hub wrote for the unit unasked brings what is new; read again it changes nothing, and for a unit without devices none is written', async () => {
  const delivery = path.join(drive, 'delivery.suarbundle');
  const foreign = path.join(drive, 'foreign.suarbundle');
  await far.go('sync');
  await far.press(far.t('sync:state.pause'));
  await writeCase(near, `${CANARY} by the boat`);
  await everythingSent(near);
  expect(hub.run('bundle', 'deliver', UNIT, delivery)).toMatch(/devices +2/);
  expect(readFileSync(delivery).includes(CANARY)).toBe(false);
  expect(() => hub.run('bundle', 'deliver', 'ph-demo', foreign)).toThrow(/nobody could read/);
  for (let time = 0; time < 2; time++) {
    await readAnswer(far, delivery);
    await expect(far.page().locator('main')).toContainText('The answer is taken in', { timeout: 30_000 });
    await far.go('cases');
    await expect(rows(far, 'by the boat')).toHaveCount(1, { timeout: 30_000 });
  }
  await far.go('sync');
  await far.press(far.t('sync:state.resume'));
  await everythingSent(far);
  await far.go('cases');
  for (const title of ['from the capital', 'from the island', 'second, edited', 'by the boat']) await expect(rows(far, title)).toHaveCount(1);
});
