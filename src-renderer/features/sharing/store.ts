import { create } from 'zustand';

/** The brief whose release is being looked at; cleared by lock. */
export const useSharingView = create<{ readonly briefId: string | undefined }>(() => ({ briefId: undefined }));
