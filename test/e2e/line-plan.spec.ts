/** The officer's plan for the line: a metered line holds what is not urgent and says what it would cost; a closed window ends the connection; nothing is lost by either. */
import { rmSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { violationsOf } from './axe.ts';
import { startHubProcess, type HubProcess } from './hub-process.ts';
import { launchApp } from './launch.ts';
import { enrolAt, everythingSent, firstStart, officerAt, PASSPHRASE, type Officer } from './officer.ts';

let hub: HubProcess;
let officer: Officer;

test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  hub = await startHubProcess();
  hub.run('region', 'seed', 'resources/region/demo.json');
  officer = await firstStart('km', 'ភាសាខ្មែរ', 'Invented Officer Metered');
  await enrolAt(officer, hub.run('code', 'la-demo').trim());
});
test.afterAll(async () => {
  await officer?.app.close();
  await hub?.stop();
  rmSync(hub.folder, { recursive: true, force: true });
});

async function writeCase(title: string, officer: Officer): Promise<void> {
  await officer.go('cases');
  await officer.press(officer.t('cases:new'));
  await officer.page().locator('input[name=title]').fill(title);
  await officer.press(officer.t('app:action.save'));
  await expect(officer.page().locator('aside').getByRole('heading', { name: title })).toBeVisible();
}
const main = () => officer.page().locator('main');

test('on a metered line changes wait, with their cost, until the officer uses it', async () => {
  await officer.go('sync');
  await officer.choose(officer.t('sync:line.use'), 'metered');
  await expect(main()).toContainText(officer.t('sync:line.held.metered'));
  await writeCase('Held by the plan', officer);
  await officer.go('sync');
  await expect(main().getByRole('row').filter({ hasText: 'Held by the plan' })).toBeVisible();
  await expect(officer.page().locator('footer')).not.toContainText(officer.t('app:status.nothingWaiting'));
  await officer.press(officer.t('sync:line.openNow'));
  await everythingSent(officer);
  await officer.go('sync');
  await expect(main()).toContainText(officer.t('sync:waiting.none'));
  await officer.shot('sync-line-km');
});

test('the plan outlives a restart; without it the line is free again', async () => {
  await officer.app.close();
  officer = officerAt(await launchApp(officer.app.folder), officer.lang);
  await officer.page().locator('input[name=passphrase]').fill(PASSPHRASE);
  await officer.press(officer.t('unlock:locked.submit'));
  await expect(officer.page().locator('[data-section=cases]')).toBeVisible({ timeout: 30_000 });
  await officer.go('sync');
  await expect(main()).toContainText(officer.t('sync:line.held.metered'), { timeout: 15_000 });
  await officer.choose(officer.t('sync:line.use'), 'free');
  await writeCase('Sent by itself', officer);
  await everythingSent(officer);
});

test('what a colleague wrote waits at the hub on a metered line, and the sync centre says how much', async () => {
  const colleague = await firstStart('en', 'English', 'Invented Officer Free');
  const waiting = main().getByRole('heading', { name: officer.t('sync:receiving.titleOf', { number: '§', size: '§' }).split('§')[0] ?? '' });
  try {
    await enrolAt(colleague, hub.run('code', 'la-demo').trim());
    const admission = (await colleague.page().locator('[role=alert] strong').innerText()).trim();
    await officer.go('contacts');
    const row = officer.page().getByRole('row').filter({ hasText: admission });
    await row.getByRole('button', { name: officer.t('contacts:devices.admit') }).click();
    await expect(row).toContainText(officer.t('contacts:devices.admitted'), { timeout: 15_000 });
    await colleague.go('cases');
    await expect(colleague.page().locator('main')).toContainText('Held by the plan', { timeout: 30_000 });

    await officer.go('sync');
    await officer.choose(officer.t('sync:line.use'), 'metered');
    for (const title of ['Waits at the hub', 'Waits too']) await writeCase(title, colleague);
    await everythingSent(colleague);
    await officer.go('sync');
    await expect(waiting).toBeVisible({ timeout: 60_000 });
    await expect(main()).toContainText(officer.t('sync:receiving.held'));
    expect(await violationsOf(officer.page())).toEqual([]);
    await waiting.scrollIntoViewIfNeeded();
    await officer.shot('sync-receiving-km');

    await officer.choose(officer.t('sync:line.use'), 'free');
    await officer.go('cases');
    await expect(main()).toContainText('Waits too', { timeout: 30_000 });
    await officer.go('sync');
    await expect(waiting).toHaveCount(0);
  } finally {
    await colleague.app.close();
  }
});

test('outside its hours the line is closed, and opens when the officer says so', async () => {
  await officer.go('sync');
  const hour = new Date().getHours();
  const [from, until] = [(hour + 2) % 24, (hour + 3) % 24];
  await officer
    .page()
    .evaluate(([from, until]) => window.suar.invoke('link.plan', { hourBytes: 0, dayBytes: 0, metered: false, windows: [{ from: from * 60, until: until * 60 }] }), [from, until] as const);
  await expect(officer.page().locator('footer')).toContainText(officer.t('app:status.planned'));
  await officer.press(officer.t('sync:line.openNow'));
  await expect(officer.page().locator('footer')).toContainText(officer.t('app:status.online'), { timeout: 15_000 });
});
