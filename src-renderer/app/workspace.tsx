import { useEffect, useMemo, useState } from 'react';
import { RouterProvider } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { AppError } from '#shared/contract/errors.ts';
import type { Unlocked } from '#shared/contract/ipc.ts';
import { toAppError } from '#shared/contract/rpc.ts';
import type { ContactBody } from '#shared/schema/contact.ts';
import { ServicesProvider, useRecords, useServices } from '../db/services.tsx';
import { RebuildScreen } from '../features/rebuild/rebuild-screen.tsx';
import { ContentWatch } from '../features/exhibits/content-watch.tsx';
import { writeOwnCard } from '../features/contacts/actions.ts';
import { useErrorText } from '../kit/error-text.ts';
import { Notice } from '../kit/notice.tsx';
import { openStore, type LostStore, type OpenedStore } from './open-store.ts';
import { createAppRouter } from './router.tsx';
import { useAppState, usePreferences } from './use-preferences.ts';

/** Writes the officer's card once the device belongs to a unit. */
function OwnCard() {
  const { i18n } = useTranslation();
  const { data, deviceId, fullName, link } = useServices();
  const cards = useRecords<ContactBody>('contact');
  const { enrolment } = link ?? {};
  useEffect(() => {
    if (cards && enrolment && link?.admitted) void writeOwnCard(data, cards, { fullName, unit: enrolment.unit, device: deviceId, role: enrolment.role, langs: [i18n.language] });
  }, [cards, enrolment, link?.admitted, data, deviceId, fullName, i18n.language]);
  return null;
}

function OpenedWorkspace({ unlocked, store }: { readonly unlocked: Unlocked; readonly store: OpenedStore }) {
  const view = useStore(store.view);
  const { i18n } = useTranslation();
  const { preferences } = usePreferences();
  const readingLocale = preferences?.readingLocale || i18n.language;
  const router = useMemo(() => createAppRouter(), []);
  const services = useMemo(() => ({ data: store.data, deviceId: unlocked.deviceId, fullName: unlocked.fullName, readingLocale, ...view }), [store.data, unlocked, readingLocale, view]);
  return (
    <ServicesProvider services={services}>
      <OwnCard />
      <ContentWatch />
      <RouterProvider router={router} />
    </ServicesProvider>
  );
}

/** A disk that is full or refuses is said; anything else that keeps a store from opening is damage. */
function toOpeningError(error: unknown): AppError {
  const known = toAppError(error);
  return known.code === 'unexpected' ? { code: 'store-damaged' } : known;
}

/** The unlocked application: opens the store, then shows the sections. */
export function Workspace({ unlocked }: { readonly unlocked: Unlocked }) {
  const { t } = useTranslation('app');
  const errorText = useErrorText();
  const [store, setStore] = useState<OpenedStore | LostStore | AppError>();
  const isDemo = useAppState((state) => state.state?.demo ?? false);
  useEffect(() => {
    openStore(unlocked, isDemo).then(setStore, (error: unknown) => setStore(toOpeningError(error)));
  }, [unlocked, isDemo]);
  if (store && 'code' in store)
    return (
      <main>
        <Notice kind="bad">
          <p>{t('state.failed')}</p>
          <p>{errorText(store)}</p>
        </Notice>
      </main>
    );
  if (!store) return <main role="status">{t('state.loading')}</main>;
  if ('loss' in store) return <RebuildScreen loss={store.loss} rebuild={store.rebuild} onContinue={() => void store.goOn().then(setStore, (error: unknown) => setStore(toOpeningError(error)))} />;
  return <OpenedWorkspace unlocked={unlocked} store={store} />;
}
