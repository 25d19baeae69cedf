import { expect, type Page } from '@playwright/test';
import { launchApp, newProfileFolder, type RunningApp } from './launch.ts';
import { text } from './texts.ts';

export const PASSPHRASE = 'four synthetic words here';

/** An invented officer at a running application. */
export interface Officer {
  readonly app: RunningApp;
  readonly lang: string;
  readonly page: () => Page;
  readonly t: (key: string, values?: Readonly<Record<string, string>>) => string;
  /** Goes to a section of the sidebar. */
  readonly go: (section: string) => Promise<void>;
  /** Chooses from a list by the label of the field and the id of the choice; `scope` narrows where the field is. */
  readonly choose: (label: string, id: string, scope?: string) => Promise<void>;
  readonly press: (name: string) => Promise<void>;
  readonly shot: (name: string) => Promise<void>;
}

/** Wraps a running application as an officer who reads `lang`. */
export function officerAt(app: RunningApp, lang: string): Officer {
  const { page } = app;
  const t = (key: string, values?: Readonly<Record<string, string>>) => text(lang, key, values);
  return {
    app,
    lang,
    page,
    t,
    go: async (section) => {
      await page().locator(`[data-section=${section}]`).click();
      await expect(
        page()
          .getByRole('heading', { level: 1, name: t(`app:nav.${section}`), exact: true })
          .or(page().getByRole('heading', { level: 1 })),
      ).toBeVisible();
    },
    choose: async (label, id, scope = 'main') => {
      const button = page().locator(scope).getByRole('button', { name: label }).first();
      await button.click();
      await page().locator(`[role=option][data-key="${id}"]`).click();
      await expect(page().locator('[role=option][data-key]')).toHaveCount(0);
    },
    press: async (name) => page().getByRole('button', { name, exact: true }).first().click(),
    shot: async (name) => {
      await page().screenshot({ path: `screenshots/${name}.png` });
    },
  };
}

/** First start on a new profile: language, name, passphrase. `environment` as in launchApp. */
export async function firstStart(
  lang: string,
  selfName: string,
  fullName: string,
  environment: Readonly<Record<string, string>> = {},
  onFolder: (folder: string) => void = () => undefined,
  folder = newProfileFolder(lang),
): Promise<Officer> {
  onFolder(folder);
  const app = await launchApp(folder, [], environment);
  const officer = officerAt(app, lang);
  const language = app.page().getByRole('button', { name: selfName, exact: true });
  await language.or(app.page().locator('input[name=fullName]')).first().waitFor();
  if (await language.isVisible()) await language.click(); // chosen before, where a first start was cut short
  await app.page().locator('input[name=fullName]').fill(fullName);
  await app.page().locator('input[name=passphrase]').fill(PASSPHRASE);
  await app.page().locator('input[name=repeat]').fill(PASSPHRASE);
  await officer.press(officer.t('unlock:create.submit'));
  await app
    .page()
    .getByRole('button', { name: officer.t('recovery:offer.later'), exact: true })
    .click({ timeout: 30_000 });
  await expect(app.page().locator('[data-section=cases]')).toBeVisible({ timeout: 30_000 });
  return officer;
}

/** Types the enrolment code and waits until the line is up. */
export async function enrolAt(officer: Officer, code: string): Promise<void> {
  await officer.go('sync');
  await officer.page().locator('input[name=code]').fill(code);
  await officer.press(officer.t('sync:enrol.submit'));
  await expect(officer.page().locator('footer')).toContainText(officer.t('app:status.online'), { timeout: 30_000 });
}

/** Waits until nothing is left to be sent. */
export async function everythingSent(officer: Officer): Promise<void> {
  await expect(officer.page().locator('footer')).toContainText(officer.t('app:status.nothingWaiting'), { timeout: 30_000 });
}
