import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DirectoryView } from '#shared/contract/link.ts';
import { isReversed, startOf, toQuery } from '../../../src-renderer/features/search/view-query.ts';
import type { SearchView } from '../../../src-renderer/features/search/store.ts';
import { localDay, localDayBounds } from '../../../src-renderer/i18n/local-day.ts';

const VIEW: SearchView = { text: 'word', entity: 'all', status: 'all', country: 'all', tlp: 'all', period: 'any', from: undefined, firstDay: '', lastDay: '', asked: 0 };
const query = (over: Partial<SearchView>) => toQuery({ ...VIEW, ...over }, undefined, 30);

describe('a day on the calendar of the laptop', () => {
  it('holds every moment that is shown as that day, and no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2000, 0, 2), max: Date.UTC(2045, 11, 30) }), (ms) => {
        const bounds = localDayBounds(localDay(ms)) ?? { first: Number.NaN, last: Number.NaN };
        expect(ms >= bounds.first && ms <= bounds.last).toBe(true);
        expect([localDay(bounds.first), localDay(bounds.last)]).toEqual([localDay(ms), localDay(ms)]);
        expect([localDay(bounds.first - 1), localDay(bounds.last + 1)]).not.toContain(localDay(ms));
      }),
    );
  });

  it.each(['', '2026-02-30', '2026-2-3', '22 Nov 2026', '2569-13-01'])('is none for %j', (text) => {
    expect(localDayBounds(text)).toBeUndefined();
  });
});

describe('what the view of search asks', () => {
  it('leaves out every condition that is not set', () => {
    expect(query({})).toEqual({ text: 'word', limit: 30 });
  });

  it('names the kind and the state', () => {
    expect(query({ entity: 'exhibit', status: 'handed-over' })).toMatchObject({ entities: ['exhibit'], statuses: ['handed-over'] });
  });

  it('counts fixed periods back from when they were chosen, and nothing from two days that are not asked for', () => {
    expect(startOf('week', 1_000_000_000)).toBe(1_000_000_000 - 7 * 86_400_000);
    expect([startOf('any', 5), startOf('days', 5)]).toEqual([undefined, undefined]);
    expect(query({ period: 'week', from: 7, firstDay: '2026-11-01', lastDay: '2026-11-02' })).toEqual({ text: 'word', limit: 30, from: 7 });
  });

  it('takes both days whole, and either alone', () => {
    const from = new Date(2026, 10, 1).getTime();
    const to = new Date(2026, 10, 3).getTime() - 1;
    expect(query({ period: 'days', firstDay: '2026-11-01', lastDay: '2026-11-02' })).toMatchObject({ from, to });
    expect(query({ period: 'days', firstDay: '2026-11-01' })).toEqual({ text: 'word', limit: 30, from });
    expect(query({ period: 'days', lastDay: '2026-11-02' })).toEqual({ text: 'word', limit: 30, to });
    expect(query({ period: 'days' })).toEqual({ text: 'word', limit: 30 });
  });

  it('knows two days in the wrong order', () => {
    const days = (firstDay: string, lastDay: string) => isReversed({ period: 'days', firstDay, lastDay });
    expect([days('2026-11-02', '2026-11-01'), days('2026-11-01', '2026-11-01'), days('2026-11-02', ''), days('', '2026-11-01')]).toEqual([true, false, false, false]);
    expect(isReversed({ period: 'any', firstDay: '2026-11-02', lastDay: '2026-11-01' })).toBe(false);
  });

  it('takes a country for its units and for what names it', () => {
    const units = [
      { id: 'la-ncu', country: 'LA' },
      { id: 'th-ncu', country: 'TH' },
    ] as unknown as DirectoryView['units'];
    expect(toQuery({ ...VIEW, country: 'LA' }, { units } as DirectoryView, 30)).toMatchObject({ places: ['c:LA', 'u:la-ncu'] });
  });
});
