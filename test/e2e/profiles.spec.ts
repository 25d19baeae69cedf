/** Two officers on one laptop in the real application: neither sees, opens or finds anything of the other; a removal leaves nothing. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { scanForSecrets } from '../lab/canary-scan.ts';
import { launchApp, newProfileFolder, type RunningApp } from './launch.ts';
import { text } from './texts.ts';
import { lockApp } from './tour.ts';

const A = { name: 'Invented Officer A', label: 'AA', passphrase: 'four synthetic words here', secret: 'CANARY-CASE-OF-A' };
const B = { name: 'Invented Officer B', label: '', passphrase: 'another four synthetic words', secret: 'CANARY-CASE-OF-B' };
const NEW_PASSPHRASE = 'a changed synthetic passphrase';
const t = (key: string, values?: Record<string, string>) => text('en', key, values);
const press = (page: Page, key: string) =>
  page
    .getByRole('button', { name: t(key), exact: true })
    .first()
    .click();

test.describe.configure({ mode: 'serial' });

let running: RunningApp;
test.beforeAll(async () => {
  running = await launchApp(newProfileFolder('officers'));
});
test.afterAll(async () => {
  await running?.close();
});

async function create(page: Page, officer: typeof A): Promise<void> {
  await page.locator('input[name=fullName]').fill(officer.name);
  await page.locator('input[name=label]').fill(officer.label);
  for (const name of ['passphrase', 'repeat']) await page.locator(`input[name=${name}]`).fill(officer.passphrase);
  await press(page, 'unlock:create.submit');
  await page.getByRole('button', { name: t('recovery:offer.later'), exact: true }).click({ timeout: 30_000 });
  await expect(page.locator('[data-section=cases]')).toBeVisible({ timeout: 30_000 });
}
async function writeCase(page: Page, title: string): Promise<void> {
  await press(page, 'cases:new');
  await page.locator('input[name=title]').fill(title);
  await press(page, 'app:action.save');
  await expect(page.locator('aside').getByRole('heading', { name: title })).toBeVisible();
}
async function lock(): Promise<Page> {
  const replaced = running.app.waitForEvent('window');
  await running
    .page()
    .evaluate(() => void window.suar.invoke('profile.lock', {}))
    .catch(() => undefined);
  await replaced;
  return running.page();
}
async function unlock(page: Page, name: string, passphrase: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
  await page.locator('input[name=passphrase]').fill(passphrase);
  await press(page, 'unlock:locked.submit');
}
const stores = (page: Page) =>
  page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const pools: string[] = [];
    for await (const name of (root as unknown as { keys: () => AsyncIterable<string> }).keys()) pools.push(name);
    return { databases: (await indexedDB.databases()).map(({ name }) => name ?? ''), pools };
  });

test('each officer has a store of their own, and sees no record of the other', async () => {
  let page = running.page();
  await page.getByRole('button', { name: 'English', exact: true }).click();
  await create(page, A);
  await writeCase(page, A.secret);
  page = await lockApp(running);
  await expect(page.locator('main')).toContainText(A.label);
  await press(page, 'unlock:officers.others');
  await press(page, 'unlock:officers.new');
  await create(page, B);
  await expect(page.locator('main')).toContainText(t('cases:empty'));
  await expect(page.locator('body')).not.toContainText(A.secret);
  await writeCase(page, B.secret);
  const { databases, pools } = await stores(page);
  const ids = readdirSync(path.join(running.folder, 'profiles'));
  expect(databases).toEqual([]);
  expect(ids).toHaveLength(2);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(pools).toContain(`.stores-${id}`);
    expect(pools).toContain(`.opfs-sahpool-${id}`);
  }
  page = await lock();
  for (const name of [A.label, t('unlock:officers.unnamed', { number: '2' }).replace(/\{\{.*?\}\}/, '2')]) await expect(page.getByRole('button', { name, exact: true })).toBeVisible();
  expect(scanForSecrets(running.folder, [A.name, B.name, A.secret, B.secret, A.passphrase, B.passphrase]).hits).toEqual([]);
});

test('the passphrase of one opens nothing of the other, and a language stays with its officer', async () => {
  let page = running.page();
  await unlock(page, A.label, B.passphrase);
  await expect(page.locator('main')).toContainText(t('errors:passphrase-wrong'), { timeout: 20_000 });
  await page.locator('input[name=passphrase]').fill(A.passphrase);
  await press(page, 'unlock:locked.submit');
  await expect(page.getByRole('row').filter({ hasText: A.secret })).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('body')).not.toContainText(B.secret);
  await page.locator('[data-section=settings]').click();
  await page
    .locator('main')
    .getByRole('button', { name: t('settings:language.interface') })
    .first()
    .click();
  await page.locator('[role=option][data-key=th]').click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'th');
  page = await lock();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await unlock(page, 'Officer 2', B.passphrase);
  await expect(page.getByRole('row').filter({ hasText: B.secret })).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(page.locator('body')).not.toContainText(A.secret);
});

test('a changed passphrase opens the same records; the old one opens nothing', async () => {
  let page = running.page();
  await page.locator('[data-section=settings]').click();
  await page.locator('input[name=currentPassphrase]').fill('not the passphrase at all');
  for (const name of ['newPassphrase', 'repeatPassphrase']) await page.locator(`input[name=${name}]`).fill(NEW_PASSPHRASE);
  await press(page, 'settings:passphrase.submit');
  await expect(page.locator('main')).toContainText(t('errors:passphrase-wrong'), { timeout: 20_000 });
  await page.locator('input[name=currentPassphrase]').fill(B.passphrase);
  await press(page, 'settings:passphrase.submit');
  await expect(page.locator('main')).toContainText(t('settings:passphrase.done'), { timeout: 20_000 });
  page = await lock();
  await unlock(page, 'Officer 2', B.passphrase);
  await expect(page.locator('main')).toContainText(t('errors:passphrase-wrong'), { timeout: 20_000 });
  await page.locator('input[name=passphrase]').fill(NEW_PASSPHRASE);
  await press(page, 'unlock:locked.submit');
  await expect(page.getByRole('row').filter({ hasText: B.secret })).toBeVisible({ timeout: 30_000 });
});

test('a removed profile leaves no key, no file, no database and no index; the other is untouched', async () => {
  let page = running.page();
  const before = readdirSync(path.join(running.folder, 'profiles'));
  await page.locator('[data-section=settings]').click();
  await expect(page.locator('main')).toContainText(t('settings:remove.onlyHere'));
  const submit = page.getByRole('button', { name: t('settings:remove.submit'), exact: true });
  await page.locator('input[name=removePassphrase]').fill(NEW_PASSPHRASE);
  await expect(submit).toBeDisabled();
  await page.locator('input[name=removeConfirm]').fill(B.name);
  const replaced = running.app.waitForEvent('window');
  await submit.click();
  await replaced;
  page = running.page();
  await expect(page.locator('input[name=passphrase]')).toBeVisible();
  await expect(page.locator('main')).toContainText(A.label);
  await expect.poll(() => readdirSync(path.join(running.folder, 'profiles')).length, { timeout: 20_000 }).toBe(1);
  const [left = ''] = readdirSync(path.join(running.folder, 'profiles'));
  const gone = before.find((id) => id !== left) ?? '';
  const { databases, pools } = await stores(page);
  expect([...databases, ...pools].filter((name) => name.includes(gone))).toEqual([]);
  expect(pools.toSorted()).toEqual([`.opfs-sahpool-${left}`, `.stores-${left}`]);
  await page.locator('input[name=passphrase]').fill(A.passphrase);
  await press(page, 'unlock:locked.submit');
  await expect(page.locator('html')).toHaveAttribute('lang', 'th', { timeout: 30_000 });
  await expect(page.getByRole('row').filter({ hasText: A.secret })).toBeVisible();
});
