/** The records listed under a case because they share an observable, in the real application: each opens what it names, by mouse and by key. */
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { violationsOf } from './axe.ts';
import { chooseFile } from './job-steps.ts';
import { firstStart, type Officer } from './officer.ts';

test.describe.configure({ mode: 'serial' });

const FIRST = 'คดีสมมุติ: เว็บไซต์ปลอม (synthetic) ที่มีชื่อเรื่องยาวมากจนต้องขึ้นบรรทัดใหม่ในรายการของคดีอื่นซึ่งมีร่องรอยเดียวกัน';
const SECOND = 'คดีสมมุติ: พัสดุตกค้าง (synthetic)';
const SHARED = 'parcel-fee.example';

let officer: Officer;
const detail = () => officer.page().locator('aside');
const heading = (title: string) => detail().getByRole('heading', { name: title });
const shared = () => detail().locator('li[data-record]');

async function makeCase(title: string): Promise<void> {
  await officer.go('cases');
  await officer.press(officer.t('cases:new'));
  await officer.page().locator('input[name=title]').fill(title);
  await officer.press(officer.t('app:action.save'));
  await expect(heading(title)).toBeVisible();
  await officer.page().locator('input[name=observable]').fill(SHARED);
  await officer.press(officer.t('cases:observables.add'));
  await expect(detail().locator('li').filter({ hasText: SHARED }).first()).toBeVisible();
}

test.beforeAll(async () => {
  officer = await firstStart('th', 'ไทย', 'เจ้าหน้าที่สมมุติ (invented)');
  await officer.go('intel');
  await chooseFile(officer, path.resolve('test/fixtures/stix-2.1-bundle.json'));
  await officer.press(officer.t('intel:import'));
  const dialog = officer.page().getByRole('dialog');
  await expect(dialog).toContainText(officer.t('intel:dryRun.nothingStored'), { timeout: 30_000 });
  await dialog.locator('button').last().click();
  await expect(dialog).toContainText(officer.t('intel:done.title'), { timeout: 30_000 });
  await dialog.getByRole('button', { name: officer.t('app:action.close'), exact: true }).click();
  await makeCase(FIRST);
  await makeCase(SECOND);
});

test.afterAll(async () => {
  await officer?.app.close();
});

test('a click on another case opens it, read from its top', async () => {
  await expect(shared()).toHaveCount(2, { timeout: 15_000 });
  expect(await violationsOf(officer.page())).toEqual([]);
  await officer.shot('correlation-th');
  await shared().getByRole('button').filter({ hasText: FIRST }).click();
  await expect(heading(FIRST)).toBeInViewport();
  await expect(detail()).toBeFocused();
  await expect(shared().getByRole('button').filter({ hasText: SECOND })).toBeVisible();
});

test('Enter on a record below an observable opens it', async () => {
  const page = officer.page();
  await detail()
    .getByRole('button', { name: officer.t('cases:observables.show'), exact: true })
    .click();
  const observable = detail().locator('li').filter({ hasText: SHARED }).last();
  await observable.getByRole('button').filter({ hasText: SECOND }).focus();
  await page.keyboard.press('Enter');
  await expect(heading(SECOND)).toBeInViewport();
});

test('Enter on an indicator opens it among the intelligence', async () => {
  const page = officer.page();
  const link = shared()
    .getByRole('button')
    .filter({ hasText: officer.t('cases:entity.intel') });
  const title = await link.locator('bdi').innerText();
  await link.focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-section=intel][data-status=active]')).toBeVisible();
  await expect(heading(title)).toBeVisible();
  await expect(detail()).toBeFocused();
});
