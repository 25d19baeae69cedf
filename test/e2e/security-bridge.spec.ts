/** The bridge refuses what is no request, and locking ends the process of the window. */
import { expect, test } from '@playwright/test';
import { IPC, IPC_CHANNELS } from '#shared/contract/ipc.ts';
import { windowProcesses } from './launch.ts';
import { firstStart, PASSPHRASE, type Officer } from './officer.ts';

let officer: Officer;

test.beforeAll(async () => {
  officer = await firstStart('lo', 'ລາວ', 'ເຈົ້າໜ້າທີ່ ສົມມຸດ (invented)');
});

test.afterAll(async () => {
  await officer?.app.close();
});

/** Requests that fit no channel; sent to each of them. */
const ODD: readonly unknown[] = [
  null,
  0,
  '',
  'CANARY',
  [],
  [1],
  true,
  { extra: 'CANARY' },
  { passphrase: 5 },
  { rows: 'x' },
  { rows: [{ doc: null, assumed: null }] },
  { device: '../x' },
  { cursor: '', limit: 1e9 },
  { locale: 1 },
  { constructor: 'x' },
];

test('an unknown channel and every malformed request are refused, and tell nothing', async () => {
  const page = officer.page();
  const stranger = await page.evaluate(() =>
    (window.suar.invoke as (channel: string, request: unknown) => Promise<unknown>)('shell.openExternal', {}).then(
      () => 'answered',
      (error: unknown) => String(error),
    ),
  );
  expect(stranger).toBe('Error: unknown channel');
  expect(
    await page.evaluate(() => {
      try {
        (window.suar.on as (event: string, run: () => void) => unknown)('any', () => undefined);
        return 'listening';
      } catch {
        return 'refused';
      }
    }),
  ).toBe('refused');
  for (const channel of IPC_CHANNELS) {
    const bare = Object.keys(IPC[channel].request.properties).length === 0;
    const answers = await page.evaluate(
      async ([name, requests]) =>
        Promise.all(
          requests.map((request) =>
            (window.suar.invoke as (channel: string, request: unknown) => Promise<unknown>)(name, request).then(
              () => 'answered',
              (error: unknown) => String(error),
            ),
          ),
        ),
      [channel, ODD] as const,
    );
    for (const answer of answers) {
      expect(answer, `${channel}${bare ? ' (takes nothing)' : ''}`).toContain(`${channel}: request refused`);
      expect(answer).not.toContain('CANARY');
    }
  }
  expect(await page.evaluate(() => document.querySelector('[data-section=cases]') !== null)).toBe(true);
});

test('locking ends the process of the window; a wrong passphrase is told in Lao and the wait grows', async () => {
  const before = officer.page();
  const [oldPid = 0] = await windowProcesses(officer.app.app);
  const replaced = officer.app.app.waitForEvent('window');
  await before.evaluate(() => void window.suar.invoke('profile.lock', {})).catch(() => undefined);
  await replaced;
  await expect.poll(() => before.isClosed()).toBe(true);
  const page = officer.page();
  await expect(page.locator('input[name=passphrase]')).toBeVisible();
  const pids = await windowProcesses(officer.app.app);
  expect(pids).toHaveLength(1);
  expect(pids).not.toContain(oldPid);
  await expect
    .poll(
      () => {
        try {
          process.kill(oldPid, 0);
          return 'alive';
        } catch {
          return 'gone';
        }
      },
      { timeout: 10_000 },
    )
    .toBe('gone');
  expect(await page.evaluate(() => window.suar.invoke('link.pull', { cursor: '', limit: 1 }))).toEqual({ ok: false, error: { code: 'locked' } });

  for (let tries = 1; tries <= 3; tries++) {
    await page.locator('input[name=passphrase]').fill(`${PASSPHRASE} not`);
    await officer.press(officer.t('unlock:locked.submit'));
    await expect(page.locator('input[name=passphrase]')).toHaveValue('', { timeout: 20_000 });
    if (tries < 3) await expect(page.locator('main')).toContainText(officer.t('errors:passphrase-wrong'), { timeout: 20_000 });
  }
  await expect(page.locator('main')).toContainText(officer.t('errors:passphrase-wait', { seconds: '2' }).slice(0, 30), { timeout: 20_000 });
  expect((await page.evaluate(() => window.suar.invoke('app.state', {}))).officers[0]?.waitSeconds).toBeGreaterThan(0);
  expect(
    await page.evaluate(
      async (passphrase) => window.suar.invoke('profile.unlock', { profile: (await window.suar.invoke('app.state', {})).officers[0]?.id ?? '', passphrase: new TextEncoder().encode(passphrase) }),
      PASSPHRASE,
    ),
  ).toMatchObject({
    ok: false,
    error: { code: 'passphrase-wait' },
  });
  await page.waitForTimeout(2500);
  await page.locator('input[name=passphrase]').fill(PASSPHRASE);
  await officer.press(officer.t('unlock:locked.submit'));
  await expect(page.locator('[data-section=cases]')).toBeVisible({ timeout: 30_000 });
});
