import path from 'node:path';
import { Value } from 'typebox/value';
import { PreferencesSchema, type Preferences } from '#shared/contract/ipc.ts';
import { readJson, writeDurably } from './keys/durable-file.ts';

const DEFAULTS: Preferences = { locale: '', readingLocale: '', theme: 'system', digits: 'latn', autoLockMinutes: 10 };

/** Preferences that must be known before unlock; in clear, so they never hold anything of a case. */
export interface PreferenceFile {
  readonly get: () => Preferences;
  readonly set: (next: Preferences) => Preferences;
}

/** Opens the preferences of a profile folder; an unreadable file gives the defaults. */
export function openPreferences(folder: string): PreferenceFile {
  const file = path.join(folder, 'preferences.json');
  let current = DEFAULTS;
  try {
    const stored = { ...DEFAULTS, ...Object(readJson(file)) } as unknown;
    if (Value.Check(PreferencesSchema, stored)) current = stored;
  } catch {
    // Not JSON: the defaults stand, and the next change replaces the file.
  }
  return {
    get: () => current,
    set: (next) => {
      current = next;
      writeDurably(file, JSON.stringify(next, null, 2));
      return current;
    },
  };
}
