import path from 'node:path';
import { Value } from 'typebox/value';
import { PreferencesSchema, type Preferences } from '#shared/contract/preferences.ts';
import { toDiskError } from './disk-failure.ts';
import { readJson, writeDurably } from './keys/durable-file.ts';

const DEFAULTS: Preferences = { locale: '', readingLocale: '', theme: 'system', digits: 'latn', autoLockMinutes: 10 };

/** The laptop's preferences and, once unlocked, the officer's over them; in clear, so they never hold anything of a case. */
export interface PreferenceFile {
  readonly get: () => Preferences;
  /** Writes the officer's while one is unlocked, else the laptop's; the minutes until lock are always the laptop's. On a disk that takes nothing they stand until Suar ends. */
  readonly set: (next: Preferences) => Preferences;
  /** Lays the preferences of a profile folder over the laptop's, or takes them off again. */
  readonly follow: (profileFolder: string | undefined) => void;
}

function read(file: string, base: Preferences): Preferences {
  try {
    const stored = { ...base, ...Object(readJson(file)) } as unknown;
    if (Value.Check(PreferencesSchema, stored)) return stored;
  } catch {
    // Not JSON: what lies below stands, and the next change replaces the file.
  }
  return base;
}

/** Nobody is kept from a language by a full disk. */
function keep(file: string, preferences: Preferences): void {
  try {
    writeDurably(file, JSON.stringify(preferences, null, 2));
  } catch (error) {
    toDiskError(error);
  }
}

/** Opens the preferences of this laptop; an unreadable file gives the defaults. */
export function openPreferences(userData: string): PreferenceFile {
  const fileIn = (folder: string) => path.join(folder, 'preferences.json');
  let machine = read(fileIn(userData), DEFAULTS);
  let officer: { readonly file: string; readonly values: Preferences } | undefined;
  const get = (): Preferences => ({ ...(officer?.values ?? machine), autoLockMinutes: machine.autoLockMinutes });
  return {
    get,
    set: (next) => {
      const ofMachine = officer ? { ...machine, autoLockMinutes: next.autoLockMinutes } : next;
      if (!officer || ofMachine.autoLockMinutes !== machine.autoLockMinutes) keep(fileIn(userData), ofMachine);
      machine = ofMachine;
      if (officer) {
        officer = { ...officer, values: next };
        keep(officer.file, next);
      }
      return get();
    },
    follow: (profileFolder) => {
      officer = profileFolder === undefined ? undefined : { file: fileIn(profileFolder), values: read(fileIn(profileFolder), machine) };
    },
  };
}
