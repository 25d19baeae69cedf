/** The sync centre: a conflict is listed with both values and opens where it is decided; a change sent first leaves before the others, also after a restart. */
import { expect, test } from '@playwright/test';
import { violationsOf } from './axe.ts';
import { startHubProcess, type HubProcess } from './hub-process.ts';
import { editCase, pause, signMandate } from './job-steps.ts';
import { launchApp } from './launch.ts';
import { enrolAt, everythingSent, firstStart, officerAt, PASSPHRASE, type Officer } from './officer.ts';

test.describe.configure({ mode: 'serial' });

const CASE = 'ករណីសំយោគ-NEED';
const WAITING = ['ZXQ waits one', 'ZXQ waits two', 'ZXQ waits three', 'ZXQ goes first'] as const;
const FIRST = WAITING[3];

let hub: HubProcess;
let vientiane: Officer;
let manila: Officer;

test.beforeAll(async () => {
  hub = await startHubProcess();
  hub.run('region', 'seed', 'resources/region/demo.json');
  vientiane = await firstStart('km', 'ភាសាខ្មែរ', 'មន្ត្រី គំរូ (invented)');
  await enrolAt(vientiane, hub.run('code', 'la-demo', '--role', 'ncb').trim());
  manila = await firstStart('th', 'ไทย', 'เจ้าหน้าที่ สมมุติ (invented)');
  await enrolAt(manila, hub.run('code', 'ph-demo', '--role', 'ncb').trim());
  await signMandate(vientiane);
  await signMandate(manila);
});

test.afterAll(async () => {
  for (const officer of [vientiane, manila]) await officer?.app.close();
  await hub?.stop();
});

async function writeSharedCase(officer: Officer, title: string): Promise<void> {
  await officer.go('cases');
  await officer.press(officer.t('cases:new'));
  await officer.page().locator('aside input[name=title]').fill(title);
  await officer.choose(officer.t('cases:field.audience'), 't:op-beacon', 'aside form');
  await officer.press(officer.t('app:action.save'));
  await expect(officer.page().locator('aside').getByRole('heading', { level: 2, name: title })).toBeVisible();
}

/** Switches the interface and returns the officer who reads it. */
async function inLanguage(officer: Officer, lang: string): Promise<Officer> {
  await officer.go('settings');
  await officer.choose(officer.t('settings:language.interface'), lang);
  await expect(officer.page().locator('html')).toHaveAttribute('lang', lang);
  return officerAt(officer.app, lang);
}

test('a conflict is listed with both values and opens where it is decided', async () => {
  await writeSharedCase(vientiane, CASE);
  await manila.go('cases');
  await expect(manila.page().getByText(CASE, { exact: true })).toBeVisible({ timeout: 30_000 });
  await manila.go('sync');
  await expect(manila.page().locator('main')).toContainText(manila.t('sync:needs.none'));
  await pause(vientiane, true);
  await pause(manila, true);
  await editCase(vientiane, CASE, { title: `${CASE} A` });
  await editCase(manila, CASE, { title: `${CASE} B` });
  await pause(vientiane, false);
  await everythingSent(vientiane);
  await pause(manila, false);
  await everythingSent(manila);

  for (const officer of [vientiane, manila]) {
    await officer.go('sync');
    const page = officer.page();
    const field = page.getByTestId('needs-you').locator('[data-field=title]');
    const [own, other] = officer === vientiane ? ['A', 'B'] : ['B', 'A'];
    await expect(field.locator('[data-role=mine]')).toContainText(`${CASE} ${own}`, { timeout: 30_000 });
    await expect(field.locator('[data-role=theirs]')).toContainText(`${CASE} ${other}`);
    await expect(field).toContainText(officer.t('cases:field.title'));
    await expect(page.getByRole('heading', { name: officer.t('sync:needs.titleOf', { number: '1' }) })).toBeVisible();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByTestId('needs-you').scrollIntoViewIfNeeded();
    await officer.shot(`sync-needs-${officer.lang}`);
    await page.getByTestId('needs-you').getByRole('button').focus();
    await page.keyboard.press('Enter');
    await expect(page.locator('aside fieldset[data-field=title]')).toBeInViewport();
    await expect(page.locator('div:focus', { has: page.locator('fieldset[data-field=title]') })).toBeVisible();
  }
});

