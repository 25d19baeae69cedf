/** The one window: how its dialogs close, and what a second start does. */
import { expect, test } from '@playwright/test';
import { launchApp, newProfileFolder } from './launch.ts';
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
  const folder = newProfileFolder('twice');
  const first = await launchApp(folder);
  const isVisible = () => first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isVisible()));
  try {
    await expect.poll(isVisible).toEqual([true]);
    await first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
    await expect.poll(isVisible).toEqual([false]);
    await expect(launchApp(folder)).rejects.toThrow('closed');
    await expect.poll(isVisible).toEqual([true]);
  } finally {
    await first.close();
  }
});
