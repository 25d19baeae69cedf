/** The content of an exhibit goes to another country on request: asked for, covered by both mandates, agreed to, sent sealed, cut off on either side, whole. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { scanForSecrets } from '../lab/canary-scan.ts';
import { endTree } from '../lab/process-tree.ts';
import { violationsOf } from './axe.ts';
import { startHubProcess, type HubProcess } from './hub-process.ts';
import { chooseFile, signMandate } from './job-steps.ts';
import { launchApp } from './launch.ts';
import { enrolAt, everythingSent, firstStart, officerAt, PASSPHRASE, type Officer } from './officer.ts';

const CASE = 'Joint-ZXQK synthetic case';
const CANARY = 'ZXQKANARI-content';
const FILE = 'phone-image.bin';
const SIZE = 24 * 1024 * 1024;

const folder = mkdtempSync(path.join(tmpdir(), 'suar-content-'));
let hub: HubProcess;
let laos: Officer;
let manila: Officer;
let sha256 = '';

test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  hub = await startHubProcess();
  hub.run('region', 'seed', 'resources/region/demo.json');
  laos = await firstStart('en', 'English', 'Officer Invented-One');
  await enrolAt(laos, hub.run('code', 'la-demo', '--role', 'ncb').trim());
  manila = await firstStart('km', 'ភាសាខ្មែរ', 'Officer Invented-Two');
  await enrolAt(manila, hub.run('code', 'ph-demo', '--role', 'ncb').trim());
});
test.afterAll(async () => {
  await laos?.app.close();
  await manila?.app.close();
  await hub?.stop();
  for (const made of [folder, hub.folder]) rmSync(made, { recursive: true, force: true });
});

/** Shows the exhibit of the case; the panel is long, so it is brought into view. */
async function openExhibit(officer: Officer): Promise<void> {
  await officer.go('cases');
  const row = officer.page().getByRole('row').filter({ hasText: CASE });
  await expect(row).toBeVisible({ timeout: 30_000 });
  await row.click();
  const open = exhibit(officer).getByRole('button', { name: 'E-1' });
  await expect(open).toBeVisible({ timeout: 30_000 });
  if ((await open.getAttribute('aria-expanded')) === 'false') await open.click();
}
const exhibit = (officer: Officer) => officer.page().locator('[data-exhibit="E-1"]');
const moving = (officer: Officer, way: string, stage: string) => exhibit(officer).locator(`[data-content=${way}][data-stage=${stage}]`);
const press = (officer: Officer, key: string) =>
  exhibit(officer)
    .getByRole('button', { name: officer.t(key), exact: true })
    .click();
const shotOf = async (officer: Officer, name: string): Promise<void> => {
  await exhibit(officer).scrollIntoViewIfNeeded();
  await officer.shot(name);
};

async function killAndReopen(officer: Officer): Promise<Officer> {
  const { main } = officer.app;
  const ended = new Promise((resolve) => main.once('exit', resolve));
  if (main.pid !== undefined) endTree(main.pid);
  await ended;
  expect(scanForSecrets(officer.app.folder, [CANARY]).hits).toEqual([]);
  const again = officerAt(await launchApp(officer.app.folder), officer.lang);
  await again.page().locator('input[name=passphrase]').fill(PASSPHRASE);
  await again.page().locator('button[type=submit]').click();
  await expect(again.page().locator('[data-section=cases]')).toBeVisible({ timeout: 30_000 });
  return again;
}

