import { useNavigate } from '@tanstack/react-router';
import { ContentsSection } from '../features/exhibits/contents-section.tsx';
import { SyncScreen } from '../features/sync/sync-screen.tsx';
import { openConflict } from './open-record.ts';
import { useRecordViews } from './record-views.ts';

/** The sync centre with the words of every kind of record and the way to its conflicts. */
export function SyncSection() {
  const navigate = useNavigate();
  const views = useRecordViews();
  return <SyncScreen views={views} contents={<ContentsSection />} onOpenConflict={(record) => openConflict(record, (to) => void navigate({ to }))} />;
}
