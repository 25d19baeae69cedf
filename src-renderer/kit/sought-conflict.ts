import { create } from 'zustand';

/** The record whose conflicts were asked for from elsewhere, until its panel has been brought into view; cleared by lock. */
export const useSoughtConflict = create<{ readonly recordId: string | undefined }>(() => ({ recordId: undefined }));
