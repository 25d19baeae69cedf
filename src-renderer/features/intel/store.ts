import { create } from 'zustand';

/** What of the list is shown; cleared by lock (the window's process ends). */
interface IntelView {
  readonly selectedId: string | undefined;
  readonly search: string;
  readonly importing: boolean;
}

export const useIntelView = create<IntelView>(() => ({ selectedId: undefined, search: '', importing: false }));
