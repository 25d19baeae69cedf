/** `npm run screenshots`: photographs every section of the demo in every complete language into screenshots/ui, and the two pictures of README. */
import { copyFileSync, mkdirSync } from 'node:fs';
import languages from '../resources/region/languages.json' with { type: 'json' };
import { hasDisplay, startVirtualDisplay } from './display.ts';
import { launchApp, newProfileFolder } from '../test/e2e/launch.ts';

const SECTIONS = ['cases', 'intel', 'briefs', 'sharing', 'contacts', 'sync', 'settings'] as const;
const PASSPHRASE = 'four synthetic words here';

const endDisplay = hasDisplay() ? () => undefined : await startVirtualDisplay();
mkdirSync('screenshots/ui', { recursive: true });
mkdirSync('docs/images', { recursive: true });
const running = await launchApp(newProfileFolder('shots'), ['--demo']);
const page = running.page();
await page.screenshot({ path: 'screenshots/ui/first-start.png' });
await page.getByRole('button', { name: 'English', exact: true }).click();
for (const name of ['passphrase', 'repeat']) await page.locator(`input[name=${name}]`).fill(PASSPHRASE);
await page.locator('input[name=fullName]').fill('Example Officer (invented)');
await page.locator('button[type=submit]').click();
await page.getByRole('button', { name: 'Later', exact: true }).click({ timeout: 30_000 });
await page.locator('[data-section=cases]').waitFor();
for (const { tag } of languages.filter((language) => language.uiComplete)) {
  await page.locator('[data-section=settings]').click();
  const picker = page.locator('main button[aria-haspopup=listbox]').first();
  await picker.click();
  await page.locator(`[role=option][data-key="${tag}"]`).click();
  await page.locator(`html[lang="${tag}"]`).waitFor();
  for (const section of SECTIONS) {
    await page.locator(`[data-section=${section}]`).click();
    const row = page.locator('[role=rowgroup] [role=row]');
    if (section === 'cases') await row.filter({ hasText: tag === 'th' ? 'ข้อมูลสมมุติ' : 'Investment group' }).click();
    if (section === 'briefs') await row.first().click();
    await page.waitForTimeout(250);
    await page.screenshot({ path: `screenshots/ui/${tag}-${section}.png` });
  }
}
copyFileSync('screenshots/ui/th-cases.png', 'docs/images/cases-th.png');
copyFileSync('screenshots/ui/en-briefs.png', 'docs/images/brief-en.png');
await running.close();
endDisplay();
