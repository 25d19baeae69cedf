import { create } from 'zustand';

/** The officer's choice of digits for every number and date; set by the preferences, read by every formatter. */
export const useDigits = create<{ readonly digits: 'latin' | 'native' }>(() => ({ digits: 'latin' }));
