import path from 'node:path';
import { app, MessageChannelMain, powerMonitor, session, type BrowserWindow } from 'electron';
import { JOURNAL_PORT, type IpcEvent, type IpcEvents } from '#shared/contract/ipc.ts';
import { createBackupDesk } from './backup/backup-desk.ts';
import { armLab } from './lab.ts';
import { createHandlers } from './ipc/handlers.ts';
import { registerIpc } from './ipc/register.ts';
import { serveJournal } from './journal/serve-journal.ts';
import { showMenu } from './menu.ts';
import { openPreferences } from './preferences.ts';
import { openProfiles } from './profiles.ts';
import { registerAppScheme, serveBundle } from './security/app-protocol.ts';
import { lockDownContents, lockDownSession } from './security/lockdown.ts';
import { prepareWipe, wipeMemory } from './security/wipe-memory.ts';
import { createWindow } from './window.ts';

const profileArgument = process.argv.find((argument) => argument.startsWith('--profile='))?.slice('--profile='.length);
if (profileArgument) app.setPath('userData', path.resolve(profileArgument));
app.setPath('crashDumps', path.join(app.getPath('userData'), 'no-dumps'));
app.commandLine.appendSwitch('disable-features', 'SpareRendererForSitePerProcess');
// A packaged application answers to no debugger: it would read what the officer reads. No fuse covers these switches.
if (app.isPackaged && ['remote-debugging-port', 'remote-debugging-pipe', 'remote-allow-origins'].some((name) => app.commandLine.hasSwitch(name))) app.exit(1);
// The window asks no name server anything; main's own connection to the hub does not go through Chromium.
app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
prepareWipe();
registerAppScheme();
lockDownContents();
armLab(app.isPackaged);

/** When main's heap is overwritten after a lock, in milliseconds: what a call still running refers to goes with the later ones. */
const WIPES_MS = [0, 1000, 1500, 5000] as const;
/** The window writes a draft 300 ms after the last key; a lock by hand lets it. */
const DRAFT_MS = 350;

/** Composes the application once Electron is ready. */
function start(): void {
  let window: BrowserWindow | undefined;
  let idle: NodeJS.Timeout | undefined;

  const send = <E extends IpcEvent>(event: E, payload: IpcEvents[E]): void => {
    if (window && !window.isDestroyed()) window.webContents.send(event, payload);
  };
  const preferences = openPreferences(app.getPath('userData'));
  const profiles = openProfiles(app.getPath('userData'), {
    onStatus: (status) => send('link.changed', status),
    onWake: () => send('link.wake', null),
    onVaultProgress: (progress) => send('vault.progress', progress),
    onTransfers: (list) => send('content.changed', list),
  });

  const backups = createBackupDesk({ profiles, window: () => window, onProgress: (progress) => send('backup.progress', progress) });

  /** Zeroes the keys; what the officer preferred goes with them. */
  const forget = (): void => {
    backups.cancel();
    profiles.lock();
    preferences.follow(undefined);
    refreshMenu();
    for (const delayMs of WIPES_MS) setTimeout(wipeMemory, delayMs);
  };
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
      forget();
      openWindow();
      opened.destroy();
    });
  };
  /** Locking ends the window's process, so nothing it decrypted stays in memory, and opens a new one at the passphrase. */
  const lock = (removed = false): void => {
    clearTimeout(idle);
    if (!profiles.current() && !removed) return;
    forget();
    const old = window;
    openWindow();
    old?.destroy();
  };
  const touch = (): void => {
    clearTimeout(idle);
    idle = setTimeout(() => lock(), preferences.get().autoLockMinutes * 60_000);
  };
  const connectJournal = (): void => {
    const journal = profiles.current()?.journal();
    if (!journal || !window || window.isDestroyed()) return;
    const { port1, port2 } = new MessageChannelMain();
    serveJournal(port1, journal, backups.requests);
    window.webContents.postMessage(JOURNAL_PORT, null, [port2]);
  };
  const refreshMenu = (): void => showMenu(preferences.get().locale || 'en', (command) => (command === 'lock' ? setTimeout(() => lock(), DRAFT_MS) : send('menu.command', command)));

  // Started twice, it is the same one: its window comes to the front.
  app.on('second-instance', () => {
    if (window?.isMinimized()) window.restore();
    window?.show();
    window?.focus();
  });
  lockDownSession(session.defaultSession);
  serveBundle(session.defaultSession, path.join(import.meta.dirname, '../renderer'));
  registerIpc(createHandlers({ profiles, preferences, backups, window: () => window, lock, touch, connectJournal, onPreferences: refreshMenu }), () => window?.webContents);
  for (const event of ['suspend', 'lock-screen'] as const) powerMonitor.on(event as 'suspend', () => lock());
  refreshMenu();
  openWindow();
}

if (app.requestSingleInstanceLock()) {
  app.on('window-all-closed', () => app.quit());
  void app.whenReady().then(start);
} else {
  app.quit();
}
