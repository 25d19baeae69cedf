import { create } from 'zustand';
import type { EntityName } from '#shared/entities.ts';
import type { Tlp } from '#shared/schema/record.ts';

/** When the last edit was: any time, the last days up to now, or two `days` of the officer's choice. */
export const PERIODS = ['any', 'week', 'month', 'year', 'days'] as const;
export type Period = (typeof PERIODS)[number];

/** What the officer looks for; kept while they look elsewhere, cleared by lock (the window's process ends). */
export interface SearchView {
  readonly text: string;
  readonly entity: EntityName | 'all';
  /** A state of records of the kind `entity`, or `all`. */
  readonly status: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly tlp: Tlp | 'all';
  readonly period: Period;
  /** Earliest last edit, milliseconds since 1970: `period` counted from when it was chosen. */
  readonly from: number | undefined;
  /** First and last day of the last edit for the period `days`: ISO 8601 on the laptop's calendar, both included, or empty for no bound. */
  readonly firstDay: string;
  readonly lastDay: string;
  /** Counts the times the search was asked for by its key, so that the field takes the focus again. */
  readonly asked: number;
}

export const useSearchView = create<SearchView>(() => ({
  text: '',
  entity: 'all',
  status: 'all',
  country: 'all',
  tlp: 'all',
  period: 'any',
  from: undefined,
  firstDay: '',
  lastDay: '',
  asked: 0,
}));
