import { create } from 'zustand';
import type { CaseStatus } from '#shared/schema/case.ts';

/** What of the list is shown; kept while the officer looks elsewhere, cleared by lock (the window's process ends). */
interface CaseView {
  readonly selectedId: string | undefined;
  readonly status: CaseStatus | 'all';
  readonly search: string;
  readonly creating: boolean;
}

export const useCaseView = create<CaseView>(() => ({ selectedId: undefined, status: 'all', search: '', creating: false }));
