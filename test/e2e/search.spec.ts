/** Search in the real application: typed in six scripts, marked on whole clusters, kept up with edits, built again when its file is destroyed. */
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { violationsOf } from './axe.ts';
import { chooseFile, editCase } from './job-steps.ts';
import { launchApp } from './launch.ts';
import { firstStart, PASSPHRASE, type Officer } from './officer.ts';
import { sendCommand } from './tour.ts';

test.describe.configure({ mode: 'serial' });

/** Invented titles, what an officer types, and what has to be marked. */
const CASES = [
  { lang: 'lo', title: 'ຄະດີສັງເຄາະ ບັນຊີມ້າຢູ່ສາຂາໜຶ່ງ', typed: 'ຫນຶ່ງ', marked: 'ໜຶ່ງ' },
  { lang: 'th', title: 'คดีสมมุติ ผู้เสียหายโอนน้ำใจ', typed: 'โอนน\u0e4d\u0e49\u0e32', marked: 'โอนน้ำ' },
  { lang: 'km', title: 'រឿងសន្មត ស្ត្រីម្នាក់ផ្ទេរប្រាក់', typed: 'ស\u17d2រ\u17d2តី', marked: 'ស្ត្រី' },
  { lang: 'my', title: 'စိတ်ကူးယဉ်အမှု ဘဏ်ခွဲ ၂၀၂၆', typed: 'ဘဏ်ခွဲ', marked: 'ဘဏ်ခွဲ' },
  { lang: 'vi', title: 'Vụ giả định rửa tiền tại Hà Nội', typed: 'ha noi', marked: 'Hà' },
  { lang: 'en', title: 'Synthetic courier impersonation', typed: 'courier', marked: 'courier' },
] as const;

let officer: Officer;

/** Looks for a text with the key that opens search. */
async function search(text: string): Promise<void> {
  const page = officer.page();
  await page.locator('[data-section=cases]').focus();
  await page.keyboard.press('/');
  await expect(page.locator('input[type=search]')).toBeFocused();
  await page.keyboard.insertText(text);
  await expect(page.locator('input[type=search]')).toHaveValue(text);
}

test.beforeAll(async () => {
  officer = await firstStart('lo', 'ລາວ', 'ເຈົ້າໜ້າທີ່ ສົມມຸດ (invented)');
  const page = officer.page();
  for (const { title } of CASES) {
    await officer.go('cases');
    await officer.press(officer.t('cases:new'));
    await page.locator('input[name=title]').fill(title);
    await officer.choose(officer.t('cases:field.offence'), 'online-fraud', 'form');
    await officer.press(officer.t('app:action.save'));
    await expect(page.locator('aside').getByRole('heading', { name: title })).toBeVisible();
  }
});

test.afterAll(async () => {
  await officer?.app.close();
});

for (const { lang, title, typed, marked } of CASES) {
  test(`finds a case in ${lang} while typing and marks it`, async () => {
    await search(typed);
    const option = officer.page().getByRole('option').filter({ hasText: title });
    await expect(option).toHaveCount(1);
    await expect(option.locator('mark').first()).toHaveText(marked);
    await officer.shot(`search-${lang}`);
  });
}

test('opens a result with the keyboard, and has nothing axe knows of', async () => {
  await search('courier');
  const page = officer.page();
  await expect(page.getByRole('option')).toHaveCount(1);
  expect(await violationsOf(page)).toEqual([]);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-section=cases][data-status=active]')).toBeVisible();
  await expect(page.locator('aside').getByRole('heading', { name: 'Synthetic courier impersonation' })).toBeVisible();
});

test('finds an exhibit and shows it open inside its case', async () => {
  const page = officer.page();
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'suar-search-')), 'ໂທລະສັບ handset.bin');
  writeFileSync(file, 'synthetic content');
  await chooseFile(officer, file);
  await officer.press(officer.t('exhibits:add'));
  const form = page.getByRole('dialog');
  for (const [name, value] of Object.entries({ receivedFrom: 'Invented Witness', condition: 'ຖົງຜະນຶກ', reason: 'ໝາຍຄົ້ນ' })) await form.locator(`input[name=${name}]`).fill(value);
  await form.getByRole('button', { name: officer.t('exhibits:form.seal'), exact: true }).click();
  const line = page.locator('[data-exhibit="E-1"]');
  await expect(line.locator('ol li')).toHaveCount(2, { timeout: 30_000 });
  await line.getByRole('button', { name: 'E-1', exact: true }).click();
  await officer.go('cases');
  await page.getByRole('row').filter({ hasText: CASES[0].title }).click();
  await search('handset');
  const option = page.getByRole('option').filter({ hasText: 'ໂທລະສັບ handset.bin' });
  await expect(option).toContainText(officer.t('search:kind.exhibit'));
  await officer.shot('search-exhibit-lo');
  await option.click();
  await expect(page.locator('aside').getByRole('heading', { name: 'Synthetic courier impersonation' })).toBeVisible();
  await expect(line.getByRole('button', { name: 'E-1', exact: true })).toBeFocused();
  await expect(line.locator('ol li')).toHaveCount(2);
  await expect(line.getByRole('button', { name: 'E-1', exact: true })).toBeInViewport();
  await officer.shot('search-exhibit-opened-lo');
  await sendCommand(officer.app, 'palette');
  await page.getByRole('dialog').locator('input').fill('handset');
  await expect(page.getByRole('dialog').getByRole('option').filter({ hasText: 'handset.bin' })).toContainText(officer.t('search:kind.exhibit'));
  await page.keyboard.press('Enter');
  await expect(line.getByRole('button', { name: 'E-1', exact: true })).toBeInViewport();
});

