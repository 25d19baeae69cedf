/** The one window: how its dialogs close, when its forms show, and what a second start does. */
import { expect, test } from '@playwright/test';
import { launchApp, newProfileFolder, startAgain } from './launch.ts';
import { text } from './texts.ts';
import { enter, sendCommand } from './tour.ts';

test('Escape closes a dialog before the focus has reached it', async () => {
  const app = await enter('en', () => Promise.resolve());
  try {
    for (const command of ['palette', 'shortcuts']) {
      await sendCommand(app, command);
      await expect(app.page().getByRole('dialog')).toBeVisible();
      await app.page().evaluate(() => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })));
      await expect(app.page().getByRole('dialog')).toHaveCount(0);
    }
  } finally {
    await app.close();
  }
});

test('started twice, it shows the window it has', async () => {
  const first = await launchApp(newProfileFolder('twice'));
  const isVisible = () => first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isVisible()));
  try {
    await expect.poll(isVisible).toEqual([true]);
    await first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
    await expect.poll(isVisible).toEqual([false]);
    expect(await startAgain(first)).toBe(0);
    await expect.poll(isVisible).toEqual([true]);
  } finally {
    await first.close();
  }
});

test('a form shows with what was kept of it, never empty before: typed letters would run into it', async () => {
  const app = await enter('en', () => Promise.resolve());
  try {
    const page = app.page();
    await page.locator('[data-section=cases]').click();
    await page
      .getByRole('button', { name: text('en', 'cases:new'), exact: true })
      .first()
      .click();
    await page.locator('input[name=title]').fill('Kept draft');
    await page.locator('[data-section=briefs]').click();
    await expect(page.locator('input[name=title]')).toHaveCount(0);
    await page.evaluate(() => {
      const shown: string[] = [];
      Object.assign(window, { shown });
      new MutationObserver(() => {
        for (const field of document.querySelectorAll<HTMLInputElement>('input[name=title]')) shown.push(field.value);
      }).observe(document.body, { childList: true, subtree: true });
    });
    await page.locator('[data-section=cases]').click();
    const field = page.locator('input[name=title]');
    if ((await field.count()) === 0)
      await page
        .getByRole('button', { name: text('en', 'cases:new'), exact: true })
        .first()
        .click();
    await expect(field).toHaveValue('Kept draft');
    const shown = await page.evaluate(() => (window as unknown as { readonly shown: readonly string[] }).shown);
    expect([...new Set(shown)]).toEqual(['Kept draft']);
  } finally {
    await app.close();
  }
});
