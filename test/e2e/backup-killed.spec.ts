/** The application is killed (SIGKILL) at named points of a backup and of a restore: nothing half-made is ever taken for a whole. */
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { launchApp, newProfileFolder, type RunningApp } from './launch.ts';
import { firstStart, PASSPHRASE } from './officer.ts';
import { text } from './texts.ts';
import { chooseFile } from './tour.ts';

const TITLE = 'a case that survives';
const medium = mkdtempSync(path.join(tmpdir(), 'suar-medium-'));
const file = path.join(medium, 'whole.suarbackup');
const button = (page: Page, key: string) => page.getByRole('button', { name: text('en', key), exact: true }).first();

test.describe.configure({ mode: 'serial' });

async function launchToDie(folder: string, point: string): Promise<{ readonly running: RunningApp; readonly died: Promise<unknown> }> {
  process.env['SUAR_LAB_CRASH_AT'] = point;
  try {
    const running = await launchApp(folder);
    return { running, died: new Promise((resolve) => running.main.once('exit', resolve)) };
  } finally {
    delete process.env['SUAR_LAB_CRASH_AT'];
  }
}
async function backUpTo(running: RunningApp, at: string): Promise<void> {
  const page = running.page();
  await running.app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
  }, at);
  await page.locator('[data-section=settings]').click();
  await page.locator('input[name=backupPassphrase]').fill(PASSPHRASE);
  await button(page, 'backup:make.submit').click();
}
async function restoreIn(running: RunningApp): Promise<void> {
  const page = running.page();
  await button(page, 'backup:restore.link').click();
  await chooseFile(running.app, file);
  await button(page, 'backup:restore.choose').click();
  await page.locator('input[name=passphrase]').fill(PASSPHRASE);
  await button(page, 'backup:restore.submit').click();
}
async function unlock(page: Page): Promise<void> {
  await page.locator('input[name=passphrase]').fill(PASSPHRASE);
  await button(page, 'unlock:locked.submit').click();
}

let profileFolder = '';
test('a backup is whole where it is made', async () => {
  const officer = await firstStart('en', 'English', 'Invented Officer');
  profileFolder = officer.app.folder;
  await officer.press(officer.t('cases:new'));
  await officer.page().locator('input[name=title]').fill(TITLE);
  await officer.press(officer.t('app:action.save'));
  await expect(officer.page().locator('aside').getByRole('heading', { name: TITLE })).toBeVisible();
  await backUpTo(officer.app, file);
  await expect.poll(() => existsSync(file), { timeout: 20_000 }).toBe(true);
  await officer.app.close();
});

for (const point of ['backup-rows', 'backup-before-fsync', 'backup-before-rename']) {
  test(`killed at ${point} there is no backup of that name`, async () => {
    const { running, died } = await launchToDie(profileFolder, point);
    await unlock(running.page());
    await expect(running.page().getByRole('row').filter({ hasText: TITLE })).toBeVisible({ timeout: 30_000 });
    await backUpTo(running, path.join(medium, `${point}.suarbackup`));
    await died;
    expect(readdirSync(medium).filter((name) => name.startsWith(point))).toEqual([`${point}.suarbackup.part`]);
  });
}

for (const point of ['restore-rows', 'restore-file', 'restore-filled', 'restore-before-rename', 'restore-after-rename']) {
  test(`killed at ${point} there is no officer, or a whole one`, async () => {
    const folder = newProfileFolder(point);
    const { running, died } = await launchToDie(folder, point);
    await running.page().getByRole('button', { name: 'English', exact: true }).click();
    await restoreIn(running);
    await died;
    const again = await launchApp(folder);
    const page = again.page();
    await page.locator('input[name=passphrase]').waitFor();
    const officers = readdirSync(path.join(folder, 'profiles'));
    expect(officers).toHaveLength(point === 'restore-after-rename' ? 1 : 0);
    await (officers.length === 0 ? restoreIn(again) : unlock(page));
    await button(page, 'rebuild:continue').click({ timeout: 30_000 });
    await expect(page.getByRole('row').filter({ hasText: TITLE })).toBeVisible({ timeout: 30_000 });
    await again.close();
  });
}
