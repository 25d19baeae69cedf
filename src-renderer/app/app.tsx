import { useEffect, useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { Unlocked } from '#shared/contract/ipc.ts';
import { CreateScreen } from '../features/unlock/create-screen.tsx';
import { LanguageScreen } from '../features/unlock/language-screen.tsx';
import { UnlockScreen } from '../features/unlock/unlock-screen.tsx';
import { Workspace } from './workspace.tsx';
import { useAppState, usePreferences } from './use-preferences.ts';

/** Milliseconds between two signs of life to main; the idle clock there counts minutes. */
const ACTIVITY_MS = 20_000;

/** Tells main now and then that the officer is at work, so that it locks only when they are not. */
function useActivity(active: boolean): void {
  useEffect(() => {
    if (!active) return undefined;
    let last = 0;
    const onInput = (): void => {
      if (performance.now() - last < ACTIVITY_MS && last > 0) return;
      last = performance.now();
      void window.suar.invoke('profile.activity', {});
    };
    onInput();
    for (const event of ['keydown', 'pointerdown', 'wheel'] as const) window.addEventListener(event, onInput, { passive: true });
    return () => {
      for (const event of ['keydown', 'pointerdown', 'wheel'] as const) window.removeEventListener(event, onInput);
    };
  }, [active]);
}

/** First start, lock or work: what the officer sees depends on the profile alone. */
export function App() {
  const { i18n } = useTranslation();
  const { preferences, save } = usePreferences();
  const state = useAppState((store) => store.state);
  const [unlocked, setUnlocked] = useState<Unlocked>();
  const [changingLanguage, setChangingLanguage] = useState(false);
  useActivity(unlocked !== undefined);
  if (!state || !preferences) return null;

  const screen = () => {
    if (unlocked) return <Workspace unlocked={unlocked} />;
    if (preferences.locale === '' || changingLanguage) {
      return (
        <LanguageScreen
          current={preferences.locale}
          onChoose={(locale) => {
            save({ locale });
            setChangingLanguage(false);
          }}
        />
      );
    }
    if (state.profile === 'none') return <CreateScreen keychain={state.keychain} onBack={() => setChangingLanguage(true)} onUnlocked={setUnlocked} />;
    return <UnlockScreen waitSeconds={state.waitSeconds} onUnlocked={setUnlocked} />;
  };
  return <I18nProvider locale={i18n.language}>{screen()}</I18nProvider>;
}
