/** The main job, steps 1 to 7 of the foundation, in the real application with a real hub process. Screenshots go to screenshots/. */
import type { PulledDoc, Replicated } from '#shared/contract/ipc.ts';
import { expect, test } from '@playwright/test';
import { violationsOf } from './axe.ts';
import { startHubProcess, type HubProcess } from './hub-process.ts';
import { intelData } from './intel-data.ts';
import { chooseFile, editCase, openBrief, pause, signMandate } from './job-steps.ts';
import { enrolAt, everythingSent, firstStart, type Officer } from './officer.ts';
import { enterStatement, STATEMENTS } from './statements-data.ts';

test.describe.configure({ mode: 'serial' });

const BRIEF = 'ບົດສະຫຼຸບສັງເຄາະ-ZXQ7 ກ່ຽວກັບບັນຊີມ້າ';
const CASE = 'ຄະດີສັງເຄາະ-ZXQ8';
const JOINT = 'Joint-ZXQ9 synthetic case';

let hub: HubProcess;
let laos: Officer;
let ncb: Officer;
let manila: Officer;
let vanuatu: Officer;
let desk: Officer;

test.beforeAll(async () => {
  hub = await startHubProcess();
  hub.run('region', 'seed', 'resources/region/demo.json');
});

test.afterAll(async () => {
  for (const officer of [laos, ncb, manila, vanuatu, desk]) await officer?.app.close();
  await hub?.stop();
});

test('1 first start in Lao, offline', async () => {
  laos = await firstStart('lo', 'ລາວ', 'ເຈົ້າໜ້າທີ່ ສົມມຸດ (invented)');
  await expect(laos.page().locator('html')).toHaveAttribute('lang', 'lo');
  await expect(laos.page().locator('footer')).toContainText(laos.t('app:status.notEnrolled'));
  await laos.shot('01-first-start-lo');
});

test('2 a case, its observables, a STIX bundle and a MISP event', async () => {
  const data = intelData();
  const page = laos.page();
  await laos.press(laos.t('cases:new'));
  await page.locator('input[name=title]').fill(CASE);
  await page.locator('input[name=number]').fill('LA-2026-0001');
  await laos.choose(laos.t('cases:field.offence'), 'online-fraud', 'form');
  await laos.press(laos.t('app:action.save'));
  await expect(page.locator('aside').getByRole('heading', { name: CASE })).toBeVisible();

  const observables = [
    { kind: 'phone', value: '+856 20 5555 0001' },
    { kind: 'wallet', value: 'bc1qsyntheticexample000000000000000000000000' },
    data.fromStix,
    data.fromMisp,
    { kind: 'bank-account', value: '012-3-45678-9' },
  ].filter((entry, i, all) => all.findIndex((other) => other.value === entry.value) === i);
  for (const { kind, value } of observables) {
    await page.locator('input[name=observable]').fill(value);
    await laos.choose(laos.t('cases:observables.kind'), kind, 'aside form');
    await laos.press(laos.t('cases:observables.add'));
    await expect(page.locator('aside li').filter({ hasText: value })).toBeVisible();
  }

  for (const [file, shot] of [
    [data.stix, '02-dry-run-stix-lo'],
    [data.misp, '02-dry-run-misp-lo'],
  ] as const) {
    await laos.go('intel');
    await chooseFile(laos, file);
    await laos.press(laos.t('intel:import'));
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText(laos.t('intel:dryRun.nothingStored'));
    await laos.shot(shot);
    await dialog.locator('button').last().click();
    await expect(dialog).toContainText(laos.t('intel:done.title'), { timeout: 30_000 });
    await dialog.getByRole('button', { name: laos.t('app:action.close'), exact: true }).click();
  }
  // The same file again: nothing is new.
  await chooseFile(laos, data.stix);
  await laos.press(laos.t('intel:import'));
  await expect(page.getByRole('dialog')).toContainText(laos.t('intel:dryRun.nothing'));
  await page
    .getByRole('dialog')
    .getByRole('button', { name: laos.t('app:action.cancel'), exact: true })
    .click();

  await laos.go('cases');
  for (const { value } of [data.fromStix, data.fromMisp]) {
    await expect(page.locator('aside li').filter({ hasText: value })).toContainText('1', { timeout: 15_000 });
    await expect(
      page
        .locator('aside li')
        .filter({ hasText: value })
        .getByRole('button', { name: laos.t('cases:observables.show') }),
    ).toBeVisible();
  }
  await laos.shot('02-case-correlated-lo');
});