test('narrows by state: of any kind, and of the chosen one', async () => {
  const page = officer.page();
  const found = page.getByRole('option').filter({ has: page.locator('mark') });
  const { t, choose } = officer;
  await search('courier');
  await expect(found).toHaveCount(1);
  await choose(t('search:filter.status'), 'case.closed');
  await expect(page.getByText(t('search:none'))).toBeVisible();
  await expect(page.getByRole('button', { name: t('search:filter.kind') }).first()).toContainText(t('search:kind.case'));
  await choose(t('search:filter.status'), 'case.new');
  await expect(found).toHaveCount(1);
  await choose(t('search:filter.kind'), 'intel');
  await expect(page.getByRole('button', { name: t('search:filter.status') }).first()).toBeDisabled();
  await choose(t('search:filter.kind'), 'all');
  await expect(found).toHaveCount(1);
  await search('handset');
  await choose(t('search:filter.status'), 'exhibit.held');
  await expect(found).toHaveCount(1);
  await choose(t('search:filter.kind'), 'all');
});

test('narrows by two days of the last edit, and says when they are the wrong way round', async () => {
  const page = officer.page();
  const found = page.getByRole('option').filter({ has: page.locator('mark') });
  const { t, choose } = officer;
  const year = (day: 'first' | 'last') => `${t(`search:days.${day}`)}: ${t('app:date.year')}`;
  const thisYear = new Date().getFullYear();
  await search('courier');
  await choose(t('search:filter.period'), 'days');
  await expect(found).toHaveCount(1);
  await choose(year('first'), String(thisYear + 1));
  await expect(page.getByText(t('search:none'))).toBeVisible();
  await choose(year('last'), String(thisYear));
  await expect(page.getByText(t('search:days.reversed'))).toBeVisible();
  expect(await violationsOf(page)).toEqual([]);
  await choose(year('first'), String(thisYear));
  await expect(found).toHaveCount(1);
  await expect(page.getByText(t('search:days.reversed'))).toHaveCount(0);
  await officer.shot('search-days-lo');
  await choose(year('last'), String(thisYear - 1));
  await choose(year('first'), String(thisYear - 2));
  await expect(page.getByText(t('search:none'))).toBeVisible();
  await officer.press(t('search:days.clear'));
  await expect(found).toHaveCount(1);
  await choose(t('search:filter.period'), 'any');
  await expect(found).toHaveCount(1);
});

test('offers similar words apart, and says where there are none', async () => {
  await search('couriar');
  const page = officer.page();
  const group = page.getByRole('region', { name: officer.t('search:approximate.title') });
  await expect(group.getByRole('option')).toHaveCount(1);
  await expect(page.getByText(officer.t('search:none'))).toBeVisible();
});

test('lists records below the commands of the palette', async () => {
  const page = officer.page();
  await sendCommand(officer.app, 'palette');
  const dialog = page.getByRole('dialog');
  await dialog.locator('input').fill('ສາຂາ');
  await expect(dialog.getByRole('option').filter({ hasText: 'ຄະດີສັງເຄາະ' })).toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(page.locator('aside').getByRole('heading', { name: CASES[0].title })).toBeVisible();
});

test('forgets words that were edited away', async () => {
  await editCase(officer, 'Synthetic courier impersonation', { title: 'Synthetic parcel impersonation' });
  await search('courier');
  await expect(officer.page().getByText(officer.t('search:none'))).toBeVisible();
  await search('parcel');
  await expect(officer.page().getByRole('option')).toHaveCount(1);
});

test('builds the index again when its file is destroyed', async () => {
  const { folder } = officer.app;
  await officer.app.close();
  const files = readdirSync(path.join(folder, 'File System'), { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, 'File System', name))
    // Files of the pool begin with the name they stand for.
    .filter((file) => statSync(file).isFile() && readFileSync(file).subarray(0, 512).includes('/observables.db'));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(statSync(file).size - 4096, 0x5a), 0, undefined, 4096);
    closeSync(handle);
  }
  const app = await launchApp(folder);
  officer = { ...officer, app, page: app.page };
  await app.page().locator('input[name=passphrase]').fill(PASSPHRASE);
  await app
    .page()
    .getByRole('button', { name: officer.t('unlock:locked.submit'), exact: true })
    .click();
  await expect(app.page().locator('[data-section=cases]')).toBeVisible({ timeout: 30_000 });
  await search('ຫນຶ່ງ');
  await expect(app.page().getByRole('option').filter({ hasText: CASES[0].title })).toHaveCount(1);
  await search('parcel');
  await expect(app.page().getByRole('option')).toHaveCount(1);
});
