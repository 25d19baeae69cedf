import { useEffect, useMemo, useState } from 'react';
import { RouterProvider } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Unlocked } from '#shared/contract/ipc.ts';
import type { ContactBody } from '#shared/schema/contact.ts';
import { ServicesProvider, useRecords, useServices } from '../db/services.tsx';
import { RebuildScreen } from '../features/rebuild/rebuild-screen.tsx';
import { writeOwnCard } from '../features/contacts/actions.ts';
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
      <RouterProvider router={router} />
    </ServicesProvider>
  );
}

/** The unlocked application: opens the store, then shows the sections. */
export function Workspace({ unlocked }: { readonly unlocked: Unlocked }) {
  const { t } = useTranslation(['app', 'errors']);
  const [store, setStore] = useState<OpenedStore | LostStore | 'failed'>();
  const isDemo = useAppState((state) => state.state?.demo ?? false);
  useEffect(() => {
    openStore(unlocked, isDemo).then(setStore, () => setStore('failed'));
  }, [unlocked, isDemo]);
  if (store === 'failed')
    return (
      <main>
        <Notice kind="bad">
          <p>{t('app:state.failed')}</p>
          <p>{t('errors:store-damaged')}</p>
        </Notice>
      </main>
    );
  if (!store) return <main role="status">{t('app:state.loading')}</main>;
  if ('loss' in store) return <RebuildScreen loss={store.loss} rebuild={store.rebuild} onContinue={() => void store.goOn().then(setStore, () => setStore('failed'))} />;
  return <OpenedWorkspace unlocked={unlocked} store={store} />;
}
