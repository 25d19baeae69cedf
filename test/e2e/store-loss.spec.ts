import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { violationsOf } from './axe.ts';
import { launchApp } from './launch.ts';
import { firstStart, officerAt, PASSPHRASE, type Officer } from './officer.ts';

/** Invented cases; the store is lost and has to bring them back. */
const TITLES = ['ຄະດີສົມມຸດ ໜຶ່ງ', 'ຄະດີສົມມຸດ ສອງ', 'Invented case three'];
let officer: Officer;

async function unlockAgain(folder: string): Promise<Officer> {
  const app = await launchApp(folder);
  const again = officerAt(app, 'lo');
  await app.page().locator('input[name=passphrase]').fill(PASSPHRASE);
  await again.press(again.t('unlock:locked.submit'));
  return again;
}

test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  officer = await firstStart('lo', 'ລາວ', 'ນາງ ສົມມຸດ (Invented)');
});
test.afterAll(async () => officer.app.close());

test('a store that is gone is made again, and the officer reads what came back', async () => {
  const { folder } = officer.app;
  for (const title of TITLES) {
    await officer.press(officer.t('cases:new'));
    await officer.page().locator('input[name=title]').fill(title);
    await officer.press(officer.t('app:action.save'));
    await expect(officer.page().locator('aside').getByRole('heading', { name: title, exact: true })).toBeVisible();
  }
  // Once the store has flushed them, the journal holds them in doubt no more and does not just write them again.
  await officer.page().waitForTimeout(4000);
  await officer.app.close();
  rmSync(path.join(folder, 'File System'), { recursive: true });

  officer = await unlockAgain(folder);
  const goOn = officer.page().getByRole('button', { name: officer.t('rebuild:continue'), exact: true });
  await expect(goOn).toBeVisible({ timeout: 30_000 });
  await expect(officer.page().getByRole('heading', { level: 1, name: officer.t('rebuild:done'), exact: true })).toBeVisible();
  await expect(officer.page().getByText(officer.t('rebuild:report.nothingLost'))).toBeVisible();
  expect(await violationsOf(officer.page())).toEqual([]);
  await officer.shot('store-made-again-lo');
  await goOn.click();
  await officer.go('cases');
  for (const title of TITLES) await expect(officer.page().getByRole('row').filter({ hasText: title })).toBeVisible();
});

test('a lost journal is written anew from the store without a word', async () => {
  const { folder } = officer.app;
  await officer.app.close();
  const [profile = ''] = readdirSync(path.join(folder, 'profiles'));
  rmSync(path.join(folder, 'profiles', profile, 'journal'), { recursive: true });
  officer = await unlockAgain(folder);
  await officer.page().locator('[data-section=cases]').click({ timeout: 30_000 });
  for (const title of TITLES) await expect(officer.page().getByRole('row').filter({ hasText: title })).toBeVisible();
  // The new journal protects as the old one did.
  await officer.app.close();
  rmSync(path.join(folder, 'File System'), { recursive: true });
  officer = await unlockAgain(folder);
  await officer
    .page()
    .getByRole('button', { name: officer.t('rebuild:continue'), exact: true })
    .click({ timeout: 30_000 });
  await officer.go('cases');
  for (const title of TITLES) await expect(officer.page().getByRole('row').filter({ hasText: title })).toBeVisible();
});
