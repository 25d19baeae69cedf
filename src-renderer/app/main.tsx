import '../i18n/fonts.css';
import '../kit/tokens.css';
import '../kit/base.css';
import { createRoot } from 'react-dom/client';
import { isUiLanguage, pickUiLanguage } from '../i18n/locales.ts';
import { startI18n } from '../i18n/setup.ts';
import { eraseStore } from '../db/erase-store.ts';
import { App } from './app.tsx';
import { useAppState } from './use-preferences.ts';

const state = await window.suar.invoke('app.state', {});
useAppState.setState({ state });
const { locale } = state.preferences;
await startI18n(isUiLanguage(locale) ? locale : pickUiLanguage(state.systemLocales));
const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
// What a removed profile left in the window; its key is gone already. Where a file is still held, the next start tries again.
for (const profile of state.remains) {
  eraseStore(profile).then(
    () => window.suar.invoke('profile.cleared', { profile }),
    () => undefined,
  );
}
