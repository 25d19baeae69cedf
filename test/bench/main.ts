/** A main process that only shows the bench page: the same scheme, policy, lockdown and web preferences as the app. */
import path from 'node:path';
import { app, BrowserWindow, ipcMain, MessageChannelMain, session } from 'electron';
import { JOURNAL_PORT } from '#shared/contract/ipc.ts';
import { openJournal } from '../../src-main/journal/journal.ts';
import { serveJournal } from '../../src-main/journal/serve-journal.ts';
import { APP_ORIGIN, registerAppScheme, serveBundle } from '../../src-main/security/app-protocol.ts';
import { lockDownContents, lockDownSession } from '../../src-main/security/lockdown.ts';
import { WEB_PREFERENCES } from '../../src-main/window.ts';

const profile = process.argv.find((argument) => argument.startsWith('--profile='))?.slice('--profile='.length);
if (profile) app.setPath('userData', path.resolve(profile));
registerAppScheme();
lockDownContents();
app.on('window-all-closed', () => app.quit());
/** Opens the journal of one store, as an unlock does, and hands its port to the page. */
async function sendJournal(contents: Electron.WebContents, name: string): Promise<void> {
  const folder = path.join(app.getPath('userData'), 'journals', name);
  const journal = await openJournal({ folder, key: new Uint8Array(32).fill(9), expected: false });
  const { port1, port2 } = new MessageChannelMain();
  serveJournal(port1, journal);
  port1.on('close', () => void journal.close());
  contents.postMessage(JOURNAL_PORT, null, [port2]);
}

void app.whenReady().then(() => {
  lockDownSession(session.defaultSession);
  serveBundle(session.defaultSession, path.join(import.meta.dirname, '../page'));
  const window = new BrowserWindow({ webPreferences: { ...WEB_PREFERENCES, backgroundThrottling: false, preload: path.join(import.meta.dirname, '../preload/preload.cjs') } });
  ipcMain.on('bench.journal', (event, name: string) => void sendJournal(event.sender, name));
  return window.loadURL(`${APP_ORIGIN}/`);
});