test('once it is decided nothing is left to decide', async () => {
  const detail = manila.page().locator('aside');
  await detail.locator('fieldset[data-field=title] label[data-role=mine] input').check();
  await manila.press(manila.t('history:conflict.settle', { count: '1' }));
  await expect(detail.locator('fieldset[data-field]')).toHaveCount(0);
  for (const officer of [manila, vientiane]) {
    await officer.go('sync');
    await expect(officer.page().locator('main')).toContainText(officer.t('sync:needs.none'), { timeout: 30_000 });
  }
});

test('a change sent first leaves before those that waited longer, also after a restart', async () => {
  await vientiane.go('sync');
  await vientiane.choose(vientiane.t('sync:line.use'), 'metered');
  for (const title of WAITING) await writeSharedCase(vientiane, title);
  await vientiane.go('sync');
  const rows = () => vientiane.page().getByTestId('waiting').locator('tbody tr');
  await expect(rows()).toHaveCount(WAITING.length);
  await expect(rows().first()).toContainText(WAITING[0]);
  await rows().filter({ hasText: WAITING[1] }).getByRole('button').click();
  await expect(rows().first()).toContainText(WAITING[1]);
  const last = rows().filter({ hasText: FIRST }).getByRole('button');
  await last.focus();
  await vientiane.page().keyboard.press('Enter');
  await expect(rows().nth(1)).toContainText(vientiane.t('sync:waiting.first'));
  await expect(last).toBeFocused();
  await rows().filter({ hasText: WAITING[1] }).getByRole('button').click();
  await expect(rows().first()).toContainText(FIRST);
  await expect(rows().filter({ hasText: WAITING[1] }).getByRole('button')).toBeFocused();
  expect(await violationsOf(vientiane.page())).toEqual([]);
  for (const lang of ['th', 'en', 'km']) {
    vientiane = await inLanguage(vientiane, lang);
    await vientiane.go('sync');
    await expect(rows().first()).toContainText(vientiane.t('sync:waiting.first'));
    await vientiane.page().getByTestId('waiting').scrollIntoViewIfNeeded();
    await vientiane.shot(`sync-centre-${lang}`);
  }

  await vientiane.app.close();
  vientiane = officerAt(await launchApp(vientiane.app.folder), vientiane.lang);
  await vientiane.page().locator('input[name=passphrase]').fill(PASSPHRASE);
  await vientiane.press(vientiane.t('unlock:locked.submit'));
  await expect(vientiane.page().locator('[data-section=cases]')).toBeVisible({ timeout: 30_000 });
  await vientiane.go('sync');
  await expect(rows().first()).toContainText(FIRST, { timeout: 30_000 });
  await expect(rows().first()).toContainText(vientiane.t('sync:waiting.first'));
  await vientiane.press(vientiane.t('sync:line.openNow'));
  await everythingSent(vientiane);

  await manila.go('cases');
  for (const title of WAITING) await expect(manila.page().getByText(title, { exact: true })).toBeVisible({ timeout: 30_000 });
  // the order in which the hub hands them to the other device
  const arrived = await manila.page().evaluate(async () => {
    const titles: string[] = [];
    let cursor = '';
    for (;;) {
      const page = await window.suar.invoke('link.pull', { cursor, limit: 500 });
      if (!page.ok) throw new Error(page.error.code);
      for (const doc of page.value.docs) if ('body' in doc) titles.push(String(doc.body['title'] ?? ''));
      if (page.value.done) return titles;
      cursor = page.value.cursor;
    }
  });
  expect(arrived.filter((title) => title.startsWith('ZXQ'))).toEqual([FIRST, ...WAITING.slice(0, 3)]);
});
