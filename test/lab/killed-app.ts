import { launchApp, type RunningApp } from '../e2e/launch.ts';
import { PASSPHRASE } from '../e2e/officer.ts';
import { text } from '../e2e/texts.ts';
import { CANARY, readTitles, titleOf, type AckLog } from './ack-log.ts';
import { endTree } from './process-tree.ts';

/** A running application the lab writes to as an officer would, and kills. */
export interface KilledApp {
  readonly running: RunningApp;
  /** Whether the store was made again at this start. */
  readonly isRebuilt: () => boolean;
  /** Whether an opening before this one ended in the notice that the store was altered, so that the officer unlocked twice. */
  readonly isSecondOpening: boolean;
  /** Writes a version of a case, the first into a new one, and waits for the answer; logs what was asked and what was acknowledged. Answers the sentence the officer reads where it was not, whose form stays open: `again` saves that. */
  readonly write: (record: string, version: number, again?: boolean) => Promise<string | undefined>;
  /** Opens a case and waits until it is shown; logs both. Rejects where it is not acknowledged. */
  readonly insert: (record: string) => Promise<void>;
  /** Changes the title of the case that is open. */
  readonly edit: (record: string, version: number) => Promise<void>;
  /** Records and versions shown for one life. */
  readonly shown: (life: string) => Promise<{ readonly record: string; readonly version: number }[]>;
  /** Whether the officer is told that the store was altered and that the next unlock makes it again. */
  readonly isToldOfDamage: () => Promise<boolean>;
  /** Kills the whole process tree with SIGKILL and waits until it is gone. */
  readonly kill: () => Promise<void>;
}

const LANG = 'en';
/** Longest an answer to a save may take, in milliseconds. */
const ANSWER_MS = 30_000;
const label = (key: string) => text(LANG, key);

/** What became of a passphrase: the store is open, perhaps made again (and the page that says so was read and left), or the sentence that was shown. */
export type Unlocking = { readonly isRebuilt: boolean } | { readonly sentence: string };

/** Types the passphrase of a locked profile; a kill while unlocking counts as a try, so it may have to wait first. */
export async function unlock(running: RunningApp, submitted: () => void = () => undefined): Promise<Unlocking> {
  const page = running.page();
  await page.locator('input[name=passphrase]').waitFor({ timeout: 30_000 });
  const { officers } = await page.evaluate(() => window.suar.invoke('app.state', {}));
  await new Promise((resolve) => setTimeout(resolve, (officers[0]?.waitSeconds ?? 0) * 1000));
  await page.locator('input[name=passphrase]').fill(PASSPHRASE);
  await page.getByRole('button', { name: label('unlock:locked.submit'), exact: true }).click();
  submitted();
  const cases = page.locator('[data-section=cases]');
  const goOn = page.getByRole('button', { name: label('rebuild:continue'), exact: true });
  const refusal = page.getByRole('alert');
  await cases.or(goOn).or(refusal).first().waitFor({ timeout: 30_000 });
  const isRebuilt = await goOn.isVisible();
  if (!isRebuilt && (await refusal.isVisible())) return { sentence: (await refusal.innerText()).trim() };
  if (isRebuilt) await goOn.click();
  await cases.click({ timeout: 30_000 });
  return { isRebuilt };
}

/** The application at work; `log` notes what it is asked and what it acknowledges. */
export function drive(running: RunningApp, log: AckLog, isRebuilt = () => false, isSecondOpening = false): KilledApp {
  const page = running.page();
  const press = (key: string) =>
    page
      .getByRole('button', { name: label(key), exact: true })
      .first()
      .click();
  const write = async (record: string, version: number, again = false): Promise<string | undefined> => {
    if (!again) await press(version === 1 ? 'cases:new' : 'app:action.edit');
    await page.locator('input[name=title]').fill(titleOf(record, version));
    const refusal = page.locator('form').getByRole('alert');
    const earlier = (await refusal.isVisible()) ? await refusal.elementHandle() : null;
    log.note({ op: 'asked', record, version });
    await press('app:action.save');
    await earlier?.waitForElementState('hidden');
    const shown = page
      .locator('aside')
      .getByRole('heading', { name: titleOf(record, version), exact: true })
      .first();
    try {
      await shown.or(refusal).first().waitFor({ timeout: ANSWER_MS });
    } catch (error) {
      throw new Error(`${record} v${version} had no answer; the window shows: ${await page.locator('body').innerText()}`, { cause: error });
    }
    if (!(await shown.isVisible())) return (await refusal.innerText()).trim();
    log.note({ op: 'acknowledged', record, version });
    return undefined;
  };
  const acknowledged = async (record: string, version: number): Promise<void> => {
    const sentence = await write(record, version);
    if (sentence !== undefined) throw new Error(`${record} v${version}: ${sentence}`);
  };
  return {
    running,
    isRebuilt,
    isSecondOpening,
    write,
    insert: (record) => acknowledged(record, 1),
    edit: acknowledged,
    shown: async (life) => {
      await page.locator('main input[type=search]').fill(`${CANARY}-${life}-`);
      return readTitles(await page.locator('[role=rowgroup] [role=row]').allTextContents());
    },
    isToldOfDamage: () => page.getByText(label('rebuild:altered.text')).isVisible(),
    kill: async () => {
      const { main } = running;
      const ended = new Promise<void>((resolve) => (main.exitCode === null && main.signalCode === null ? main.once('exit', () => resolve()) : resolve()));
      if (main.pid !== undefined) endTree(main.pid);
      await ended;
    },
  };
}

/** Starts the application again on its profile and unlocks it; `submitted` runs when the passphrase is on its way. Rejects where it does not open. */
export async function reopen(
  folder: string,
  log: AckLog,
  {
    submitted = () => undefined,
    environment = {},
    isAgain = false,
  }: { readonly submitted?: (app: KilledApp) => void; readonly environment?: Readonly<Record<string, string>>; readonly isAgain?: boolean } = {},
): Promise<KilledApp> {
  let isRebuilt = false;
  const app = drive(await launchApp(folder, [], environment), log, () => isRebuilt, isAgain);
  try {
    const unlocking = await unlock(app.running, () => submitted(app));
    if (!('sentence' in unlocking)) ({ isRebuilt } = unlocking);
    else if (isAgain || !unlocking.sentence.includes(label('rebuild:altered.text'))) throw new Error(unlocking.sentence);
    else {
      // Damage where nothing was read before the list was up: the officer does what the sentence says.
      await app.kill();
      return await reopen(folder, log, { submitted, environment, isAgain: true });
    }
  } catch (error) {
    await app.kill();
    throw error;
  }
  return app;
}
