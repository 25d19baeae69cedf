import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';

/** A running Suar with its own profile folder. */
export interface RunningApp {
  readonly app: ElectronApplication;
  /** The current window; a lock replaces it. */
  readonly page: () => Page;
  readonly folder: string;
  /** The main process; known also when it has ended and the test driver has let go of it. */
  readonly main: ChildProcess;
  /** What the window wrote to its console: every warning and error. */
  readonly complaints: string[];
  readonly close: () => Promise<void>;
}

/** A new empty profile folder. */
export function newProfileFolder(name: string): string {
  return mkdtempSync(path.join(tmpdir(), `suar-${name}-`));
}

function argumentsOf(folder: string, extra: readonly string[]): string[] {
  return ['.', `--profile=${folder}`, ...extra, '--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
}

/** Starts the program of `running` once more on its profile folder, without the test driver, and waits until it ends. @returns its exit code, null where a signal ended it. */
export async function startAgain({ app, folder }: RunningApp): Promise<number | null> {
  const program = await app.evaluate(({ app: electron }) => electron.getPath('exe'));
  const [code] = (await once(spawn(program, argumentsOf(folder, []), { stdio: 'ignore', timeout: 30_000 }), 'exit')) as [number | null];
  return code;
}

/** Starts the built application on a profile folder; `environment` adds variables (src-main/lab.ts). Root needs `--no-sandbox`; another user keeps the OS sandbox. */
export async function launchApp(folder: string, extra: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Promise<RunningApp> {
  const app = await _electron.launch({ args: argumentsOf(folder, extra), timeout: 30_000, env: { ...process.env, ...environment } as Record<string, string> });
  const main = app.process();
  const complaints: string[] = [];
  let current = await app.firstWindow();
  const follow = (page: Page): void => {
    current = page;
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
  };
  follow(current);
  app.on('window', follow);
  return { app, folder, main, complaints, page: () => current, close: () => app.close() };
}

/** How long a lock may go on collecting garbage, in milliseconds. */
const COLLECTING_MS = 20_000;

/** Process ids of the windows. A lock collects garbage in main again and again, and with it the answer to a question of the driver that is under way: it is asked until one comes. */
export async function windowProcesses(app: ElectronApplication): Promise<number[]> {
  for (const end = Date.now() + COLLECTING_MS; ;) {
    try {
      return await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.webContents.getOSProcessId()));
    } catch (error) {
      if (!String(error).includes('garbage collected') || Date.now() > end) throw error;
    }
  }
}
