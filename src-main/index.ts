import path from 'node:path';
import { app, powerMonitor, session, type BrowserWindow } from 'electron';
import type { IpcEvent, IpcEvents } from '#shared/contract/ipc.ts';
import { createHandlers } from './ipc/handlers.ts';
import { registerIpc } from './ipc/register.ts';
import { showMenu } from './menu.ts';
import { openPreferences } from './preferences.ts';
import { openProfile } from './profile.ts';
import { registerAppScheme, serveBundle } from './security/app-protocol.ts';
import { lockDownContents, lockDownSession } from './security/lockdown.ts';
import { createWindow } from './window.ts';

const profileArgument = process.argv.find((argument) => argument.startsWith('--profile='))?.slice('--profile='.length);
if (profileArgument) app.setPath('userData', path.resolve(profileArgument));
app.setPath('crashDumps', path.join(app.getPath('userData'), 'no-dumps'));
app.commandLine.appendSwitch('disable-features', 'SpareRendererForSitePerProcess');
// A packaged application answers to no debugger: it would read what the officer reads. No fuse covers these switches.
if (app.isPackaged && ['remote-debugging-port', 'remote-debugging-pipe', 'remote-allow-origins'].some((name) => app.commandLine.hasSwitch(name))) app.exit(1);
// The window asks no name server anything; main's own connection to the hub does not go through Chromium.
app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
registerAppScheme();
lockDownContents();

/** The window writes a draft 300 ms after the last key; a lock by hand lets it. */
const DRAFT_MS = 350;

/** Composes the application once Electron is ready. */
function start(): void {
  const folder = path.join(app.getPath('userData'), 'profile');
  let window: BrowserWindow | undefined;
  let idle: NodeJS.Timeout | undefined;

  const send = <E extends IpcEvent>(event: E, payload: IpcEvents[E]): void => {
    if (window && !window.isDestroyed()) window.webContents.send(event, payload);
  };
  const preferences = openPreferences(app.getPath('userData'));
  const profile = openProfile(folder, { onStatus: (status) => send('link.changed', status), onWake: () => send('link.wake', null), onVaultProgress: (progress) => send('vault.progress', progress) });

  const openWindow = (): void => {
    const opened = createWindow();
    window = opened;
    // A lock opens the next window before it ends this one.
    opened.on('closed', () => {
      if (window === opened) window = undefined;
    });
    // A window whose process ended shows nothing any more: begin again at the passphrase; what was saved is on disk.
    opened.webContents.on('render-process-gone', () => {
      if (window !== opened) return;
      profile.lock();
      openWindow();
      opened.destroy();
    });
  };
  /** Locking ends the window's process, so nothing it decrypted stays in memory, and opens a new one at the passphrase. */
  const lock = (): void => {
    clearTimeout(idle);
    if (profile.state() !== 'unlocked') return;
    profile.lock();
    const old = window;
    openWindow();
    old?.destroy();
  };
  const touch = (): void => {
    clearTimeout(idle);
    idle = setTimeout(lock, preferences.get().autoLockMinutes * 60_000);
  };
  const refreshMenu = (): void => showMenu(preferences.get().locale || 'en', (command) => (command === 'lock' ? setTimeout(lock, DRAFT_MS) : send('menu.command', command)));

  lockDownSession(session.defaultSession);
  serveBundle(session.defaultSession, path.join(import.meta.dirname, '../renderer'));
  registerIpc(createHandlers({ profile, preferences, window: () => window, lock, touch, onPreferences: refreshMenu }), () => window?.webContents);
  for (const event of ['suspend', 'lock-screen'] as const) powerMonitor.on(event as 'suspend', lock);
  refreshMenu();
  openWindow();
}

if (app.requestSingleInstanceLock()) {
  app.on('window-all-closed', () => app.quit());
  void app.whenReady().then(start);
} else {
  app.quit();
}
