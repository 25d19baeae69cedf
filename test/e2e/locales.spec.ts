/** Languages in the real application: what its own engine formats, a live switch with the menu, nothing clipped, nothing left in English. */
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { build } from 'vite';
import { createFmt } from '../../src-renderer/i18n/fmt.ts';
import { FMT_LOCALES } from '../../src-renderer/i18n/intl-tables.ts';
import { windowProcesses } from './launch.ts';
import { enter, lockApp, tour, UI_LANGUAGES, type UiLanguage } from './tour.ts';
import { text } from './texts.ts';

const LANGUAGES = Object.keys(UI_LANGUAGES) as UiLanguage[];
const nothing = () => Promise.resolve();

/** Everything the facade writes, from one value each; the unit test holds these against a table written by hand. */
function sample(make: typeof createFmt, locale: string): Record<string, string> {
  const fmt = make(locale);
  const native = make(locale, { digits: 'native' });
  return {
    day: fmt.day('2026-11-05'),
    dayShort: fmt.dayShort('2026-11-05'),
    time: fmt.time('14:05'),
    dateTime: fmt.dateTime('2026-11-05T19:35:00Z', 'Asia/Yangon'),
    kiritimati: fmt.dateTimeShort('2026-11-05T19:35:00Z', 'Pacific/Kiritimati'),
    number: fmt.number(1234567.5),
    money: fmt.money({ value: '1234.50', currency: 'THB' }),
    ago: fmt.relative(7_200_000),
    duration: fmt.duration(7500),
    list: fmt.list(['A', 'B', 'C']),
    country: fmt.country('KH'),
    bytes: fmt.bytes(1_250_000_000),
    plurals: [0, 1, 2, 3, 4, 5, 6, 9, 10, 1_000_000].map(fmt.plural).join(' '),
    nativeDay: native.day('2026-11-05'),
    nativeMoney: native.money({ value: '250000', currency: 'MMK' }),
    order: ['E-10', 'E-9', 'ຂ', 'ກ', 'ເກ'].toSorted(fmt.compare).join(' '),
  };
}

/** The facade as one script that leaves `createFmt` on `window`. */
async function facadeScript(): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, target: 'chrome130', lib: { entry: path.resolve('src-renderer/i18n/fmt.ts'), formats: ['iife'], name: 'suarFmt' } },
  });
  const [first] = Array.isArray(output) ? output : [output];
  const chunk = first && 'output' in first ? first.output.find((part) => part.type === 'chunk') : undefined;
  if (!chunk || !('code' in chunk)) throw new Error('no script was built');
  return `${chunk.code}\nglobalThis.suarFmt = suarFmt;`;
}

test('the engine of the application writes dates, numbers, money, lists and plurals as the golden table says, in 13 languages', async () => {
  const app = await enter('en', nothing);
  try {
    await app.page().evaluate(await facadeScript());
    const body = sample.toString();
    const inWindow = (await app
      .page()
      .evaluate(`(() => { const sample = ${body}; return Object.fromEntries(${JSON.stringify(FMT_LOCALES)}.map((locale) => [locale, sample(globalThis.suarFmt.createFmt, locale)])); })()`)) as Record<
      string,
      Record<string, string>
    >;
    expect(inWindow).toEqual(Object.fromEntries(FMT_LOCALES.map((locale) => [locale, sample(createFmt, locale)])));
    expect(inWindow['th']?.['day']).toBe('5 พฤศจิกายน พ.ศ.\u00a02569');
    expect(inWindow['lo']?.['day']).toBe('5 ພະຈິກ 2026');
    expect(inWindow['km']?.['money']).toBe('1,234.50\u00a0THB');
    expect(inWindow['fil']?.['plurals']).toBe('one one one one other one other other one one');
  } finally {
    await app.close();
  }
});

