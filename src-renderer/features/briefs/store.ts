import { create } from 'zustand';

/** What of the list is shown; cleared by lock (the window's process ends). */
interface BriefView {
  readonly selectedId: string | undefined;
  readonly search: string;
  readonly creating: boolean;
}

export const useBriefView = create<BriefView>(() => ({ selectedId: undefined, search: '', creating: false }));
