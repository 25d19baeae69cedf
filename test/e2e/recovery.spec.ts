/** A recovery kit in the real application: made, kept as a PDF and as files, replaced, and used on this laptop and on a copy. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, watch, type FSWatcher } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { scanForSecrets } from '../lab/canary-scan.ts';
import { launchApp, newProfileFolder, type RunningApp } from './launch.ts';
import { firstStart, PASSPHRASE, type Officer } from './officer.ts';
import { text } from './texts.ts';
import { lockApp } from './tour.ts';

const CASE = 'CANARY-CASE-RECOVERED';
const NEW_PASSPHRASE = 'a recovered synthetic passphrase';
const t = (key: string, values?: Record<string, string>) => text('en', key, values);
const button = (page: Page, key: string) => page.getByRole('button', { name: t(key), exact: true }).first();

test.describe.configure({ mode: 'serial' });

let officer: Officer;
let copy: RunningApp | undefined;
const kept = mkdtempSync(path.join(tmpdir(), 'suar-sheets-'));
/** Words of the sheets of the first and the second kit. */
let first: string[][] = [];
let second: string[][] = [];

test.beforeAll(async () => {
  officer = await firstStart('en', 'English', 'Invented Officer');
});
test.afterAll(async () => {
  await officer?.app.close();
  await copy?.close();
});

async function saveTo(file: string): Promise<void> {
  await officer.app.app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
  }, file);
}
/** Makes a kit in the settings and answers the words of its sheets; each is saved as text, and as PDF where `pdf`. */
async function makeKit(plan: string, name: string, pdf = false): Promise<string[][]> {
  const page = officer.page();
  await officer.go('settings');
  await page
    .getByRole('button', { name: new RegExp(`^(${t('recovery:kit.make')}|${t('recovery:kit.replace')})$`) })
    .first()
    .click();
  if (plan !== 'one') await officer.choose(t('recovery:plan.label'), plan);
  await page.locator('input[name=kitPassphrase]').fill(PASSPHRASE);
  await button(page, 'recovery:plan.submit').click();
  const sheets: string[][] = [];
  const count = plan === 'one' ? 1 : Number(plan.split('-')[1]);
  for (let index = 1; index <= count; index++) {
    await expect(page.locator(`[data-sheet="${index}"] li`)).toHaveCount(28, { timeout: 20_000 });
    sheets.push(await page.locator(`[data-sheet="${index}"] li`).allTextContents());
    for (const format of pdf ? (['txt', 'pdf'] as const) : (['txt'] as const)) {
      const file = path.join(kept, `${name}-${index}.${format}`);
      await saveTo(file);
      await button(page, format === 'txt' ? 'recovery:sheet.text' : 'recovery:sheet.pdf').click();
      await expect.poll(() => existsSync(file) && statSync(file).size > 200, { timeout: 20_000 }).toBe(true);
      await expect(page.locator('main')).toContainText(t('recovery:sheet.saved'));
    }
    if (index < count) {
      await expect(button(page, 'recovery:sheet.submit')).toBeDisabled();
      await button(page, 'recovery:sheet.next').click();
    }
  }
  await page.getByText(t('recovery:sheet.kept')).click();
  await button(page, 'recovery:sheet.submit').click();
  await expect(page.locator('main')).toContainText(t('recovery:kit.done', { kit: '' }).trim().slice(-9));
  return sheets;
}
async function openRestore(page: Page): Promise<void> {
  await button(page, 'recovery:restore.link').click();
  for (const name of ['passphrase', 'repeat']) await page.locator(`input[name=${name}]`).fill(NEW_PASSPHRASE);
}
const submit = (page: Page) => button(page, 'recovery:restore.submit').click();

