/** A main process that only shows the bench page: the same scheme, policy, lockdown and web preferences as the app. */
import path from 'node:path';
import { app, BrowserWindow, session } from 'electron';
import { APP_ORIGIN, registerAppScheme, serveBundle } from '../../src-main/security/app-protocol.ts';
import { lockDownContents, lockDownSession } from '../../src-main/security/lockdown.ts';
import { WEB_PREFERENCES } from '../../src-main/window.ts';

const profile = process.argv.find((argument) => argument.startsWith('--profile='))?.slice('--profile='.length);
if (profile) app.setPath('userData', path.resolve(profile));
registerAppScheme();
lockDownContents();
app.on('window-all-closed', () => app.quit());
void app.whenReady().then(() => {
  lockDownSession(session.defaultSession);
  serveBundle(session.defaultSession, path.join(import.meta.dirname, '../page'));
  const window = new BrowserWindow({ webPreferences: { ...WEB_PREFERENCES, backgroundThrottling: false } });
  return window.loadURL(`${APP_ORIGIN}/`);
});
