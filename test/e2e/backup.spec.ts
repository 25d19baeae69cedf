/** A backup in the real application: made in the settings, the profile destroyed, restored from the one file; an altered file is refused. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHash, randomBytes } from 'node:crypto';
import { expect, test, type Page } from '@playwright/test';
import { scanForSecrets } from '../lab/canary-scan.ts';
import { addExhibit } from './job-steps.ts';
import { launchApp, newProfileFolder, type RunningApp } from './launch.ts';
import { firstStart, PASSPHRASE, type Officer } from './officer.ts';
import { text } from './texts.ts';
import { chooseFile, lockApp } from './tour.ts';

const CASES = ['CANARY-BACKUP-ONE', 'CANARY-BACKUP-TWO', 'CANARY-BACKUP-THREE'];
const NEW_PASSPHRASE = 'a restored synthetic passphrase';
const medium = mkdtempSync(path.join(tmpdir(), 'suar-medium-'));
const file = path.join(medium, 'case-work.suarbackup');
const exhibit = path.join(mkdtempSync(path.join(tmpdir(), 'suar-exhibit-')), 'phone.bin');
/** More than two parts of the vault. */
const EXHIBIT_BYTES = 9 * 1024 * 1024;
const t = (key: string, values?: Record<string, string>) => text('en', key, values);
const button = (page: Page, key: string) => page.getByRole('button', { name: t(key), exact: true }).first();

test.describe.configure({ mode: 'serial' });

let officer: Officer;
let other: RunningApp | undefined;
test.beforeAll(async () => {
  officer = await firstStart('en', 'English', 'Invented Officer');
});
test.afterAll(async () => {
  await officer?.app.close();
  await other?.close();
});

const saveAt = (filePath: string) =>
  officer.app.app.evaluate(({ dialog }, at) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: at });
  }, filePath);
async function backUp(passphrase: string): Promise<void> {
  await officer.page().locator('input[name=backupPassphrase]').fill(passphrase);
  await button(officer.page(), 'backup:make.submit').click();
}
async function choose(app: RunningApp, chosen: string): Promise<void> {
  await chooseFile(app.app, chosen);
  await app
    .page()
    .getByRole('button', { name: new RegExp(`^(${t('backup:restore.choose')}|${t('backup:restore.other')})$`) })
    .click();
}

test('is made where the officer chooses, asks for the passphrase, and says when it was made', async () => {
  const page = officer.page();
  for (const title of CASES) {
    await officer.press(officer.t('cases:new'));
    await page.locator('input[name=title]').fill(title);
    await officer.press(officer.t('app:action.save'));
    await expect(page.locator('aside').getByRole('heading', { name: title })).toBeVisible();
  }
  writeFileSync(exhibit, randomBytes(EXHIBIT_BYTES));
  await addExhibit(officer, exhibit);
  await expect(page.locator('[data-exhibit="E-1"]')).toBeVisible({ timeout: 30_000 });
  await officer.go('settings');
  await expect(page.locator('main')).toContainText(t('backup:make.none'));
  await saveAt(file);
  await backUp('not the passphrase at all');
  await expect(page.locator('main')).toContainText(t('errors:passphrase-wrong'), { timeout: 20_000 });
  expect(readdirSync(medium)).toEqual([]);
  await backUp(PASSPHRASE);
  await expect(page.locator('main')).toContainText(t('backup:make.done').split(':')[0] ?? '', { timeout: 30_000 });
  await expect(page.locator('main')).not.toContainText(t('backup:make.none'));
  expect(readdirSync(medium)).toEqual([path.basename(file)]);
  expect(scanForSecrets(medium, [...CASES, 'Invented Officer', PASSPHRASE]).hits).toEqual([]);
});

test('to a place that is not there is refused with its sentence', async () => {
  await saveAt(path.join(medium, 'gone', 'x.suarbackup'));
  await backUp(PASSPHRASE);
  await expect(officer.page().locator('main')).toContainText(t('errors:backup-not-saved', { name: 'x.suarbackup' }), { timeout: 20_000 });
});

test('opens with the words of the kit of its day on another laptop', async () => {
  const page = officer.page();
  await page.getByRole('button', { name: t('recovery:kit.make'), exact: true }).click();
  await page.locator('input[name=kitPassphrase]').fill(PASSPHRASE);
  await button(page, 'recovery:plan.submit').click();
  await expect(page.locator('[data-sheet="1"] li')).toHaveCount(28, { timeout: 20_000 });
  const words = await page.locator('[data-sheet="1"] li').allTextContents();
  await page.getByText(t('recovery:sheet.kept')).click();
  await button(page, 'recovery:sheet.submit').click();
  const withKit = path.join(medium, 'kit.suarbackup');
  await saveAt(withKit);
  await backUp(PASSPHRASE);
  await expect.poll(() => existsSync(withKit), { timeout: 20_000 }).toBe(true);
  const laptop = await launchApp(newProfileFolder('kit'));
  const there = laptop.page();
  await there.getByRole('button', { name: 'English', exact: true }).click();
  await button(there, 'backup:restore.link').click();
  await choose(laptop, file);
  await button(there, 'backup:restore.kit').click();
  await there.locator('textarea[name=sheet1]').fill(words.join(' '));
  for (const name of ['passphrase', 'repeat']) await there.locator(`input[name=${name}]`).fill(NEW_PASSPHRASE);
  await button(there, 'recovery:restore.submit').click();
  // That one was made before there was a kit.
  await expect(there.locator('main')).toContainText(t('errors:backup-kit', { name: path.basename(file) }), { timeout: 20_000 });
  await button(there, 'app:action.back').click();
  await choose(laptop, withKit);
  await button(there, 'backup:restore.kit').click();
  await there.locator('textarea[name=sheet1]').fill(words.join(' '));
  for (const name of ['passphrase', 'repeat']) await there.locator(`input[name=${name}]`).fill(NEW_PASSPHRASE);
  await button(there, 'recovery:restore.submit').click();
  await button(there, 'rebuild:continue').click({ timeout: 30_000 });
  for (const title of CASES) await expect(there.getByRole('row').filter({ hasText: title })).toBeVisible();
  await laptop.close();
});