test('a kit of one sheet is shown, saved where the officer chooses, and nowhere else', async () => {
  const page = officer.page();
  await officer.press(officer.t('cases:new'));
  await page.locator('input[name=title]').fill(CASE);
  await officer.press(officer.t('app:action.save'));
  await expect(page.locator('aside').getByRole('heading', { name: CASE })).toBeVisible();
  const written = new Set<string>();
  const watchers: FSWatcher[] = [tmpdir(), kept].map((folder) => watch(folder, (_event, name) => written.add(path.join(folder, name ?? ''))));
  first = await makeKit('one', 'first', true);
  for (const watcher of watchers) watcher.close();
  expect([...written].filter((file) => /\.(pdf|txt)$|print/i.test(file)).toSorted()).toEqual([path.join(kept, 'first-1.pdf'), path.join(kept, 'first-1.txt')].toSorted());
  const pdf = readFileSync(path.join(kept, 'first-1.pdf'));
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  expect(statSync(path.join(kept, 'first-1.txt')).mode & 0o777).toBe(0o600);
  expect(scanForSecrets(officer.app.folder, [(first[0] ?? []).slice(0, 4).join(' '), (first[0] ?? []).join(''), PASSPHRASE]).hits).toEqual([]);
});

test('a new kit of 2 of 3 sheets takes the place of the first', async () => {
  second = await makeKit('2-3', 'second');
  expect(second).toHaveLength(3);
  await expect(officer.page().locator('main')).toContainText(t('recovery:kit.split', { threshold: '2', sheets: '3' }));
});

test('wrong words are told by word and by sheet, too few, mixed and replaced sheets as what they are', async () => {
  const page = await lockApp(officer.app);
  await openRestore(page);
  const type = async (...sheets: readonly string[]) => {
    while ((await page.locator('textarea').count()) < sheets.length) await button(page, 'recovery:restore.add').click();
    for (const [at, words] of sheets.entries()) await page.locator(`textarea[name=sheet${at + 1}]`).fill(words);
    await submit(page);
  };
  const [a = [], b = []] = second;
  await type(a.with(4, 'nonsense').join(' '));
  await expect(page.locator('main')).toContainText(t('errors:recovery-word-unknown', { position: '5' }));
  await type(a.slice(1).join(' '));
  await expect(page.locator('main')).toContainText(t('errors:recovery-word-count', { needed: '28', count: '27' }));
  await type([...a.slice(1), a[0]].join(' '));
  await expect(page.locator('main')).toContainText(t('errors:recovery-sheet-wrong'));
  await type(a.join(' '));
  await expect(page.locator('main')).toContainText(t('errors:recovery-sheets-few', { have: '1', need: '2' }));
  await type(a.join(' '), (first[0] ?? []).join(' '));
  await expect(page.locator('main')).toContainText(t('errors:recovery-sheets-mixed'));
  await type((first[0] ?? []).join(' '), '');
  await expect(page.locator('main')).toContainText(t('errors:recovery-wrong').slice(0, 40));
  await type(a.map((word) => word.slice(0, 4).toUpperCase()).join('  '), b.map((word, at) => `${at + 1}.${word}`).join('\n'));
  await expect(page.getByRole('row').filter({ hasText: CASE })).toBeVisible({ timeout: 30_000 });
});

test('the old passphrase opens nothing any more, the new one does', async () => {
  const page = await lockApp(officer.app);
  await page.locator('input[name=passphrase]').fill(PASSPHRASE);
  await officer.press(t('unlock:locked.submit'));
  await expect(page.locator('main')).toContainText(t('errors:passphrase-wrong'), { timeout: 20_000 });
  await page.locator('input[name=passphrase]').fill(NEW_PASSPHRASE);
  await officer.press(t('unlock:locked.submit'));
  await expect(page.getByRole('row').filter({ hasText: CASE })).toBeVisible({ timeout: 30_000 });
});

test('two sheet files open a copy of the profile whose keychain is gone', async () => {
  await officer.app.close();
  const folder = newProfileFolder('copied');
  cpSync(officer.app.folder, folder, { recursive: true });
  const [id = ''] = readdirSync(path.join(folder, 'profiles'));
  rmSync(path.join(folder, 'profiles', id, 'keychain.bin'), { force: true });
  rmSync(path.join(folder, 'profiles', id, 'keyring.json'));
  copy = await launchApp(folder);
  const page = copy.page();
  await page.locator('input[name=passphrase]').waitFor();
  await openRestore(page);
  await copy.app.evaluate(
    ({ dialog }, filePaths) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths });
    },
    ['second-3.txt', 'second-1.txt'].map((name) => path.join(kept, name)),
  );
  await button(page, 'recovery:restore.files').click();
  await expect(page.locator('textarea')).toHaveCount(2);
  await submit(page);
  await expect(page.getByRole('row').filter({ hasText: CASE })).toBeVisible({ timeout: 30_000 });
});
