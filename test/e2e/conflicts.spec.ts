/** Two officers change one case while both are offline: what they see of it, how one decides, and the history both have. In Khmer, Thai and English. */
import { expect, test } from '@playwright/test';
import { violationsOf } from './axe.ts';
import { startHubProcess, type HubProcess } from './hub-process.ts';
import { editCase, pause, signMandate } from './job-steps.ts';
import { enrolAt, everythingSent, firstStart, officerAt, type Officer } from './officer.ts';

test.describe.configure({ mode: 'serial' });

const CASE = 'ករណីសំយោគ-ZXQ4';

let hub: HubProcess;
let vientiane: Officer;
let manila: Officer;

/** Opens the case that holds `title`. */
async function openCase(officer: Officer, title: string): Promise<void> {
  await officer.go('cases');
  await officer.page().getByRole('row').filter({ hasText: title }).click();
}

/** Switches the interface and returns the officer who reads it. */
async function inLanguage(officer: Officer, lang: string): Promise<Officer> {
  await officer.go('settings');
  await officer.choose(officer.t('settings:language.interface'), lang);
  await expect(officer.page().locator('html')).toHaveAttribute('lang', lang);
  return officerAt(officer.app, lang);
}

test.beforeAll(async () => {
  hub = await startHubProcess();
  hub.run('region', 'seed', 'resources/region/demo.json');
});

test.afterAll(async () => {
  for (const officer of [vientiane, manila]) await officer?.app.close();
  await hub?.stop();
});

test('both change one case offline; the safer TLP is in force and nothing is lost', async () => {
  vientiane = await firstStart('km', 'ភាសាខ្មែរ', 'មន្ត្រី គំរូ (invented)');
  await enrolAt(vientiane, hub.run('code', 'la-demo', '--role', 'ncb').trim());
  manila = await firstStart('th', 'ไทย', 'เจ้าหน้าที่ สมมุติ (invented)');
  await enrolAt(manila, hub.run('code', 'ph-demo', '--role', 'ncb').trim());
  await signMandate(vientiane);
  await signMandate(manila);

  await vientiane.go('cases');
  await vientiane.press(vientiane.t('cases:new'));
  await vientiane.page().locator('aside input[name=title]').fill(CASE);
  await vientiane.choose(vientiane.t('cases:field.audience'), 't:op-beacon', 'aside form');
  await vientiane.press(vientiane.t('app:action.save'));
  await manila.go('cases');
  await expect(manila.page().getByText(CASE, { exact: true })).toBeVisible({ timeout: 30_000 });

  await pause(vientiane, true);
  await pause(manila, true);
  await openCase(vientiane, CASE);
  await vientiane.press(vientiane.t('app:action.edit'));
  await vientiane.page().locator('aside [name=title]').fill(`${CASE} A`);
  await vientiane.choose(vientiane.t('cases:field.tlp'), 'GREEN', 'aside form');
  await vientiane.choose(vientiane.t('cases:field.offence'), 'online-fraud', 'aside form');
  await vientiane.press(vientiane.t('app:action.save'));
  await expect(vientiane.page().locator('aside form input[name=title]')).toHaveCount(0);
  await editCase(manila, CASE, { title: `${CASE} B`, summary: 'รายละเอียดสังเคราะห์' });
  await pause(vientiane, false);
  await everythingSent(vientiane);
  await pause(manila, false);
  await everythingSent(manila);

  for (const officer of [vientiane, manila]) {
    await openCase(officer, CASE);
    const detail = officer.page().locator('aside');
    const title = detail.locator('fieldset[data-field=title]');
    await expect(title).toBeVisible({ timeout: 30_000 });
    for (const role of ['base', 'mine', 'theirs']) await expect(title.locator(`label[data-role=${role}]`)).toContainText(officer.t(`history:side.${role}`));
    await expect(title.locator('label[data-role=mine]')).toContainText(`${CASE} ${officer === vientiane ? 'A' : 'B'}`);
    await expect(title.locator('label[data-role=theirs]')).toContainText(`${CASE} ${officer === vientiane ? 'B' : 'A'}`);
    const tlp = detail.locator('fieldset[data-field=tlp]');
    await expect(tlp).toContainText(officer.t('history:conflict.guarded.handling'));
    await expect(tlp).toContainText('TLP:GREEN');
    await expect(detail.locator('[data-tlp=AMBER]').first()).toBeVisible();
    await expect(detail).toContainText('รายละเอียดสังเคราะห์');
    await officer.shot(`conflict-${officer.lang}`);
    expect(await violationsOf(officer.page())).toEqual([]);
  }
});

test('one officer decides in words of his own; the decision reaches the other, and both sides stay in the history', async () => {
  const detail = manila.page().locator('aside');
  await detail.locator('fieldset[data-field=title] label[data-role=own] input').check();
  await detail.locator('[name=own-title]').fill(`${CASE} A และ B`);
  await detail.locator('fieldset[data-field=tlp] label[data-role=base] input').check();
  await manila.shot('conflict-own-th');
  await manila.press(manila.t('history:conflict.settle', { count: '2' }));
  await expect(detail.locator('fieldset[data-field]')).toHaveCount(0);
  await expect(detail.getByRole('heading', { level: 2 })).toHaveText(`${CASE} A และ B`);
  await everythingSent(manila);

  const english = await inLanguage(manila, 'en');
  for (const officer of [vientiane, english]) {
    await openCase(officer, CASE);
    const page = officer.page();
    await expect(page.locator('aside').getByRole('heading', { level: 2 })).toHaveText(`${CASE} A และ B`, { timeout: 30_000 });
    await expect(page.locator('aside fieldset[data-field]')).toHaveCount(0);
    await officer.press(officer.t('history:show'));
    const history = page.getByTestId('history');
    for (const text of [`${CASE} A`, `${CASE} B`, officer.t('cases:field.title'), officer.t('history:change.before')]) await expect(history).toContainText(text);
    await expect(history).toContainText(officer === vientiane ? officer.t('history:version.met') : /Joined with the version of Vientiane/);
    const settled = page.getByTestId('settled');
    for (const text of [`${CASE} A`, `${CASE} B`, `${CASE} A และ B`, 'TLP:GREEN', officer.t('history:settled.title')]) await expect(settled).toContainText(text);
    await history.scrollIntoViewIfNeeded();
    await officer.shot(`history-${officer.lang}`);
    expect(await violationsOf(page)).toEqual([]);
  }
});
