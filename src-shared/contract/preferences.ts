import { Type, type Static } from 'typebox';

export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

/** Kept in clear: the laptop's are needed before a profile is unlocked, an officer's replace all but the lock once it is. */
export const PreferencesSchema = Type.Object(
  {
    /** Interface language, or empty before the officer chose one. */
    locale: Type.String({ maxLength: 20 }),
    /** Language briefs are read in; empty follows the interface. */
    readingLocale: Type.String({ maxLength: 20 }),
    theme: Type.Enum([...THEMES]),
    digits: Type.Union([Type.Literal('latn'), Type.Literal('native')]),
    /** Minutes without input before the application locks, 1 to 60. */
    autoLockMinutes: Type.Integer({ minimum: 1, maximum: 60 }),
  },
  { additionalProperties: false },
);
export type Preferences = Static<typeof PreferencesSchema>;
