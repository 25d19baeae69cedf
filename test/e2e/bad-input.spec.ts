/** Files that are broken, hostile or huge: the officer reads in their own language what happened, and nothing is lost or stored. */
import { mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { firstStart, type Officer } from './officer.ts';

test.describe.configure({ mode: 'serial' });

const CASE = 'ຄະດີສັງເຄາະ-BAD1';
const folder = mkdtempSync(path.join(tmpdir(), 'suar-bad-'));
let officer: Officer;

function file(name: string, content: string | Uint8Array): string {
  const at = path.join(folder, name);
  writeFileSync(at, content);
  return at;
}

/** Asks for an import of `chosen` and answers the dialog. */
async function importFile(chosen: string) {
  await officer.app.app.evaluate(({ dialog }, at) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [at] });
  }, chosen);
  await officer.go('intel');
  await officer.press(officer.t('intel:import'));
  return officer.page().getByRole('dialog');
}

/** The failure is told in the officer's language, the dialog closes, and the list of intelligence is still empty. */
async function expectRefused(chosen: string, sentence: string): Promise<void> {
  const dialog = await importFile(chosen);
  await expect(dialog).toContainText(sentence, { timeout: 30_000 });
  expect(await dialog.innerText()).not.toMatch(/\b(error|undefined|exception|failed)\b/i);
  await dialog.getByRole('button', { name: officer.t('app:action.close'), exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await expect(officer.page().locator('main')).toContainText(officer.t('intel:empty'));
}

test.beforeAll(async () => {
  officer = await firstStart('lo', 'ລາວ', 'ເຈົ້າໜ້າທີ່ ສົມມຸດ (invented)');
  await officer.press(officer.t('cases:new'));
  await officer.page().locator('input[name=title]').fill(CASE);
  await officer.press(officer.t('app:action.save'));
  await expect(officer.page().locator('aside').getByRole('heading', { name: CASE })).toBeVisible();
});

test.afterAll(async () => {
  await officer?.app.close();
});

test('a file that is not JSON names the place where it breaks', async () => {
  const text = `{"type":"bundle","objects":[${'{"a":1},'.repeat(50)}oops]}`;
  const name = 'ບໍ່ແມ່ນ.json';
  await expectRefused(file(name, text), officer.t('errors:file-not-json', { name, position: String(text.indexOf('oops')) }));
});

test('an empty file, a binary file and a file in another encoding are not JSON', async () => {
  for (const [name, content] of [
    ['empty.json', ''],
    ['program.json', Buffer.from('4d5a90000300000004000000ffff0000', 'hex')],
    ['utf16.json', Buffer.from('\ufeff{"type":"bundle"}', 'utf16le')],
  ] as const) {
    await expectRefused(file(name, content), officer.t('errors:file-not-json', { name, position: '@' }).split('@')[0] ?? '');
  }
});

test('JSON of an unknown format is not guessed at', async () => {
  await expectRefused(file('other.json', '{"hello":"world"}'), officer.t('errors:file-unknown-format', { name: 'other.json' }));
});

test('a file nested deeper than any real one is refused before it is read', async () => {
  await expectRefused(file('deep.json', '['.repeat(3_000_000)), officer.t('errors:file-too-deep', { name: 'deep.json' }));
});

test('a file of 200 MB is refused by its size, not read', async () => {
  const huge = file('huge.json', '');
  truncateSync(huge, 200 * 1024 * 1024);
  const started = Date.now();
  await expectRefused(huge, officer.t('errors:file-too-large', { name: 'huge.json', size: '200', limit: '64' }));
  expect(Date.now() - started).toBeLessThan(10_000);
});

test('a file that is gone, or is a folder, cannot be read', async () => {
  await expectRefused(path.join(folder, 'gone.json'), officer.t('errors:file-unreadable', { name: 'gone.json' }));
  await expectRefused(folder, officer.t('errors:file-unreadable', { name: path.basename(folder) }));
});

test('a name with markup is text', async () => {
  await expectRefused(file('<img src=x onerror=alert(1)>.json', '{}'), '<img src=x onerror=alert(1)>.json');
  expect(await officer.page().locator('img').count()).toBe(0);
});

test('a bundle of broken objects: the good one is taken, each bad one is listed with its reason in Lao', async () => {
  const uuid = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
  const objects = [
    { type: 'malware', id: `malware--${uuid(1)}`, name: 'ດີ <b>good</b>' },
    5,
    { type: 'malware', id: 'malware--x', name: 'bad' },
    { type: 'tool', id: `tool--${uuid(2)}` },
    { type: 'indicator', id: `indicator--${uuid(3)}`, pattern: '[broken' },
    { type: 'constructor', id: `constructor--${uuid(4)}`, object_marking_refs: ['constructor'], value: 'x' },
  ];
  const text = JSON.stringify({ type: 'bundle', objects }).replace('{"type":"tool"', '{"__proto__":{"polluted":1},"type":"tool"');
  const dialog = await importFile(file('mixed.json', text));
  await expect(dialog).toContainText(officer.t('intel:dryRun.nothingStored'), { timeout: 30_000 });
  for (const reason of ['not-an-object', 'bad-id', 'forbidden-key', 'bad-pattern']) await expect(dialog).toContainText(officer.t(`intel:rejected.${reason}`));
  await dialog.locator('button').last().click();
  await expect(dialog).toContainText(officer.t('intel:done.title'), { timeout: 30_000 });
  await dialog.getByRole('button', { name: officer.t('app:action.close'), exact: true }).click();
  await expect(officer.page().getByText('ດີ <b>good</b>', { exact: true })).toBeVisible();
  await expect(officer.page().getByRole('row')).toHaveCount(3);
});

test('nothing was lost: the case made before is there, and the window complained of nothing', async () => {
  await officer.go('cases');
  await expect(officer.page().getByRole('row').filter({ hasText: CASE })).toBeVisible();
  expect(officer.app.complaints.filter((complaint) => /error|trustedhtml|refused/i.test(complaint) && !/RxDB|OPFS/.test(complaint))).toEqual([]);
});