test('3 a brief of twelve statements, read back in Lao, previewed in Filipino, Thai and English', async () => {
  const page = laos.page();
  await laos.go('briefs');
  await laos.press(laos.t('briefs:new'));
  await page.locator('input[name=title]').fill(BRIEF);
  await laos.press(laos.t('app:action.save'));
  for (const [i, entry] of STATEMENTS.entries()) {
    await enterStatement(laos, entry);
    await expect(page.locator('ol li[data-kind]')).toHaveCount(i + 1);
  }
  const list = page.locator('ol');
  await laos.shot('03-brief-lo');
  for (const lang of ['fil', 'th', 'en', 'km', 'lo']) {
    await laos.choose(laos.t('briefs:read.language'), lang, 'aside');
    await expect(list).toHaveAttribute('lang', lang);
    await expect(list).toContainText('012-3-45678-9');
    await expect(list).toContainText('mule-wallet.example');
    await laos.shot(`03-brief-read-${lang}`);
  }
});

test('4 the line comes up, the NCB officer signs, the hub refuses what no release covers', async () => {
  manila = await firstStart('fil', 'Filipino', 'Opisyal Halimbawa (invented)');
  await enrolAt(manila, hub.run('code', 'ph-demo', '--role', 'ncb').trim());
  vanuatu = await firstStart('en', 'English', 'Example Officer (invented)');
  await enrolAt(vanuatu, hub.run('code', 'vu-demo', '--role', 'ncb').trim());

  desk = await firstStart('en', 'English', 'Desk Officer (invented)');
  await enrolAt(desk, hub.run('code', 'desk-demo').trim());

  await enrolAt(laos, hub.run('code', 'la-demo').trim());
  await everythingSent(laos);
  ncb = await firstStart('lo', 'ລາວ', 'ເຈົ້າໜ້າທີ່ NCB ສົມມຸດ (invented)');
  await enrolAt(ncb, hub.run('code', 'la-demo', '--role', 'ncb').trim());
  await expect(ncb.page().locator('main')).toContainText(ncb.t('sync:admission.title'));
  const code = (await ncb.page().locator('[role=alert] strong').innerText()).trim();
  await ncb.shot('04-waiting-admission-lo');
  expect(await violationsOf(ncb.page())).toEqual([]);

  await laos.go('contacts');
  const device = laos.page().getByRole('row').filter({ hasText: code });
  await device.getByRole('button', { name: laos.t('contacts:devices.admit') }).click();
  await expect(device).toContainText(laos.t('contacts:devices.admitted'), { timeout: 15_000 });
  await laos.shot('04-directory-lo');
  expect(await violationsOf(laos.page())).toEqual([]);

  // The author asks for a release to Manila and the desk.
  await openBrief(laos, BRIEF);
  await expect(laos.page().locator('fieldset', { hasText: 'Manila Cyber Unit' })).toBeVisible();
  for (const unit of ['Manila Cyber Unit (demo)', 'Regional Desk (demo)']) await laos.page().getByRole('checkbox', { name: unit }).check();
  await laos.press(laos.t('briefs:markReady'));
  await everythingSent(laos);

  await ncb.go('sharing');
  await expect(ncb.page().getByText(BRIEF)).toBeVisible({ timeout: 30_000 });
  await ncb.press(ncb.t('sharing:sign.open'));
  const recipients = ncb.page().getByTestId('recipients');
  await expect(recipients.locator('li')).toHaveCount(2);
  await expect(recipients).toContainText('Manila Cyber Unit (demo)');
  await expect(recipients).toContainText('Regional Desk (demo)');
  const form = ncb.page().locator('aside');
  await form.locator('input[name=confirm]').fill((await form.getByTestId('confirm-word').innerText()).trim());
  await ncb.shot('04-release-preview-lo');
  expect(await violationsOf(ncb.page())).toEqual([]);
  await ncb.press(ncb.t('sharing:sign.submit'));
  await expect(ncb.page().locator('aside')).toContainText(ncb.t('sharing:sign.done'));
  await everythingSent(ncb);
});

