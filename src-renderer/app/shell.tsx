import { useEffect, useMemo, useState } from 'react';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useServices } from '../db/services.tsx';
import { useBriefView } from '../features/briefs/store.ts';
import { useCaseView } from '../features/cases/store.ts';
import { useIntelView } from '../features/intel/store.ts';
import { AlteredNotice } from '../features/rebuild/altered-notice.tsx';
import { useSearchView } from '../features/search/store.ts';
import { LANGUAGES } from '../i18n/locales.ts';
import { SECTIONS } from './navigation.ts';
import { Palette, type Command } from './palette.tsx';
import { Shortcuts } from './shortcuts.tsx';
import { StatusBar } from './status-bar.tsx';
import { savePreferences } from './use-preferences.ts';
import styles from './workspace.module.css';

/** Every command of the application, for the menu, the palette and the keyboard alike. */
function useCommands(): readonly Command[] {
  const { t } = useTranslation(['app', 'cases', 'briefs', 'intel']);
  const navigate = useNavigate();
  return useMemo(() => {
    const go = (to: string) => void navigate({ to });
    return [
      {
        id: 'newCase',
        label: t('cases:new'),
        run: () => {
          go('/cases');
          useCaseView.setState({ creating: true });
        },
      },
      {
        id: 'newBrief',
        label: t('briefs:new'),
        run: () => {
          go('/briefs');
          useBriefView.setState({ creating: true });
        },
      },
      {
        id: 'import',
        label: t('intel:import'),
        run: () => {
          go('/intel');
          useIntelView.setState({ importing: true });
        },
      },
      ...SECTIONS.map(({ id, path }) => ({ id: `go-${id}`, label: t('app:palette.goTo', { name: t(`app:nav.${id}`) }), run: () => go(path) })),
      ...LANGUAGES.filter((language) => language.uiComplete).map(({ tag, selfName }) => ({
        id: `language-${tag}`,
        label: t('app:palette.language', { name: selfName }),
        run: () => void savePreferences({ locale: tag }),
      })),
      { id: 'lock', label: t('app:palette.lock'), run: () => void window.suar.invoke('profile.lock', {}) },
    ];
  }, [t, navigate]);
}

/** Sidebar, the current section and the status bar; `/` opens search, Ctrl+K the palette, F1 the shortcuts. */
export function Shell() {
  const { t } = useTranslation('app');
  const { link, pending, setAside, storeAltered } = useServices();
  const navigate = useNavigate();
  const commands = useCommands();
  const [open, setOpen] = useState<'palette' | 'shortcuts'>();
  useEffect(() => {
    const run = (id: string): void => {
      if (id === 'palette' || id === 'shortcuts') setOpen(id);
      else commands.find((command) => command.id === id)?.run();
    };
    const onKey = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof HTMLElement && event.target.closest('input, textarea, select') !== null;
      if (event.key === '/' && !isTyping) {
        event.preventDefault();
        useSearchView.setState(({ asked }) => ({ asked: asked + 1 }));
        void navigate({ to: '/search' });
      } else if (event.key === '?' && !isTyping) setOpen('shortcuts');
    };
    window.addEventListener('keydown', onKey);
    const stop = window.suar.on('menu.command', run);
    return () => {
      window.removeEventListener('keydown', onKey);
      stop();
    };
  }, [commands, navigate]);
  return (
    <div className={styles['workspace']}>
      <nav className={styles['sidebar']} aria-label={t('nav.label')}>
        <span className={styles['brand']}>{t('name')}</span>
        {SECTIONS.map(({ id, path, icon: Icon }) => (
          <Link key={id} to={path} className={styles['link'] ?? ''} data-section={id}>
            <Icon size={16} aria-hidden="true" />
            <span>{t(`nav.${id}`)}</span>
            {id === 'sync' && pending.count > 0 ? <span className={styles['badge']}>{pending.count}</span> : null}
          </Link>
        ))}
      </nav>
      <main className={styles['content']}>
        {storeAltered ? <AlteredNotice onLock={() => void window.suar.invoke('profile.lock', {})} /> : null}
        <Outlet />
      </main>
      <StatusBar link={link} pending={pending} setAside={setAside.length} />
      <Palette isOpen={open === 'palette'} commands={commands} onClose={() => setOpen(undefined)} />
      <Shortcuts isOpen={open === 'shortcuts'} onClose={() => setOpen(undefined)} />
    </div>
  );
}
