import type { RxQueryPlan } from 'rxdb/plugins/core';

/** A value SQLite compares: numbers sort before text. */
export type Key = string | number;

/** A part of an index: from one tuple of keys to another, as in an array key range of IndexedDB. */
export interface KeyRange {
  readonly lower?: readonly Key[] | undefined;
  readonly lowerOpen?: boolean | undefined;
  readonly upper?: readonly Key[] | undefined;
  readonly upperOpen?: boolean | undefined;
}

/** The condition of a range over `columns`, and what to bind. The shared start of both bounds becomes equalities, which SQLite seeks with. */
export function toCondition(columns: readonly string[], { lower, lowerOpen, upper, upperOpen }: KeyRange): { readonly sql: string; readonly bind: Key[] } {
  const different = columns.findIndex((_, i) => lower?.[i] === undefined || lower[i] !== upper?.[i]);
  const same = different < 0 ? columns.length : different;
  const parts = columns.slice(0, same).map((column) => `${column} = ?`);
  const bind = (lower ?? []).slice(0, same);
  const rest = columns.slice(same);
  const tuple = (values: readonly Key[], comparison: string): void => {
    const keys = values.slice(same, columns.length);
    if (keys.length === 0) return;
    const names = rest.slice(0, keys.length);
    parts.push(keys.length === 1 ? `${names[0]} ${comparison} ?` : `(${names.join(', ')}) ${comparison} (${keys.map(() => '?').join(', ')})`);
    bind.push(...keys);
  };
  if (same === columns.length && (lowerOpen || upperOpen)) return { sql: '0', bind: [] };
  if (lower) tuple(lower, lowerOpen ? '>' : '>=');
  if (upper) tuple(upper, upperOpen ? '<' : '<=');
  return { sql: parts.join(' AND ') || '1', bind };
}

/** The range of a plan of RxDB, or undefined where a bound is nothing an index holds: then the whole index has to be read. */
export function toKeyRange({ startKeys, endKeys, inclusiveStart, inclusiveEnd }: RxQueryPlan): KeyRange | undefined {
  const lower = startKeys.map(toKey);
  const upper = endKeys.map(toKey);
  if (![...lower, ...upper].every((key): key is Key => key !== undefined)) return undefined;
  return { lower: lower as Key[], lowerOpen: !inclusiveStart, upper: upper as Key[], upperOpen: !inclusiveEnd };
}

function toKey(value: unknown): Key | undefined {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'string' || (typeof value === 'number' && !Number.isNaN(value)) ? value : undefined;
}

/** The part of `range` that lies behind `key` in the direction of travel. */
export function rangeBehind(range: KeyRange, key: readonly Key[], direction: 'next' | 'prev'): KeyRange {
  return direction === 'next' ? { ...range, lower: key, lowerOpen: true } : { ...range, upper: key, upperOpen: true };
}
