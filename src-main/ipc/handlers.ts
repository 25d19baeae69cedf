import { app, type BrowserWindow } from 'electron';
import { err } from '#shared/base/result.ts';
import { hasKeychain } from '../keys/keychain.ts';
import type { Link } from '../link/link.ts';
import { pickFile } from '../intake/pick-file.ts';
import { createEvidenceHandlers } from './evidence-handlers.ts';
import type { PreferenceFile } from '../preferences.ts';
import type { Profile } from '../profile.ts';
import type { IpcHandlers } from './register.ts';

/** What the handlers act on. */
export interface HandlerContext {
  readonly profile: Profile;
  readonly preferences: PreferenceFile;
  readonly window: () => BrowserWindow | undefined;
  readonly lock: () => void;
  /** Input happened: the idle clock starts again. */
  readonly touch: () => void;
  readonly onPreferences: () => void;
}

const LOCKED = err({ code: 'locked' } as const);

/** One handler per channel of the contract. */
export function createHandlers(context: HandlerContext): IpcHandlers {
  const { profile, preferences } = context;
  const linked = <T>(run: (link: Link) => T): T | typeof LOCKED => {
    const link = profile.link();
    return link ? run(link) : LOCKED;
  };
  const status = (run: (link: Link) => ReturnType<Link['status']>) => {
    const link = profile.link();
    if (!link) throw new Error('locked');
    return run(link);
  };
  return {
    'app.state': () => ({
      version: app.getVersion(),
      profile: profile.state(),
      preferences: preferences.get(),
      systemLocales: app.getPreferredSystemLanguages(),
      waitSeconds: profile.waitSeconds(),
      keychain: hasKeychain(),
      demo: process.argv.includes('--demo'),
    }),
    'app.preferences': (next) => {
      const saved = preferences.set(next);
      context.onPreferences();
      return saved;
    },
    'profile.create': ({ passphrase, fullName }) => profile.create(passphrase, fullName),
    'profile.unlock': ({ passphrase }) => profile.unlock(passphrase),
    'profile.lock': () => {
      context.lock();
      return null;
    },
    'profile.activity': () => {
      context.touch();
      return null;
    },
    'link.status': () => status((link) => link.status()),
    'link.enrol': ({ code }) => linked((link) => link.enrol(code)),
    'link.pause': ({ paused }) => status((link) => link.pause(paused)),
    'link.retry': () => status((link) => link.retry()),
    'link.directory': () => linked((link) => link.directory()),
    'link.admit': ({ device, code }) => linked((link) => link.admit(device, code)),
    'link.pull': (request) => linked((link) => link.pull(request)),
    'link.push': (request) => linked((link) => link.push(request)),
    'release.sign': (request) => linked((link) => link.signRelease(request)),
    'release.mandate': (request) => linked((link) => link.signMandate(request)),
    'intake.pick': () => {
      const window = context.window();
      return window ? pickFile(window) : LOCKED;
    },
    ...createEvidenceHandlers(context),
  };
}