test('a case and the record of its exhibit are shared with the taskforce under both mandates; the content stays', async () => {
  await signMandate(laos);
  await signMandate(manila);
  const page = laos.page();
  await laos.go('cases');
  await laos.press(laos.t('cases:new'));
  await page.locator('aside input[name=title]').fill(CASE);
  await laos.choose(laos.t('cases:field.audience'), 't:op-beacon', 'aside form');
  await laos.press(laos.t('app:action.save'));
  await expect(page.locator('aside').getByRole('heading', { name: CASE })).toBeVisible();
  const bytes = randomBytes(SIZE);
  for (let at = 0; at < SIZE; at += 100_000) bytes.write(CANARY, at);
  sha256 = createHash('sha256').update(bytes).digest('hex');
  const file = path.join(folder, FILE);
  writeFileSync(file, bytes);
  await chooseFile(laos, file);
  await laos.press(laos.t('exhibits:add'));
  const form = page.getByRole('dialog');
  for (const [name, value] of Object.entries({ receivedFrom: 'Invented witness', condition: 'sealed bag', reason: 'warrant 12/2026' })) await form.locator(`input[name=${name}]`).fill(value);
  await laos.choose(laos.t('exhibits:form.audience'), 't:op-beacon', '[role=dialog]');
  await form.getByRole('button', { name: laos.t('exhibits:form.seal'), exact: true }).click();
  await expect(exhibit(laos)).toContainText(sha256, { timeout: 30_000 });
  await everythingSent(laos);

  await openExhibit(manila);
  await expect(exhibit(manila)).toContainText(sha256, { timeout: 30_000 });
  await expect(exhibit(manila).locator('[data-chain=whole]')).toBeVisible({ timeout: 30_000 });
  await expect(exhibit(manila).getByRole('button', { name: manila.t('exhibits:verify'), exact: true })).toBeDisabled();
});

test('Manila asks, Vientiane reviews exactly what leaves and agrees; a request is first refused', async () => {
  await expect(exhibit(manila)).toContainText('64 kbit/s');
  await shotOf(manila, '24-content-ask-km');
  expect(await violationsOf(manila.page())).toEqual([]);
  await press(manila, 'exhibits:content.ask');
  await expect(exhibit(manila).locator('[data-request=open]')).toBeVisible();

  await openExhibit(laos);
  await expect(exhibit(laos).locator('[data-asked]')).toContainText('Manila Cyber Unit (demo)', { timeout: 30_000 });
  await press(laos, 'exhibits:content.decide');
  await expect(laos.page().getByRole('dialog')).toContainText(FILE);
  await laos.shot('24-content-decide-en');
  expect(await violationsOf(laos.page())).toEqual([]);
  await laos
    .page()
    .getByRole('dialog')
    .getByRole('button', { name: laos.t('exhibits:content.refuse'), exact: true })
    .click();
  await expect(exhibit(laos).locator('[data-asked]')).toHaveCount(0);
  await expect(exhibit(manila).locator('[data-request=refused]')).toBeVisible({ timeout: 30_000 });

  await press(manila, 'exhibits:content.ask');
  await expect(exhibit(laos).locator('[data-asked]')).toBeVisible({ timeout: 30_000 });
  await press(laos, 'exhibits:content.decide');
  await laos
    .page()
    .getByRole('dialog')
    .getByRole('button', { name: laos.t('exhibits:content.agree'), exact: true })
    .click();
  await expect(exhibit(laos).locator('ol li').last()).toContainText(/gave .*Manila Cyber Unit \(demo\).* a sealed copy/, { timeout: 30_000 });
});

