import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { scanForSecrets } from '../lab/canary-scan.ts';
import { endTree } from '../lab/process-tree.ts';
import { addExhibit, EXHIBIT_FROM } from './job-steps.ts';
import { launchApp } from './launch.ts';
import { firstStart, officerAt, PASSPHRASE, type Officer } from './officer.ts';

/** Stands in the exhibits; nothing of it may lie in the profile. */
const CANARY = 'ZXQKANARI-exhibit-content';
const CASE = 'ຄະດີທົດລອງ: exhibits (synthetic)';
const MIB = 1024 * 1024;

const folder = mkdtempSync(path.join(tmpdir(), 'suar-exhibits-'));
let officer: Officer;

/** A file of random bytes with the canary in every MiB. */
function makeFile(name: string, mb: number): string {
  const file = path.join(folder, name);
  const handle = openSync(file, 'wx');
  for (let i = 0; i < mb; i++) {
    const bytes = randomBytes(MIB);
    bytes.write(CANARY, 1000);
    writeSync(handle, bytes);
  }
  closeSync(handle);
  return file;
}
const sha256sum = (file: string) => execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64);
const panel = () => officer.page().getByRole('region', { name: officer.t('exhibits:title') });
const button = (key: string) =>
  officer
    .page()
    .getByRole('button', { name: officer.t(key), exact: true })
    .first();
const vaultFolder = () => path.join(officer.app.folder, 'profiles', readdirSync(path.join(officer.app.folder, 'profiles'))[0] ?? '', 'vault');
const chunkFiles = () =>
  readdirSync(path.join(vaultFolder(), 'chunks'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

async function openCase(): Promise<void> {
  await officer.go('cases');
  await officer.page().getByRole('row').filter({ hasText: CASE }).click();
  await expect(panel()).toBeVisible();
}
const startAdding = (file: string) => addExhibit(officer, file);
async function reopen(): Promise<void> {
  officer = officerAt(await launchApp(officer.app.folder), officer.lang);
  await officer.page().locator('input[name=passphrase]').fill(PASSPHRASE);
  // The start screen speaks the laptop's language, not the officer's.
  await officer.page().locator('button[type=submit]').click();
  await expect(officer.page().locator('[data-section=cases]')).toBeVisible({ timeout: 30_000 });
  await openCase();
}

test.beforeAll(async () => {
  officer = await firstStart('lo', 'ລາວ', 'ເຈົ້າໜ້າທີ່ ສົມມຸດ (invented)');
  await officer.press(officer.t('cases:new'));
  await officer.page().locator('input[name=title]').fill(CASE);
  await officer.press(officer.t('app:action.save'));
  await expect(panel()).toBeVisible();
});
test.afterAll(async () => {
  await officer?.app.close();
});

test('a file becomes an exhibit with its digest, its custody in sentences and a whole chain', async () => {
  const file = makeFile('ໂທລະສັບ phone.bin', 9);
  await expect(panel()).toContainText(officer.t('exhibits:none'));
  await startAdding(file);
  const line = panel().locator('[data-exhibit="E-1"]');
  await expect(line).toBeVisible({ timeout: 30_000 });
  await expect(line).toContainText(sha256sum(file));
  await expect(line.locator('ol li').first()).toContainText('ໄດ້ຮັບຂອງກາງຈາກ');
  await expect(line.locator('ol li').first()).toContainText(EXHIBIT_FROM);
  await expect(line.locator('ol li').first()).toContainText('ໝາຍຄົ້ນ warrant 12/2026');
  await expect(line.locator('ol li').nth(1)).toContainText('ໄດ້ປິດຜະນຶກຂອງກາງໄວ້ໃນຕູ້ເກັບຫຼັກຖານ');
  await expect(line.locator('[data-chain=whole]')).toBeVisible();
});

test('an entry by hand is signed and told; the exhibit is handed over', async () => {
  const line = panel().locator('[data-exhibit="E-1"]');
  await button('exhibits:entry.open').click();
  const form = officer.page().getByRole('dialog');
  for (const [name, value] of Object.entries({ from: 'Officer Invented-One', to: 'ຫ້ອງທົດລອງ Lab', condition: 'ປິດຢູ່', reason: 'ກວດພິສູດ' })) await form.locator(`input[name=${name}]`).fill(value);
  await form.getByRole('button', { name: officer.t('exhibits:entry.sign'), exact: true }).click();
  await expect(line.locator('ol li')).toHaveCount(3);
  await expect(line.locator('ol li').nth(2)).toContainText('ໄດ້ມອບຂອງກາງໃຫ້');
  await expect(line).toContainText(officer.t('exhibits:status.handed-over'));
  await expect(line.locator('[data-chain=whole]')).toBeVisible();
});

test('verified and exported: the copy has the digest of the original, both acts are in the custody', async () => {
  const line = panel().locator('[data-exhibit="E-1"]');
  await button('exhibits:verify').click();
  await expect(line).toContainText('✓', { timeout: 30_000 });
  const target = path.join(folder, 'out.bin');
  await officer.app.app.evaluate(({ dialog }, chosen) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen });
  }, target);
  await button('exhibits:export.open').click();
  const form = officer.page().getByRole('dialog');
  await form.locator('input[name=reason]').fill('ສານ court');
  await form.getByRole('button', { name: officer.t('exhibits:export.choose'), exact: true }).click();
  await expect(line.locator('ol li')).toHaveCount(5, { timeout: 30_000 });
  expect(sha256sum(target)).toBe(sha256sum(path.join(folder, 'ໂທລະສັບ phone.bin')));
  expect(execFileSync('sha256sum', ['-c', 'out.bin.hashes.txt'], { cwd: folder, encoding: 'utf8' })).toContain('out.bin: OK');
  await expect(line.locator('ol li').nth(3)).toContainText('ພົບວ່າຄົບຖ້ວນ');
  await expect(line.locator('ol li').nth(4)).toContainText('ໄດ້ສົ່ງອອກສຳເນົາເປັນ');
  await expect(line.locator('[data-chain=whole]')).toBeVisible();
});

