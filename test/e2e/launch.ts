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
  /** What the window wrote to its console: every warning and error. */
  readonly complaints: string[];
  readonly close: () => Promise<void>;
}

/** A new empty profile folder. */
export function newProfileFolder(name: string): string {
  return mkdtempSync(path.join(tmpdir(), `suar-${name}-`));
}

/** Starts the built application on a profile folder; `environment` adds variables (src-main/lab.ts). Root needs `--no-sandbox`; another user keeps the OS sandbox. */
export async function launchApp(folder: string, extra: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Promise<RunningApp> {
  const args = ['.', `--profile=${folder}`, ...extra, '--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
  const app = await _electron.launch({ args, timeout: 30_000, env: { ...process.env, ...environment } as Record<string, string> });
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
  return { app, folder, complaints, page: () => current, close: () => app.close() };
}