test('killed while it sends and while it receives, it goes on where it was', async () => {
  await expect(moving(laos, 'send', 'going')).toBeVisible({ timeout: 30_000 });
  await shotOf(laos, '24-content-sending-en');
  const before = hubBytes();
  expect(before).toBeLessThan(SIZE);
  laos = await killAndReopen(laos);
  await expect.poll(hubBytes, { timeout: 60_000 }).toBeGreaterThan(Math.max(before, 2_000_000));

  await expect(moving(manila, 'receive', 'going')).toBeVisible({ timeout: 30_000 });
  await press(manila, 'exhibits:content.pause');
  await expect(moving(manila, 'receive', 'paused')).toBeVisible({ timeout: 10_000 });
  await shotOf(manila, '24-content-paused-km');
  expect(await violationsOf(manila.page())).toEqual([]);
  manila = await killAndReopen(manila);
  await manila.go('sync');
  const listed = manila.page().locator('main').getByRole('group', { name: FILE });
  await expect(listed).toHaveAttribute('data-stage', 'paused', { timeout: 30_000 });
  await expect(listed.locator('[role=progressbar]')).not.toHaveAttribute('aria-valuenow', '0');
  for (const act of ['resume', 'cancel']) await expect(listed.getByRole('button', { name: manila.t(`exhibits:content.${act}`), exact: true })).toBeEnabled();
  expect(await violationsOf(manila.page())).toEqual([]);
  await listed.scrollIntoViewIfNeeded();
  await manila.shot('24-content-in-sync-km');
  await openExhibit(manila);
  await expect(moving(manila, 'receive', 'paused')).toBeVisible({ timeout: 30_000 });
  await expect(exhibit(manila).locator('progress, [role=progressbar]')).not.toHaveAttribute('aria-valuenow', '0');
  await press(manila, 'exhibits:content.resume');
  await expect(exhibit(manila).locator('ol li').last()).toContainText('Vientiane Cyber Unit (demo)', { timeout: 120_000 });
});

/** Bytes of contents at the hub, as its operator sees them. */
function hubBytes(): number {
  return Number(/keptBytes +(\d+)/.exec(hub.run('content'))?.[1] ?? 0);
}

test('the content has the exhibit’s hash, both sides tell both acts, and the hub keeps nothing', async () => {
  await expect(exhibit(manila).locator('[data-content]')).toHaveCount(0, { timeout: 30_000 });
  await press(manila, 'exhibits:verify');
  await expect(exhibit(manila)).toContainText('✓', { timeout: 30_000 });
  const target = path.join(folder, 'copy.bin');
  await manila.app.app.evaluate(({ dialog }, chosen) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen });
  }, target);
  await press(manila, 'exhibits:export.open');
  await manila.page().getByRole('dialog').locator('input[name=reason]').fill('court');
  await manila
    .page()
    .getByRole('dialog')
    .getByRole('button', { name: manila.t('exhibits:export.choose'), exact: true })
    .click();
  await expect.poll(() => (readOr(target).length === SIZE ? createHash('sha256').update(readOr(target)).digest('hex') : ''), { timeout: 30_000 }).toBe(sha256);
  rmSync(target);
  await everythingSent(manila);

  await openExhibit(laos);
  const told = exhibit(laos).locator('ol li');
  await expect(told.filter({ hasText: /gave .*Manila Cyber Unit \(demo\).* a sealed copy of the content/ })).toContainText('Officer Invented-One');
  await expect(told.filter({ hasText: /received a sealed copy of the content from .*Vientiane Cyber Unit \(demo\).* and found its hash right/ })).toContainText('Officer Invented-Two', {
    timeout: 30_000,
  });
  await expect(exhibit(laos).locator('[data-chain=whole]')).toBeVisible({ timeout: 30_000 });
  await expect(exhibit(manila).locator('[data-chain=whole]')).toBeVisible({ timeout: 30_000 });
  await expect(exhibit(laos).locator('[data-content]')).toHaveCount(0, { timeout: 30_000 });
  await expect.poll(() => hub.run('content'), { timeout: 30_000 }).toMatch(/contents +0/);
  await shotOf(laos, '24-content-custody-en');
  await shotOf(manila, '24-content-custody-km');
});

function readOr(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}

test('neither profile nor the hub holds anything of it in clear', async () => {
  for (const officer of [laos, manila]) {
    const scan = scanForSecrets(officer.app.folder, [CANARY, 'warrant 12/2026']);
    expect(scan.hits).toEqual([]);
  }
  expect(scanForSecrets(hub.folder, [CANARY]).hits).toEqual([]);
});