test('is remembered after a lock, and not restored beside its own profile', async () => {
  const page = await lockApp(officer.app);
  await button(page, 'unlock:officers.others').click();
  await button(page, 'backup:restore.link').click();
  await choose(officer.app, file);
  await page.locator('input[name=passphrase]').fill(PASSPHRASE);
  await button(page, 'backup:restore.submit').click();
  await expect(page.locator('main')).toContainText(t('errors:backup-profile-here').slice(0, 60), { timeout: 20_000 });
  await button(page, 'app:action.back').click();
  await page.getByRole('button', { name: 'Officer 1', exact: true }).click();
  await page.locator('input[name=passphrase]').fill(PASSPHRASE);
  await button(page, 'unlock:locked.submit').click();
  await officer.go('settings');
  await expect(officer.page().locator('main')).toContainText(t('backup:make.last').split('{{')[0]?.trim() ?? '');
});

test('altered, cut or made by nobody is refused with its sentence, and no officer is made', async () => {
  await officer.app.close();
  const folder = newProfileFolder('restored');
  other = await launchApp(folder);
  const page = other.page();
  await page.getByRole('button', { name: 'English', exact: true }).click();
  await button(page, 'backup:restore.link').click();
  const whole = readFileSync(file);
  const bent = Buffer.from(whole);
  bent[bent.length - 100] = (bent[bent.length - 100] ?? 0) ^ 1;
  const altered = path.join(medium, 'altered.suarbackup');
  const cut = path.join(medium, 'cut.suarbackup');
  const foreign = path.join(medium, 'foreign.suarbackup');
  writeFileSync(altered, bent);
  writeFileSync(cut, whole.subarray(0, whole.length - 100));
  writeFileSync(foreign, 'nothing of ours');
  await choose(other, foreign);
  await expect(page.locator('main')).toContainText(t('errors:backup-unknown', { name: 'foreign.suarbackup' }));
  for (const [name, code] of [
    ['altered', 'backup-altered'],
    ['cut', 'backup-incomplete'],
  ] as const) {
    await choose(other, path.join(medium, `${name}.suarbackup`));
    await page.locator('input[name=passphrase]').fill(PASSPHRASE);
    await button(page, 'backup:restore.submit').click();
    await expect(page.locator('main')).toContainText(t(`errors:${code}`, { name: `${name}.suarbackup` }), { timeout: 20_000 });
  }
  expect(readdirSync(path.join(folder, 'profiles'))).toEqual([]);
});

test('brings every record back on a laptop that knows nothing, with a new passphrase', async () => {
  if (!other) throw new Error('not started');
  const page = other.page();
  await choose(other, file);
  await expect(page.locator('main')).toContainText(path.basename(file));
  await page.locator('input[name=passphrase]').fill('not the passphrase at all');
  await button(page, 'backup:restore.submit').click();
  await expect(page.locator('main')).toContainText(t('errors:backup-passphrase', { name: path.basename(file) }), { timeout: 20_000 });
  await page.locator('input[name=passphrase]').fill(PASSPHRASE);
  await page.locator('input[name=newPassphrase]').fill(NEW_PASSPHRASE);
  await page.locator('input[name=repeat]').fill(NEW_PASSPHRASE);
  await button(page, 'backup:restore.submit').click();
  await expect(page.getByRole('heading', { name: t('rebuild:done') })).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('main')).toContainText(t('rebuild:report.nothingLost'));
  await button(page, 'rebuild:continue').click();
  for (const title of CASES) await expect(page.getByRole('row').filter({ hasText: title })).toBeVisible();
  const locked = await lockApp(other);
  await locked.locator('input[name=passphrase]').fill(NEW_PASSPHRASE);
  await button(locked, 'unlock:locked.submit').click();
  for (const title of CASES) await expect(locked.getByRole('row').filter({ hasText: title })).toBeVisible({ timeout: 30_000 });
  // The exhibit came along, in every part, and its history is whole.
  await locked
    .getByRole('row')
    .filter({ hasText: CASES[2] ?? '' })
    .click();
  const line = locked.locator('[data-exhibit="E-1"]');
  await line.getByRole('button').first().click();
  await expect(line).toContainText(createHash('sha256').update(readFileSync(exhibit)).digest('hex'));
  await line.getByRole('button', { name: t('exhibits:verify'), exact: true }).click();
  await expect(line.locator('ol li').last()).toContainText('found it intact', { timeout: 30_000 });
  await expect(line.locator('[data-chain=whole]')).toBeVisible();
  expect(existsSync(file)).toBe(true);
  expect(scanForSecrets(other.folder, [...CASES, PASSPHRASE, NEW_PASSPHRASE]).hits).toEqual([]);
  for (const made of [medium, path.dirname(exhibit)]) rmSync(made, { recursive: true, force: true });
});
