/** A unit's administrator enrols a colleague and ends the laptop once it is lost, from the application, with a real hub process. */
import { expect, test } from '@playwright/test';
import { violationsOf } from './axe.ts';
import { startHubProcess, type HubProcess } from './hub-process.ts';
import { enrolAt, everythingSent, firstStart, type Officer } from './officer.ts';

const CASE = 'Synthetic case ZXA1';

let hub: HubProcess;
let head: Officer;
let colleague: Officer;

test.beforeAll(async () => {
  hub = await startHubProcess();
  hub.run('region', 'seed', 'resources/region/demo.json');
});

test.afterAll(async () => {
  for (const officer of [head, colleague]) await officer?.app.close();
  await hub?.stop();
});

test('an administrator enrols a colleague, withdraws the lost laptop and lists what it could have held', async () => {
  head = await firstStart('en', 'English', 'Head of unit (invented)');
  await enrolAt(head, hub.run('code', 'la-demo', '--role', 'admin').trim());
  await head.go('cases');
  await head.press(head.t('cases:new'));
  await head.page().locator('input[name=title]').fill(CASE);
  await head.page().locator('input[name=number]').fill('LA-2026-0009');
  await head.choose(head.t('cases:field.offence'), 'online-fraud', 'form');
  await head.press(head.t('app:action.save'));
  await everythingSent(head);

  await head.go('contacts');
  await head.press(head.t('administration:code.create'));
  const code = (await head.page().getByTestId('unit-code').innerText()).trim();
  expect(await violationsOf(head.page())).toEqual([]);

  colleague = await firstStart('id', 'Bahasa Indonesia', 'Petugas fiktif (invented)');
  await enrolAt(colleague, code);
  const admission = (await colleague.page().locator('[role=alert] strong').innerText()).trim();
  await head.go('cases');
  await head.go('contacts');
  const row = head.page().getByRole('row').filter({ hasText: admission });
  await row.getByRole('button', { name: head.t('contacts:devices.admit') }).click();
  await expect(row).toContainText(head.t('contacts:devices.admitted'), { timeout: 15_000 });
  await colleague.go('cases');
  await expect(colleague.page().locator('main')).toContainText(CASE, { timeout: 30_000 });

  await head.go('cases');
  await head.go('contacts');
  await head
    .page()
    .getByTestId('unit-devices')
    .getByRole('button', { name: head.t('administration:device.revoke') })
    .click();
  await head
    .page()
    .getByRole('dialog')
    .getByRole('button', { name: head.t('administration:device.confirm') })
    .click();
  await expect(head.page().getByTestId('exposure')).toContainText(CASE, { timeout: 30_000 });
  expect(await violationsOf(head.page())).toEqual([]);
  await head.shot('10-administration-en');

  await colleague.go('sync');
  await expect(colleague.page().locator('main')).toContainText(colleague.t('errors:device-revoked'), { timeout: 40_000 });
  await expect(head.page().locator('footer')).toContainText(head.t('app:status.online'));
});
