import { useCallback, useEffect } from 'react';
import { create } from 'zustand';
import type { AppState } from '#shared/contract/ipc.ts';
import type { Preferences } from '#shared/contract/preferences.ts';
import { useDigits } from '../i18n/digits.ts';
import { changeUiLanguage } from '../i18n/setup.ts';
import { isUiLanguage } from '../i18n/locales.ts';

/** What main told at the start; survives lock, holds nothing of a case. */
export const useAppState = create<{ readonly state: AppState | undefined }>(() => ({ state: undefined }));

/** Shows the colours of a theme; `system` follows the desktop. */
function showTheme(theme: Preferences['theme']): void {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset['theme'] = theme === 'system' ? (dark ? 'dark' : 'light') : theme;
}

/** Colours and digits as the officer chose them. */
function showPreferences({ theme, digits }: Preferences): void {
  showTheme(theme);
  useDigits.setState({ digits: digits === 'native' ? 'native' : 'latin' });
}

/** Saves a changed preference and shows it at once: language, colours, menu. */
export async function savePreferences(change: Partial<Preferences>): Promise<void> {
  const { state } = useAppState.getState();
  if (!state) return;
  await adoptPreferences(await window.suar.invoke('app.preferences', { ...state.preferences, ...change }));
}

/** Shows preferences that main has kept already: those of the officer who has just unlocked. */
export async function adoptPreferences(preferences: Preferences): Promise<void> {
  const { state } = useAppState.getState();
  if (state) useAppState.setState({ state: { ...state, preferences } });
  if (isUiLanguage(preferences.locale)) await changeUiLanguage(preferences.locale);
  showPreferences(preferences);
}

/** The preferences and how to change one. */
export function usePreferences(): { readonly preferences: Preferences | undefined; readonly save: (change: Partial<Preferences>) => void } {
  const preferences = useAppState((store) => store.state?.preferences);
  useEffect(() => {
    if (preferences) showPreferences(preferences);
  }, [preferences]);
  const save = useCallback((change: Partial<Preferences>) => void savePreferences(change), []);
  return { preferences, save };
}
