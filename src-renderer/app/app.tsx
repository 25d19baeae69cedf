import { useEffect, useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { OfficerEntry, Unlocked } from '#shared/contract/ipc.ts';
import { restoreBackupWithKit } from '../features/backup/actions.ts';
import { RestoreBackupScreen } from '../features/backup/restore-backup-screen.tsx';
import { openProfileWithKit } from '../features/recovery/actions.ts';
import { OfferScreen } from '../features/recovery/offer-screen.tsx';
import { RestoreScreen } from '../features/recovery/restore-screen.tsx';
import { CreateScreen } from '../features/unlock/create-screen.tsx';
import { LanguageScreen } from '../features/unlock/language-screen.tsx';
import { OfficersScreen } from '../features/unlock/officers-screen.tsx';
import { UnlockScreen } from '../features/unlock/unlock-screen.tsx';
import { Workspace } from './workspace.tsx';
import { adoptPreferences, useAppState, usePreferences } from './use-preferences.ts';

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

/** Where an officer is before anything is unlocked. */
type Door = { readonly at: 'officers' | 'new' | 'language' | 'backup' | 'backup-kit' } | { readonly at: 'locked' | 'recover'; readonly officer: OfficerEntry };

/** A laptop of one officer asks for the passphrase at once. */
function firstDoor(officers: readonly OfficerEntry[]): Door {
  const [only] = officers;
  if (!only) return { at: 'new' };
  return officers.length === 1 ? { at: 'locked', officer: only } : { at: 'officers' };
}

/** The screens before unlock: language, who it is, passphrase. */
function StartScreens({ onUnlocked }: { readonly onUnlocked: (unlocked: Unlocked, isNew?: boolean) => void }) {
  const { preferences, save } = usePreferences();
  const state = useAppState((store) => store.state);
  const [chosen, setDoor] = useState<Door>();
  if (!state || !preferences) return null;
  const { officers, keychain } = state;
  const door = preferences.locale === '' ? ({ at: 'language' } as const) : (chosen ?? firstDoor(officers));
  switch (door.at) {
    case 'language':
      return (
        <LanguageScreen
          current={preferences.locale}
          onChoose={(locale) => {
            save({ locale });
            setDoor(undefined);
          }}
        />
      );
    case 'new':
      return (
        <CreateScreen
          keychain={keychain}
          onRestore={() => setDoor({ at: 'backup' })}
          onBack={() => setDoor({ at: officers.length > 0 ? 'officers' : 'language' })}
          onUnlocked={(made) => onUnlocked(made, true)}
        />
      );
    case 'officers':
      return (
        <OfficersScreen
          officers={officers}
          onChoose={(officer) => setDoor({ at: 'locked', officer })}
          onNew={() => setDoor({ at: 'new' })}
          onRestore={() => setDoor({ at: 'backup' })}
          onLanguage={() => setDoor({ at: 'language' })}
        />
      );
    case 'backup':
      return (
        <RestoreBackupScreen onBack={() => setDoor(officers.length > 0 ? { at: 'officers' } : undefined)} onKit={() => setDoor({ at: 'backup-kit' })} onUnlocked={(opened) => onUnlocked(opened)} />
      );
    case 'backup-kit':
      return <RestoreScreen open={restoreBackupWithKit} onBack={() => setDoor({ at: 'backup' })} onUnlocked={(opened) => onUnlocked(opened)} />;
    case 'locked':
      return (
        <UnlockScreen
          officer={door.officer}
          onOthers={() => setDoor({ at: 'officers' })}
          onRecover={() => setDoor({ at: 'recover', officer: door.officer })}
          onUnlocked={(opened) => onUnlocked(opened)}
        />
      );
    case 'recover':
      return <RestoreScreen open={openProfileWithKit(door.officer.id)} onBack={() => setDoor({ at: 'locked', officer: door.officer })} onUnlocked={(opened) => onUnlocked(opened)} />;
  }
}

/** First start, lock or work: what the officer sees depends on the profiles alone. */
export function App() {
  const { i18n } = useTranslation();
  const [unlocked, setUnlocked] = useState<Unlocked>();
  const [isOffered, setOffered] = useState(false);
  useActivity(unlocked !== undefined);
  const onUnlocked = (opened: Unlocked, isNew = false): void => {
    void adoptPreferences(opened.preferences);
    setOffered(isNew);
    setUnlocked(opened);
  };
  const screen = () => {
    if (!unlocked) return <StartScreens onUnlocked={onUnlocked} />;
    return isOffered ? <OfferScreen onDone={() => setOffered(false)} /> : <Workspace unlocked={unlocked} />;
  };
  return <I18nProvider locale={i18n.language}>{screen()}</I18nProvider>;
}