test('5 Manila reads it in Filipino and the receipt reaches Laos', async () => {
  await openBrief(manila, BRIEF);
  const list = manila.page().locator('ol');
  await expect(list.locator('li')).toHaveCount(STATEMENTS.length, { timeout: 30_000 });
  await expect(list).toHaveAttribute('lang', 'fil');
  await expect(list).toContainText('Nobyembre 5, 2026');
  await expect(list).toContainText('1,250,000.50');
  await expect(list).toContainText('012-3-45678-9');
  await manila.shot('05-brief-manila-fil');
  await openBrief(desk, BRIEF);
  await expect(desk.page().locator('ol')).toContainText('On November 5, 2026');
  await desk.shot('05-brief-desk-en');
  await openBrief(laos, BRIEF);
  await expect(laos.page().locator('aside')).toContainText('Manila Cyber Unit (demo)', { timeout: 30_000 });
  await expect(
    laos
      .page()
      .getByRole('region', { name: laos.t('briefs:receipts.title') })
      .locator('li'),
  ).toHaveCount(2, { timeout: 30_000 });
  await laos.shot('05-receipt-lo');
  expect(await violationsOf(laos.page())).toEqual([]);
});

test('4b a release altered by one byte, and a record no release covers, are refused with their reason', async () => {
  const answer = await ncb.page().evaluate(async (title) => {
    const docs: Replicated[] = [];
    for (let cursor = '', done = false; !done;) {
      const pulled = await window.suar.invoke('link.pull', { cursor, limit: 500 });
      if (!pulled.ok) throw new Error(pulled.error.code);
      docs.push(...pulled.value.docs.flatMap((doc) => ('gone' in doc ? [] : [doc])));
      ({ cursor, done } = pulled.value);
    }
    const brief = docs.find((doc) => doc.body['title'] === title);
    const release = docs.find((doc) => doc.entity === 'release');
    if (!brief || !release) throw new Error('not found');
    const signed = await window.suar.invoke('release.sign', { record: brief.id, rev: brief.rev, audience: ['u:la-demo', 'u:vu-demo'], purpose: 'prevention', legalBasis: 'national-law', days: 1 });
    if (!signed.ok) throw new Error(signed.error.code);
    const signature = `${signed.value.signature.startsWith('A') ? 'B' : 'A'}${signed.value.signature.slice(1)}`;
    const uuid = (n: number) => `00000000-0000-4000-8000-00000000000${String(n)}`;
    const altered = { ...release, id: uuid(1), rev: 'a'.repeat(24), audience: ['u:la-demo', 'u:vu-demo'], body: { ...signed.value, signature } };
    const uncovered = { ...brief, id: uuid(2), rev: 'b'.repeat(24), audience: ['u:la-demo', 'u:vu-demo'] };
    return window.suar.invoke('link.push', {
      rows: [
        { doc: altered, assumed: null },
        { doc: uncovered, assumed: null },
      ],
    });
  }, BRIEF);
  expect(answer).toEqual({
    ok: true,
    value: {
      conflicts: [],
      rejected: [
        { id: expect.stringMatching(/1$/), reason: 'signature' },
        { id: expect.stringMatching(/2$/), reason: 'release-missing' },
      ],
    },
  });
});

