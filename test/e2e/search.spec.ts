/** Search in the real application: typed in six scripts, marked on whole clusters, kept up with edits, built again when its file is destroyed. */
import { closeSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { violationsOf } from './axe.ts';
import { editCase } from './job-steps.ts';
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
