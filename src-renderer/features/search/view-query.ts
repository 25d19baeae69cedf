import type { DirectoryView } from '#shared/contract/link.ts';
import type { SearchQuery } from '../../db/data-service.ts';
import { localDayBounds } from '../../i18n/local-day.ts';
import type { Period, SearchView } from './store.ts';

const DAY_MS = 86_400_000;
const DAYS_BACK: Readonly<Partial<Record<Period, number>>> = { week: 7, month: 30, year: 365 };

/** Where a period of days up to `now` begins, both milliseconds since 1970; undefined for the other periods. */
export function startOf(period: Period, now: number): number | undefined {
  const days = DAYS_BACK[period];
  return days === undefined ? undefined : now - days * DAY_MS;
}

/** Whether the first of two days comes after the last, so that nothing lies between them. */
export function isReversed({ period, firstDay, lastDay }: Pick<SearchView, 'period' | 'firstDay' | 'lastDay'>): boolean {
  return period === 'days' && firstDay !== '' && lastDay !== '' && firstDay > lastDay;
}

function boundsOf({ period, from, firstDay, lastDay }: SearchQueryView): Pick<SearchQuery, 'from' | 'to'> {
  if (period !== 'days') return from === undefined ? {} : { from };
  const [first, last] = [localDayBounds(firstDay), localDayBounds(lastDay)];
  return { ...(first ? { from: first.first } : {}), ...(last ? { to: last.last } : {}) };
}

/** What of the view is asked. */
export type SearchQueryView = Omit<SearchView, 'asked'>;

/** The conditions of the view as the store takes them; a country stands for its units and for what names it. `limit` as in {@link SearchQuery}. */
export function toQuery(view: SearchQueryView, directory: DirectoryView | undefined, limit: number): SearchQuery {
  const { text, entity, status, country, tlp } = view;
  const units = directory?.units.filter((unit) => unit.country === country).map((unit) => `u:${unit.id}`) ?? [];
  return {
    text,
    limit,
    ...(entity === 'all' ? {} : { entities: [entity] }),
    ...(status === 'all' ? {} : { statuses: [status] }),
    ...(country === 'all' ? {} : { places: [`c:${country}`, ...units] }),
    ...(tlp === 'all' ? {} : { tlps: [tlp] }),
    ...boundsOf(view),
  };
}