test('6 a taskforce: without a mandate the hub refuses and the officer is told; with it both edit offline and both edits survive', async () => {
  const page = laos.page();
  await laos.go('cases');
  await laos.press(laos.t('cases:new'));
  await page.locator('aside input[name=title]').fill(`Refused-${JOINT.slice(-8)}`);
  await laos.choose(laos.t('cases:field.audience'), 't:op-beacon', 'aside form');
  await laos.press(laos.t('app:action.save'));
  await expect(page.locator('footer')).toContainText(laos.t('app:status.setAside', { count: '1' }), { timeout: 30_000 });
  await laos.go('sync');
  await expect(page.locator('main')).toContainText(laos.t('errors:rejected.mandate-missing'));
  await laos.shot('06-refused-lo');
  expect(await violationsOf(laos.page())).toEqual([]);
  await laos.press(laos.t('sync:setAside.dismiss'));

  await signMandate(ncb);
  await signMandate(manila);
  await laos.go('cases');
  await laos.press(laos.t('cases:new'));
  await page.locator('aside input[name=title]').fill(JOINT);
  await laos.choose(laos.t('cases:field.audience'), 't:op-beacon', 'aside form');
  await laos.press(laos.t('app:action.save'));
  await manila.go('cases');
  await expect(manila.page().getByText(JOINT, { exact: true })).toBeVisible({ timeout: 30_000 });

  await pause(laos, true);
  await pause(manila, true);
  await editCase(laos, JOINT, { title: `${JOINT} Laos title`, summary: 'Laos summary' });
  await editCase(manila, JOINT, { title: `${JOINT} Manila title`, number: 'PH-77' });
  await pause(laos, false);
  await everythingSent(laos);
  await pause(manila, false);
  await everythingSent(manila);
  for (const officer of [laos, manila]) {
    await officer.go('cases');
    await officer.page().getByRole('row').filter({ hasText: JOINT }).click();
    const detail = officer.page().locator('aside');
    await expect(detail).toContainText('PH-77', { timeout: 30_000 });
    await expect(detail).toContainText('Laos summary');
    const conflict = detail.locator('fieldset[data-field=title]');
    for (const title of ['Laos title', 'Manila title']) await expect(conflict).toContainText(title, { timeout: 30_000 });
    await officer.shot(`06-conflict-${officer.lang}`);
    expect(await violationsOf(officer.page())).toEqual([]);
  }
});

test('7 Vanuatu finds no trace', async () => {
  const page = vanuatu.page();
  await vanuatu.go('briefs');
  await expect(page.getByRole('row')).toHaveCount(2);
  await expect(page.locator('main')).toContainText(vanuatu.t('briefs:empty'));
  const seen = await page.evaluate(async () => {
    const docs: PulledDoc[] = [];
    for (let cursor = '', done = false; !done;) {
      const pulled = await window.suar.invoke('link.pull', { cursor, limit: 500 });
      if (!pulled.ok) throw new Error(pulled.error.code);
      docs.push(...pulled.value.docs);
      ({ cursor, done } = pulled.value);
    }
    return docs;
  });
  expect(JSON.stringify(seen)).not.toContain('ZXQ7');
  expect(seen.filter((doc) => 'entity' in doc && doc.entity !== 'contact')).toEqual([]);
  await vanuatu.shot('07-vanuatu-en');
});

test('8 a revoked device is told so, and keeps what it has', async () => {
  const own = await manila.page().evaluate(() => window.suar.invoke('link.directory', {}));
  if (!own.ok) throw new Error(own.error.code);
  hub.run('device', 'revoke', own.value.self.device);
  await manila.go('sync');
  await expect(manila.page().locator('main')).toContainText(manila.t('errors:device-revoked'), { timeout: 30_000 });
  await expect(manila.page().locator('footer')).toContainText(manila.t('app:status.refused'));
  await openBrief(manila, BRIEF);
  await expect(manila.page().locator('ol')).toContainText('012-3-45678-9');
  await manila.go('sync');
  await manila.shot('08-revoked-fil');
});
