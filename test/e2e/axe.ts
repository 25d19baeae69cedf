import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';

/** The part of axe-core's answer that is read here. */
interface AxeAnswer {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[] }[];
}
interface AxeWindow {
  readonly axe: { readonly run: (root: Document, options: object) => Promise<AxeAnswer> };
}

const { resolve } = createRequire(import.meta.url);
// Injected by automation, which the policy does not stop; the page itself could not load it.
const AXE = readFileSync(resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong on the page as it stands (WCAG 2.2 AA and best practices), one line an element. */
export async function violationsOf(page: Page): Promise<string[]> {
  // Half faded in, every colour is too weak.
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))).then(() => undefined));
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  return page.evaluate(async () => {
    const options = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] };
    const { violations } = await (window as unknown as AxeWindow).axe.run(document, options);
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${(failureSummary ?? '').slice(0, 200)}`));
  });
}
