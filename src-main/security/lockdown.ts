import { app, type Session, type WebContents } from 'electron';
import { APP_ORIGIN } from './app-protocol.ts';

/** Denies every permission and every request that leaves `app://`; the window has no network of its own. */
export function lockDownSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((details, answer) => {
    const url = details.url;
    answer({ cancel: !(url.startsWith(`${APP_ORIGIN}/`) || url.startsWith('data:image/') || url.startsWith(`blob:${APP_ORIGIN}`) || url.startsWith('devtools:')) });
  });
  session.on('will-download', (event) => event.preventDefault());
}

/** Refuses navigation, new windows and embedded views, in every web contents that is ever made. */
export function lockDownContents(): void {
  app.on('web-contents-created', (_event, contents: WebContents) => {
    contents.on('will-navigate', (event) => event.preventDefault());
    contents.on('will-frame-navigate', (event) => event.preventDefault());
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}
