/**
 * After a lock, the memory of every process of the application is read (Linux, as root) and searched for what the officer
 * typed (the text of a case, the passphrase, the name) and for the keys of the profile and its device, as bytes and as text. Idle, suspend and the system's own lock end the window's process alike.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { processTree } from '../lab/process-tree.ts';
import { launchApp, newProfileFolder, windowProcesses, type RunningApp } from './launch.ts';
import { secretsOf } from './profile-keys.ts';
import { text } from './texts.ts';

const CHUNK = 8 * 1024 * 1024;
const t = (key: string) => text('en', key);

/** How often each needle is found in the readable memory of a process, as UTF-8 and as UTF-16. */
function scanMemory(pid: number, needles: Readonly<Record<string, readonly Buffer[]>>): Record<string, number> {
  const found: Record<string, number> = {};
  const overlap = Math.max(...Object.values(needles).flatMap((forms) => forms.map((form) => form.length))) - 1;
  let memory: number;
  let maps: string;
  try {
    memory = openSync(`/proc/${pid}/mem`, 'r');
    maps = readFileSync(`/proc/${pid}/maps`, 'utf8');
  } catch {
    return found; // It has ended: nothing of it is left to read.
  }
  try {
    for (const line of maps.split('\n')) {
      const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) r/.exec(line) ?? [];
      const [start, end] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
      if (!from || end > Number.MAX_SAFE_INTEGER) continue;
      for (let at = start; at < end; at += CHUNK) {
        const bytes = Buffer.alloc(Math.min(CHUNK + overlap, end - at));
        let read = 0;
        try {
          read = readSync(memory, bytes, 0, bytes.length, at);
        } catch {
          break; // A mapping that cannot be read (device, guard).
        }
        const seen = bytes.subarray(0, read);
        for (const [name, forms] of Object.entries(needles))
          for (const form of forms) for (let hit = seen.indexOf(form); hit >= 0 && hit < CHUNK; hit = seen.indexOf(form, hit + 1)) found[name] = (found[name] ?? 0) + 1;
      }
    }
  } finally {
    closeSync(memory);
  }
  return found;
}

/** UTF-8 and UTF-16; made at run time from halves, so that this process's own source is no hit where it is read. */
const formsOf = (...halves: readonly string[]): readonly Buffer[] => [Buffer.from(halves.join(''), 'utf8'), Buffer.from(halves.join(''), 'utf16le')];
const typed = (...halves: readonly string[]): string => halves.join('');

/** The processes of the application, and what each is. */
function processes(app: RunningApp): { readonly pid: number; readonly kind: string }[] {
  return processTree(app.main.pid ?? 0).flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid, kind: /--type=(\S+)/.exec(command)?.[1] ?? 'main' }];
    } catch {
      return [];
    }
  });
}

function scanAll(app: RunningApp, needles: Readonly<Record<string, readonly Buffer[]>>): Record<string, number> {
  const total: Record<string, number> = {};
  for (const { pid, kind } of processes(app)) for (const [name, count] of Object.entries(scanMemory(pid, needles))) total[`${kind}: ${name}`] = (total[`${kind}: ${name}`] ?? 0) + count;
  return total;
}

/** Types as fingers do: a test driver would put the whole text into main as one message of its own. */
async function typeInto(page: Page, name: string, words: string): Promise<void> {
  await page.locator(`[name=${name}]`).click();
  await page.locator(`[name=${name}]`).pressSequentially(words);
}

async function enter(app: RunningApp, passphrase: string, title: string, name = 'Invented Officer'): Promise<void> {
  const page = app.page();
  await page.getByRole('button', { name: 'English', exact: true }).click();
  await typeInto(page, 'fullName', name);
  for (const field of ['passphrase', 'repeat']) await typeInto(page, field, passphrase);
  await page.getByRole('button', { name: t('unlock:create.submit'), exact: true }).click();
  await page.getByRole('button', { name: t('recovery:offer.later'), exact: true }).click({ timeout: 30_000 });
  await page.locator('[data-section=cases]').waitFor();
  await page
    .getByRole('button', { name: t('cases:new'), exact: true })
    .first()
    .click();
  await typeInto(page, 'title', title);
  await page
    .getByRole('button', { name: t('app:action.save'), exact: true })
    .first()
    .click();
  // Neither `expect` nor a locator: both write the element they found, text and all, into the log of the test driver, whose connection ends in main.
  await page.waitForFunction(() => document.querySelector('aside h2') !== null);
}

