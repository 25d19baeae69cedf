import type { Database } from '@evolu/sqlite-wasm';
import { facetExpression } from './fts-query.ts';
import type { SearchFilter } from './search-index.ts';

/** How many records have a state, a marking or an entity. */
export const FACET_SCHEMA = 'CREATE TABLE facet(kind TEXT NOT NULL, value TEXT NOT NULL, docs INTEGER NOT NULL, PRIMARY KEY(kind, value)) WITHOUT ROWID;';

/** The kinds that are a column of `cond` too, with the part of the filter that asks for them. */
const KINDS = { entity: 'entities', status: 'statuses', tlp: 'tlps' } as const;
export type FacetKind = keyof typeof KINDS;
export const FACET_KINDS = Object.keys(KINDS) as readonly FacetKind[];

/** From this share of all records on, a value is common: it is cheaper to look at each record found than to walk the long list of those that have it. */
const COMMON_SHARE = 0.1;

/** A filter as conditions of FTS5 and of SQL (`cond` joined, whose rows are short: each record found may be looked at); `bind` holds the values of the latter, by name. */
export interface FacetConditions {
  readonly match: readonly string[];
  readonly where: readonly string[];
  readonly bind: Readonly<Record<string, string | number>>;
}

/** Splits a filter: rare values narrow the full-text search, common ones are read from the records it finds. */
export function splitFilter(db: Database, filter: SearchFilter): FacetConditions {
  const match: string[] = [];
  const where: string[] = [];
  const bind: Record<string, string | number> = {};
  for (const kind of FACET_KINDS) {
    const values = filter[KINDS[kind]];
    if (values === undefined) continue;
    if (!isCommon(db, kind, values)) {
      match.push(facetExpression(kind, values));
      continue;
    }
    values.forEach((value, n) => (bind[`$${kind}${n}`] = value));
    where.push(`cond.${kind} IN (${values.map((_, n) => `$${kind}${n}`).join(', ')})`);
  }
  if (filter.places) match.push(facetExpression('place', filter.places));
  for (const [name, comparison] of [
    ['from', '>='],
    ['to', '<='],
  ] as const) {
    const at = filter[name];
    if (at === undefined) continue;
    where.push(`cond.at ${comparison} $${name}`);
    bind[`$${name}`] = at;
  }
  return { match, where, bind };
}

function isCommon(db: Database, kind: FacetKind, values: readonly string[]): boolean {
  // Every record has one value of each kind, so the sum is all of them.
  const counted = db.selectArrays('SELECT value, docs FROM facet WHERE kind = ?', [kind]).map(([value, docs]) => ({ value: String(value), docs: Number(docs) }));
  const sum = (of: typeof counted) => of.reduce((total, { docs }) => total + docs, 0);
  const wanted = sum(counted.filter(({ value }) => values.includes(value)));
  return wanted > 0 && wanted >= COMMON_SHARE * sum(counted);
}