test('the language changes at once, in the window and in the application menu, without a restart', async () => {
  const app = await enter('en', nothing);
  const page = app.page();
  try {
    const pids = await windowProcesses(app.app);
    await page.locator('[data-section=settings]').click();
    let current: UiLanguage = 'en';
    for (const lang of [...LANGUAGES.filter((one) => one !== 'en'), 'en'] as UiLanguage[]) {
      await page
        .locator('main')
        .getByRole('button', { name: text(current, 'settings:language.interface') })
        .first()
        .click();
      await page.locator(`[role=option][data-key="${lang}"]`).click();
      await expect(page.locator('html')).toHaveAttribute('lang', lang);
      await expect(page.locator('[data-section=cases]')).toContainText(text(lang, 'app:nav.cases'));
      await expect(page.locator('footer')).toContainText(text(lang, 'app:status.notEnrolled'));
      await expect
        .poll(() => app.app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.items.map(({ label }) => label) ?? []))
        .toEqual(['file', 'edit', 'view', 'help'].map((key) => text(lang, `menu:${key}`)));
      const labels = await app.app.evaluate(({ Menu }) => (Menu.getApplicationMenu()?.items ?? []).flatMap(({ submenu }) => submenu?.items.map(({ label }) => label) ?? []));
      expect(labels).toEqual(expect.arrayContaining(['newCase', 'import', 'lock', 'quit', 'undo', 'copy', 'palette', 'zoomIn', 'fullScreen', 'shortcuts'].map((key) => text(lang, `menu:${key}`))));
      current = lang;
    }
    expect(await windowProcesses(app.app)).toEqual(pids);
  } finally {
    await app.close();
  }
});

/** Buttons, headings, labels and cells whose text does not fit their box from top to bottom. */
function clipped(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, h1, h2, h3, label, legend, th, td, [role=gridcell], [role=columnheader], [role=option], dt, dd, nav a, footer span')]
      .filter((element) => element.clientHeight > 0 && element.checkVisibility() && !element.className.includes('hidden') && element.scrollHeight > element.clientHeight + 1)
      .map((element) => `${element.tagName} ${element.scrollHeight} > ${element.clientHeight}: ${element.innerText.slice(0, 60)}`),
  );
}

/** Visible text nodes that hold Latin words and no letter of the script, outside what is marked as another language. */
function leftovers(page: Page, script: string): Promise<string[]> {
  return page.evaluate((name) => {
    const own = new RegExp(`\\p{Script=${name}}`, 'u');
    const known = /^(suar|stix|misp|tlp(:[a-z+]+)?|ctrl|home|end|json|ncb|clear|green|amber|red|strict|invented officer|interpol|kb|mb|utc|f1)$/i;
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      const content = node.textContent?.trim() ?? '';
      if (!parent?.checkVisibility() || parent.closest('script, style, bdi, [data-tlp], [translate=no]') || own.test(content)) continue;
      const lang = parent.closest('[lang]')?.getAttribute('lang');
      if (lang && lang !== document.documentElement.lang) continue;
      const words = (content.match(/[A-Za-z]{3,}/g) ?? []).filter((word) => !known.test(word));
      if (words.length > 0 && !known.test(content)) found.push(content.slice(0, 80));
    }
    return [...new Set(found)];
  }, script);
}

/** Names that a screen shows as they were written: files, the officer, the fixture's own words. */
const DATA = /stix-2\.1-bundle\.json|Invented Officer|malware--|campaign--|relationship--|tool--/;
const SCRIPTS: Partial<Record<UiLanguage, string>> = { lo: 'Lao', th: 'Thai', km: 'Khmer' };

for (const lang of LANGUAGES) {
  test(`every screen in ${lang}: no text is cut, and none is left in English`, async () => {
    const problems: Record<string, string[]> = {};
    const look = async (page: Page, screen: string): Promise<void> => {
      const script = screen === 'first start' ? undefined : SCRIPTS[lang];
      const found = [...(await clipped(page)), ...(script ? (await leftovers(page, script)).filter((entry) => !DATA.test(entry)) : [])];
      if (found.length > 0) problems[screen] = found;
    };
    const app = await enter(lang, look);
    try {
      await tour(app, lang, look);
      await look(await lockApp(app), 'unlock');
    } finally {
      await app.close();
    }
    expect(problems).toEqual({});
  });
}
