import { expect, type ElectronApplication, type Page } from '@playwright/test';
import { launchApp, newProfileFolder, type RunningApp } from './launch.ts';
import { PASSPHRASE } from './officer.ts';
import { text } from './texts.ts';

/** The languages the interface is complete in, by their own names. */
export const UI_LANGUAGES = { en: 'English', fil: 'Filipino', id: 'Bahasa Indonesia', km: 'ភាសាខ្មែរ', lo: 'ລາວ', th: 'ไทย' } as const;
export type UiLanguage = keyof typeof UI_LANGUAGES;

export const SECTIONS = ['search', 'cases', 'intel', 'briefs', 'sharing', 'contacts', 'sync', 'settings'] as const;

/** What a tour does at each screen. */
export type Look = (page: Page, screen: string) => Promise<void>;

/** Chooses `file` in the next file dialog. */
export async function chooseFile(app: ElectronApplication, file: string): Promise<void> {
  await app.evaluate(({ dialog }, at) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [at] });
  }, file);
}

/** Starts on a new profile and goes to the workspace, with a look at the screens on the way. */
export async function enter(lang: UiLanguage, look: Look): Promise<RunningApp> {
  const app = await launchApp(newProfileFolder(`tour-${lang}`));
  const page = app.page();
  await page.getByRole('button', { name: UI_LANGUAGES[lang], exact: true }).waitFor();
  await look(page, 'first start');
  await page.getByRole('button', { name: UI_LANGUAGES[lang], exact: true }).click();
  await page.locator('input[name=fullName]').fill('Invented Officer');
  await page.locator('input[name=passphrase]').fill(PASSPHRASE);
  await page.locator('input[name=repeat]').fill(PASSPHRASE);
  await look(page, 'create');
  await page.getByRole('button', { name: text(lang, 'unlock:create.submit'), exact: true }).click();
  await page.getByRole('button', { name: text(lang, 'recovery:kit.make'), exact: true }).click({ timeout: 30_000 });
  await look(page, 'recovery plan');
  await page.getByRole('button', { name: text(lang, 'recovery:offer.later'), exact: true }).click();
  await expect(page.locator('[data-section=cases]')).toBeVisible({ timeout: 30_000 });
  return app;
}

/** Opens the palette as the menu does. */
export async function sendCommand(app: RunningApp, command: string): Promise<void> {
  await app.app.evaluate(({ BrowserWindow }, id) => BrowserWindow.getAllWindows()[0]?.webContents.send('menu.command', id), command);
}

/** Visits every screen of the workspace in `lang`: lists, forms, details and dialogs. The first visit makes a case and a brief. */
export async function tour(app: RunningApp, lang: UiLanguage, look: Look): Promise<void> {
  const page = app.page();
  const t = (key: string) => text(lang, key);
  const go = async (section: string) => {
    await page.locator(`[data-section=${section}]`).click();
    await expect(page.locator(`[data-section=${section}][data-status=active]`)).toBeVisible();
  };
  const press = (name: string) => page.getByRole('button', { name, exact: true }).first().click();
  for (const section of SECTIONS) {
    await go(section);
    await look(page, section);
  }
  await go('cases');
  await press(t('cases:new'));
  await expect(page.locator('input[name=title]')).toBeVisible();
  await look(page, 'case form');
  await page.locator('input[name=title]').fill('2026-0001');
  await press(t('app:action.save'));
  await expect(page.locator('input[name=observable]')).toBeVisible();
  await page.locator('input[name=observable]').fill('192.0.2.17');
  await press(t('cases:observables.add'));
  await expect(page.locator('aside li').filter({ hasText: '192.0.2.17' })).toBeVisible();
  await look(page, 'case');

  await go('intel');
  await chooseFile(app.app, 'test/fixtures/stix-2.1-bundle.json');
  await press(t('intel:import'));
  await expect(page.getByRole('dialog')).toContainText(t('intel:dryRun.nothingStored'), { timeout: 30_000 });
  await look(page, 'import dialog');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await go('briefs');
  await press(t('briefs:new'));
  await page.locator('input[name=title]').fill('2026-0002');
  await look(page, 'brief form');
  await press(t('app:action.save'));
  await expect(page.locator('aside').getByRole('heading', { name: '2026-0002' })).toBeVisible();
  await look(page, 'brief');
  await page.keyboard.press('Escape');
  await go('search');
  await page.locator('input[type=search]').fill('2026');
  await expect(page.getByRole('option')).toHaveCount(2);
  await look(page, 'search results');
  await page.locator('input[type=search]').fill('2027-0001');
  await expect(page.getByRole('option')).toHaveCount(0);
  await look(page, 'search without results');
  for (const command of ['palette', 'shortcuts']) {
    await sendCommand(app, command);
    await expect(page.getByRole('dialog')).toBeVisible();
    await look(page, command);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  }
}

/** Locks and waits for the new window at the passphrase. */
export async function lockApp(app: RunningApp): Promise<Page> {
  const replaced = app.app.waitForEvent('window');
  await app
    .page()
    .evaluate(() => void window.suar.invoke('profile.lock', {}))
    .catch(() => undefined);
  await replaced;
  await app.page().locator('input[name=passphrase]').waitFor();
  return app.page();
}
