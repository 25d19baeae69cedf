import { app, type BrowserWindow } from 'electron';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { OpenedProfile, Unlocked } from '#shared/contract/ipc.ts';
import type { BackupDesk } from '../backup/backup-desk.ts';
import { hasKeychain } from '../keys/keychain.ts';
import type { Link } from '../link/link.ts';
import { saveChosen } from '../save-file.ts';
import { pickFile } from '../intake/pick-file.ts';
import { createContentHandlers } from './content-handlers.ts';
import { createCourierHandlers } from './courier-handlers.ts';
import { createEvidenceHandlers } from './evidence-handlers.ts';
import type { PreferenceFile } from '../preferences.ts';
import type { Profiles } from '../profiles.ts';
import { pickSheets, saveSheet } from '../recovery-files.ts';
import type { IpcHandlers } from './register.ts';

/** What the handlers act on. */
export interface HandlerContext {
  readonly profiles: Profiles;
  readonly preferences: PreferenceFile;
  readonly backups: BackupDesk;
  readonly window: () => BrowserWindow | undefined;
  /** `removed`: the profile is gone already, but its window is not. */
  readonly lock: (removed?: boolean) => void;
  /** Gives the window the port of the journal just opened. */
  readonly connectJournal: () => void;
  /** Input happened: the idle clock starts again. */
  readonly touch: () => void;
  readonly onPreferences: () => void;
}

const LOCKED = err({ code: 'locked' } as const);

/** One handler per channel of the contract. */
export function createHandlers(context: HandlerContext): IpcHandlers {
  const { profiles, preferences, backups } = context;
  const linked = <T>(run: (link: Link) => T): T | typeof LOCKED => {
    const link = profiles.current()?.link();
    return link ? run(link) : LOCKED;
  };
  const status = (run: (link: Link) => ReturnType<Link['status']>) => {
    const link = profiles.current()?.link();
    if (!link) throw new Error('locked');
    return run(link);
  };
  /** From unlock to lock the officer's preferences stand over the laptop's, in the window and in the menu. */
  const opened = (answer: Result<OpenedProfile, AppError>): Result<Unlocked, AppError> => {
    if (!answer.ok) return answer;
    preferences.follow(profiles.folder());
    context.onPreferences();
    context.connectJournal();
    // The answer is copied on its way to the window right after this turn; then main's copy of the key goes.
    const { storeKey } = answer.value; // the timer holds nothing else of it
    setTimeout(() => storeKey.fill(0), 1000);
    return ok({ ...answer.value, preferences: preferences.get() });
  };
  return {
    'app.state': () => ({
      version: app.getVersion(),
      officers: profiles.list(),
      remains: profiles.remains(),
      preferences: preferences.get(),
      systemLocales: app.getPreferredSystemLanguages(),
      keychain: hasKeychain(),
      demo: process.argv.includes('--demo'),
    }),
    'app.preferences': (next) => {
      const saved = preferences.set(next);
      context.onPreferences();
      return saved;
    },
    'profile.create': async ({ passphrase, fullName, label }) => opened(await profiles.create(passphrase, fullName, label)),
    'profile.unlock': async ({ profile, passphrase }) => opened(await profiles.unlock(profile, passphrase)),
    'profile.passphrase': ({ current, next }) => profiles.current()?.changePassphrase(current, next) ?? LOCKED,
    'profile.remove': async ({ passphrase }) => {
      const removed = await profiles.remove(passphrase);
      if (removed.ok) context.lock(true);
      return removed;
    },
    'profile.cleared': ({ profile }) => {
      profiles.cleared(profile);
      return null;
    },
    'recovery.begin': ({ passphrase }) => profiles.current()?.beginRecovery(passphrase) ?? LOCKED,
    'recovery.make': ({ key, plan }) => profiles.current()?.makeRecovery(key, plan) ?? LOCKED,
    'recovery.state': () => {
      const profile = profiles.current();
      return profile ? ok(profile.recoveryKit()) : LOCKED;
    },
    'recovery.restore': async ({ profile, key, passphrase }) => opened(await profiles.restore(profile, key, passphrase)),
    'recovery.save': (request) => {
      const window = context.window();
      return window && profiles.current() ? saveSheet(window, request) : LOCKED;
    },
    'recovery.pick': () => {
      const window = context.window();
      return window ? pickSheets(window) : LOCKED;
    },
    'backup.begin': ({ passphrase }) => backups.begin(passphrase),
    'backup.cancel': () => {
      backups.cancel();
      return null;
    },
    'backup.pick': () => backups.pick(),
    'backup.restore': async (request) => opened(await backups.restore(request)),
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
    'link.plan': (plan) => linked((link) => link.setPlan(plan)),
    'link.open': () => status((link) => link.openLine()),
    'link.directory': () => linked((link) => link.directory()),
    'link.admit': ({ device, code }) => linked((link) => link.admit(device, code)),
    'link.pull': (request) => linked((link) => link.pull(request)),
    'link.push': (request) => linked((link) => link.push(request)),
    'link.purged': ({ ids }) => linked((link) => link.purged(ids)),
    'release.purges': ({ record }) => linked((link) => link.purges(record)),
    'unit.devices': () => linked((link) => link.unit.devices()),
    'unit.code': ({ role }) => linked((link) => link.unit.createCode(role)),
    'unit.revoke': ({ device }) => linked((link) => link.unit.revoke(device)),
    'unit.exposure': ({ device }) => linked((link) => link.unit.exposure(device)),
    'unit.export': ({ name, text }) => {
      const window = context.window();
      return window && profiles.current() ? saveChosen(window, { name, extension: 'csv', failure: 'disk-failed' }, () => text) : LOCKED;
    },
    'release.sign': (request) => linked((link) => link.signRelease(request)),
    'release.mandate': (request) => linked((link) => link.signMandate(request)),
    'intake.pick': () => {
      const window = context.window();
      return window ? pickFile(window) : LOCKED;
    },
    ...createEvidenceHandlers(context),
    ...createContentHandlers(context),
    ...createCourierHandlers(context),
  };
}