async function unlockAgain(app: RunningApp, passphrase: string): Promise<void> {
  const page = app.page();
  await typeInto(page, 'passphrase', passphrase);
  await page.getByRole('button', { name: t('unlock:locked.submit'), exact: true }).click();
  await page.locator('[data-section=cases]').waitFor({ timeout: 30_000 });
}

async function lockAndScan(app: RunningApp, needles: Parameters<typeof scanAll>[1]): Promise<Record<string, number>> {
  const replaced = app.app.waitForEvent('window');
  await app.app.evaluate(({ powerMonitor }) => void powerMonitor.emit('lock-screen'));
  await replaced;
  await app.page().locator('input[name=passphrase]').waitFor();
  await app.page().waitForTimeout(2000);
  return scanAll(app, needles);
}

test('after a lock no process of the application holds the case, the passphrase, a private key or the name of the officer', async () => {
  test.skip(process.platform !== 'linux' || process.getuid?.() !== 0, 'reads /proc/<pid>/mem, as root on Linux');
  const passphrase = ['zebra quartz ', 'violin harbour'] as const;
  const title = ['CANARY-IN-', 'MEMORY-7F3A91'] as const;
  const name = ['Invented ', 'Quillfeather'] as const;
  // Their ends: what is freed loses its first bytes to the allocator.
  const words = { passphrase: formsOf(passphrase[1]), title: formsOf(title[1]), fullName: formsOf(name[1]) };
  const app = await launchApp(newProfileFolder('memory'));
  try {
    await enter(app, typed(...passphrase), typed(...title), typed(...name));
    const keys = (await secretsOf(app.folder, typed(...passphrase))) ?? {};
    const needles = { ...words, ...Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, [key.subarray(key.length / 2)]])) };
    const before = scanAll(app, needles);
    console.log('unlocked:', JSON.stringify(before));
    // The reading finds what is there, or finding nothing later would say nothing.
    expect(before['renderer: title'] ?? 0).toBeGreaterThan(0);
    // The keys of a profile just made come from OpenSSL, those of one that is opened from its file.
    for (const state of ['made', 'opened']) {
      if (state === 'opened') await unlockAgain(app, typed(...passphrase));
      const after = await lockAndScan(app, needles);
      console.log(
        `${state}, then locked:`,
        JSON.stringify(after),
        processes(app)
          .map(({ kind }) => kind)
          .join(' '),
      );
      expect(after).toEqual({});
    }
  } finally {
    await app.close();
  }
});

test('what a field sent to main at every key is overwritten there by a lock', async () => {
  test.skip(process.platform !== 'linux' || process.getuid?.() !== 0, 'reads /proc/<pid>/mem, as root on Linux');
  const start = ['CANARY-AT-', 'EVERY-KEY-51D7C3'] as const;
  const inMain = (found: Record<string, number>) => found['main: start'] ?? 0;
  const app = await launchApp(newProfileFolder('every-key'));
  try {
    await enter(app, 'four synthetic words here', 'A synthetic case');
    const page = app.page();
    await page
      .getByRole('button', { name: t('cases:new'), exact: true })
      .first()
      .click();
    await typeInto(page, 'title', `${typed(...start)}${' and some more letters'.repeat(6)}`);
    const needles = { start: formsOf(start[1]) };
    const before = inMain(scanAll(app, needles));
    const after = inMain(await lockAndScan(app, needles));
    console.log(`copies in main: ${before} while typing, ${after} after the lock`);
    expect(before).toBeGreaterThan(20);
    // A place that was taken again before the lock, and written in part, keeps the rest of what it held: it is in use and cannot be overwritten.
    expect(after).toBeLessThanOrEqual(before / 10);
  } finally {
    await app.close();
  }
});

for (const event of ['suspend', 'lock-screen'] as const)
  test(`${event} of the system ends the window's process and asks for the passphrase`, async () => {
    const app = await launchApp(newProfileFolder(event));
    try {
      await enter(app, 'four synthetic words here', 'A synthetic case');
      const renderers = () =>
        processes(app)
          .filter(({ kind }) => kind === 'renderer')
          .map(({ pid }) => pid);
      const [old = 0] = await windowProcesses(app.app);
      expect(renderers()).toContain(old);
      const replaced = app.app.waitForEvent('window');
      await app.app.evaluate(({ powerMonitor }, name) => void powerMonitor.emit(name), event);
      await replaced;
      await app.page().locator('input[name=passphrase]').waitFor();
      await expect.poll(renderers, { timeout: 10_000 }).not.toContain(old);
      expect(await app.page().evaluate(() => window.suar.invoke('link.pull', { cursor: '', limit: 1 }))).toEqual({ ok: false, error: { code: 'locked' } });
    } finally {
      await app.close();
    }
  });
