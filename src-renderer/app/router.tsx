import { createMemoryHistory, createRootRoute, createRoute, createRouter, redirect, useNavigate } from '@tanstack/react-router';
import { AdministrationSection } from '../features/administration/administration-section.tsx';
import { BackupSection } from '../features/backup/backup-section.tsx';
import { BriefsScreen } from '../features/briefs/briefs-screen.tsx';
import { CasesScreen, type CasePanels } from '../features/cases/cases-screen.tsx';
import { ContactsScreen } from '../features/contacts/contacts-screen.tsx';
import { ExhibitsPanel } from '../features/exhibits/exhibits-panel.tsx';
import { IntelScreen } from '../features/intel/intel-screen.tsx';
import { RecoverySection } from '../features/recovery/recovery-section.tsx';
import { SettingsScreen } from '../features/settings/settings-screen.tsx';
import { SharingScreen } from '../features/sharing/sharing-screen.tsx';
import { openRecord } from './open-record.ts';
import { SearchSection } from './search-section.tsx';
import { Shell } from './shell.tsx';
import { SyncSection } from './sync-section.tsx';
import { usePreferences } from './use-preferences.ts';

/** Features do not know each other: the exhibits of a case are put under it here. */
const panelsOf: CasePanels = ({ id, tlp, audience }) => <ExhibitsPanel caseId={id} tlp={tlp} audience={audience} />;

function Cases() {
  const navigate = useNavigate();
  return <CasesScreen panelsOf={panelsOf} onOpen={(record) => openRecord(record, (to) => void navigate({ to }))} />;
}

function Settings() {
  const { preferences, save } = usePreferences();
  return preferences ? (
    <SettingsScreen preferences={preferences} onChange={save} onLock={() => void window.suar.invoke('profile.lock', {})} recovery={<RecoverySection />} backup={<BackupSection />} />
  ) : null;
}

function Contacts() {
  return <ContactsScreen administration={<AdministrationSection />} />;
}

const root = createRootRoute({ component: Shell });
const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/cases' });
  },
});
const screens = [
  createRoute({ getParentRoute: () => root, path: '/search', component: SearchSection }),
  createRoute({ getParentRoute: () => root, path: '/cases', component: Cases }),
  createRoute({ getParentRoute: () => root, path: '/intel', component: IntelScreen }),
  createRoute({ getParentRoute: () => root, path: '/briefs', component: BriefsScreen }),
  createRoute({ getParentRoute: () => root, path: '/sharing', component: SharingScreen }),
  createRoute({ getParentRoute: () => root, path: '/contacts', component: Contacts }),
  createRoute({ getParentRoute: () => root, path: '/sync', component: SyncSection }),
  createRoute({ getParentRoute: () => root, path: '/settings', component: Settings }),
] as const;

/** The sections under one shell, in memory: there is no address bar and nothing outside `app://` to go to. */
export function createAppRouter() {
  return createRouter({ routeTree: root.addChildren([home, ...screens]), history: createMemoryHistory({ initialEntries: ['/cases'] }) });
}
