import { create } from 'zustand';
import type { EntityName } from '#shared/entities.ts';
import type { Tlp } from '#shared/schema/record.ts';

/** How far back the last edit may lie, in days; `any` is no bound. */
export const PERIODS = { any: undefined, week: 7, month: 30, year: 365 } as const;
export type Period = keyof typeof PERIODS;

/** What the officer looks for; kept while they look elsewhere, cleared by lock (the window's process ends). */
export interface SearchView {
  readonly text: string;
  readonly entity: EntityName | 'all';
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly tlp: Tlp | 'all';
  readonly period: Period;
  /** Earliest last edit, milliseconds since 1970: `period` counted from when it was chosen. */
  readonly from: number | undefined;
  /** Counts the times the search was asked for by its key, so that the field takes the focus again. */
  readonly asked: number;
}

export const useSearchView = create<SearchView>(() => ({ text: '', entity: 'all', country: 'all', tlp: 'all', period: 'any', from: undefined, asked: 0 }));
