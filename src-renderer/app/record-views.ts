import { useBriefFields } from '../features/briefs/brief-fields.ts';
import { useCaseFields } from '../features/cases/case-fields.ts';
import { useExhibitFields } from '../features/exhibits/exhibit-fields.ts';
import { useIntelFields } from '../features/intel/intel-fields.ts';
import type { RecordViews } from '../features/sync/needs-you-section.tsx';

/** How an officer reads the fields of every kind with conflicts to decide; features do not know each other, so they are put together here. */
export function useRecordViews(): RecordViews {
  return { case: useCaseFields(), intel: useIntelFields(), brief: useBriefFields(), exhibit: useExhibitFields() };
}