test('nothing is exported into the profile', async () => {
  await officer.app.app.evaluate(
    ({ dialog }, chosen) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen });
    },
    path.join(officer.app.folder, 'profile', 'leak.bin'),
  );
  await button('exhibits:export.open').click();
  await officer.page().getByRole('dialog').locator('input[name=reason]').fill('x');
  await officer
    .page()
    .getByRole('dialog')
    .getByRole('button', { name: officer.t('exhibits:export.choose'), exact: true })
    .click();
  await expect(panel()).toContainText(officer.t('errors:vault-export-failed', { name: 'leak.bin' }));
});

test('killed in the middle of a large file, it resumes after the restart and is whole', async () => {
  const file = makeFile('large.img', 400);
  await startAdding(file);
  const durable = () => chunkFiles().length;
  await expect.poll(durable, { timeout: 60_000, intervals: [20] }).toBeGreaterThan(40);
  const { main } = officer.app;
  const ended = new Promise((resolve) => main.once('exit', resolve));
  if (main.pid !== undefined) endTree(main.pid);
  await ended;
  expect(scanForSecrets(officer.app.folder, [CANARY]).hits).toEqual([]);

  await reopen();
  await expect(panel()).toContainText('large.img', { timeout: 30_000 });
  await button('exhibits:unfinished.resume').click();
  const line = panel().locator('[data-exhibit="E-2"]');
  await expect(line).toBeVisible({ timeout: 90_000 });
  await expect(line).toContainText(sha256sum(file));
  await expect(line.locator('ol li')).toHaveCount(2);
  await button('exhibits:verify').click();
  await expect(line).toContainText('✓', { timeout: 60_000 });
});

test('a stopped import can be given up; its chunks are gone', async () => {
  const before = chunkFiles().length;
  await startAdding(makeFile('given-up.img', 300));
  await expect.poll(() => chunkFiles().length, { timeout: 60_000, intervals: [20] }).toBeGreaterThan(before + 5);
  await button('exhibits:progress.stop').click();
  await expect(panel()).toContainText(officer.t('errors:vault-stopped'), { timeout: 30_000 });
  await button('exhibits:unfinished.discard').click();
  await expect(button('exhibits:unfinished.discard')).toHaveCount(0, { timeout: 30_000 });
  expect(chunkFiles().length).toBe(before);
});

test('one altered byte on disk is found, named and written into the custody', async () => {
  const line = panel().locator('[data-exhibit="E-1"]');
  const open = line.getByRole('button', { name: 'E-1' });
  if ((await open.getAttribute('aria-expanded')) === 'false') await open.click();
  // E-1 has the one short chunk of 1 MiB.
  const [chunk = ''] = chunkFiles().filter((name) => statSync(name).size === MIB + 28);
  const bytes = readFileSync(chunk);
  bytes[500_000] = (bytes[500_000] ?? 0) ^ 1;
  writeFileSync(chunk, bytes);
  await line.getByRole('button', { name: officer.t('exhibits:verify'), exact: true }).click();
  await expect(panel()).toContainText(officer.t('exhibits:check.part.damaged', { part: '3', parts: '3' }), { timeout: 30_000 });
  await expect(line.locator('ol li').last()).toContainText('ພົບວ່າເສຍຫາຍ');
  await expect(line).toContainText('✗');
  await officer.shot('exhibits-lo');
});

test('the same custody in English', async () => {
  await officer.page().evaluate(async () => {
    const { preferences } = await window.suar.invoke('app.state', {});
    await window.suar.invoke('app.preferences', { ...preferences, locale: 'en' });
  });
  await officer.page().reload();
  officer = officerAt(officer.app, 'en');
  await officer.app.close();
  await reopen();
  const line = panel().locator('[data-exhibit="E-1"]');
  await line.getByRole('button', { name: 'E-1' }).click();
  await expect(line.locator('ol li').first()).toContainText('received it from');
  await expect(line.locator('ol li').nth(2)).toContainText('handed it over to');
  await expect(line.locator('ol li').last()).toContainText('verified it and found it damaged.');
  await expect(line.locator('[data-chain=whole]')).toContainText('6 signed entries');
  await officer.shot('exhibits-en');
});

test('the profile holds nothing of any exhibit in clear', async () => {
  await officer.app.close();
  const scan = scanForSecrets(officer.app.folder, [CANARY, 'large.img', 'invented witness', 'warrant 12/2026']);
  expect(scan.files).toBeGreaterThan(100);
  expect(scan.hits).toEqual([]);
  officer = officerAt(await launchApp(officer.app.folder), 'en');
});
