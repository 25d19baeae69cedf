/** Every screen, in four scripts, has no violation that axe-core knows of (WCAG 2.2 AA and best practices). */
import { expect, test, type Page } from '@playwright/test';
import { violationsOf } from './axe.ts';
import { enter, lockApp, tour, type UiLanguage } from './tour.ts';

for (const lang of ['en', 'th', 'km', 'lo'] as const satisfies readonly UiLanguage[]) {
  test(`no violation on any screen in ${lang}`, async () => {
    const found: Record<string, string[]> = {};
    const look = async (page: Page, screen: string): Promise<void> => {
      const violations = await violationsOf(page);
      if (violations.length > 0) found[screen] = violations;
    };
    const app = await enter(lang, look);
    try {
      await tour(app, lang, look);
      await look(await lockApp(app), 'unlock');
      await expect(app.page().locator('html')).toHaveAttribute('lang', lang);
    } finally {
      await app.close();
    }
    expect(found).toEqual({});
  });
}
