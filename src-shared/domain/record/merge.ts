import type { FieldConflict, SuarRecord } from '../../schema/record.ts';

/** How a list field merges: `set` unites by the key of each element, `atomic` is one value. */
export type MergeRule = { readonly kind: 'set'; readonly keyOf: (element: unknown) => string } | { readonly kind: 'atomic' };

/** Merge rules by body field; a field without one merges as `atomic`. */
export type MergeRules = Readonly<Record<string, MergeRule>>;

/** Most conflicts a record carries; the oldest listed go first. */
const CONFLICTS_MAX = 100;

/** A stable text of a JSON value: equal values give equal text whatever the order of their keys. */
export function canonicalText(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, v]) => v !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalText(v)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

function same(a: unknown, b: unknown): boolean {
  return canonicalText(a) === canonicalText(b);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function byKey(list: readonly unknown[], keyOf: (element: unknown) => string): Map<string, unknown> {
  return new Map(list.map((element) => [keyOf(element), element]));
}

/**
 * Three-way union of lists whose elements have a key: an addition of either side stays, a removal by either side holds unless
 * the other side changed that element. An element both changed keeps the later version; `clash` is told of the other.
 */
function mergeSet(base: unknown, kept: unknown, other: unknown, keyOf: (element: unknown) => string, clash: (base: unknown, kept: unknown, other: unknown) => void): unknown[] {
  const b = byKey(asList(base), keyOf);
  const k = byKey(asList(kept), keyOf);
  const o = byKey(asList(other), keyOf);
  const changed = (side: Map<string, unknown>, key: string) => side.has(key) && !same(side.get(key), b.get(key));
  const out: unknown[] = [];
  for (const key of new Set([...b.keys(), ...k.keys(), ...o.keys()])) {
    const inKept = changed(k, key);
    const inOther = changed(o, key);
    if (b.has(key) && !inKept && !inOther && !(k.has(key) && o.has(key))) continue;
    if (inKept && inOther && !same(k.get(key), o.get(key))) clash(b.get(key), k.get(key), o.get(key));
    if (inKept) out.push(k.get(key));
    else if (inOther) out.push(o.get(key));
    else out.push(b.get(key));
  }
  return out;
}

/** Whether `a` is the later edit: by clock reading, then device, then token, so that both sides agree. */
function isLater(a: SuarRecord, b: SuarRecord): boolean {
  if (a.updatedAt !== b.updatedAt) return a.updatedAt > b.updatedAt;
  if (a.author !== b.author) return a.author > b.author;
  return a.rev > b.rev;
}

/** Conflicts of both sides; one that either side settled since the base is gone. */
function openConflicts(base: SuarRecord | undefined, kept: SuarRecord, other: SuarRecord): FieldConflict[] {
  const texts = (record: SuarRecord | undefined) => new Set(record?.conflicts.map(canonicalText));
  const [inBase, inKept, inOther] = [texts(base), texts(kept), texts(other)];
  const seen = new Set<string>();
  return [...kept.conflicts, ...other.conflicts].filter((conflict) => {
    const text = canonicalText(conflict);
    const settled = inBase.has(text) && !(inKept.has(text) && inOther.has(text));
    return !settled && !seen.has(text) && Boolean(seen.add(text));
  });
}

/**
 * Merges two versions of a record that grew from one base, field by field. Pure and symmetric: both devices reach the same record.
 *
 * A field only one side changed takes that side's value. A field both changed to different values keeps the later edit
 * (by `updatedAt`, then device, then `rev`) and lists the other in `conflicts`, so neither is lost; of an element in a `set`
 * field both changed, the conflict holds the two elements. `audience` unites like a set; `owner` and `ref` take the later change.
 * `base` may be missing when the two were made apart; every differing field is then a conflict. The result has the `rev`,
 * `updatedAt` and `author` of the later edit: the caller gives it its own.
 */
export function mergeRecords(base: SuarRecord | undefined, mine: SuarRecord, theirs: SuarRecord, rules: MergeRules): SuarRecord {
  const [kept, other] = isLater(mine, theirs) ? [mine, theirs] : [theirs, mine];
  const conflicts = openConflicts(base, kept, other);
  const clash = (field: string) => (baseValue: unknown, keptValue: unknown, otherValue: unknown) => {
    conflicts.push({
      field,
      base: baseValue ?? null,
      kept: keptValue ?? null,
      keptBy: kept.author,
      keptAt: kept.updatedAt,
      other: otherValue ?? null,
      otherBy: other.author,
      otherAt: other.updatedAt,
    });
  };
  const pick = <T>(b: T | undefined, k: T, o: T, onBoth: (b: T | undefined, k: T, o: T) => T): T => {
    if (same(k, o)) return k;
    if (base && same(o, b)) return k;
    if (base && same(k, b)) return o;
    return onBoth(b, k, o);
  };
  const keepAndTell =
    (field: string) =>
    <T>(b: T | undefined, k: T, o: T): T => {
      clash(field)(b, k, o);
      return k;
    };
  const keep = <T>(_b: T | undefined, k: T): T => k;
  const body: Record<string, unknown> = {};
  for (const field of new Set([...Object.keys(kept.body), ...Object.keys(other.body)])) {
    const [b, k, o] = [base?.body[field], kept.body[field], other.body[field]];
    const rule = rules[field];
    const onBoth = rule?.kind === 'set' ? () => mergeSet(b, k, o, rule.keyOf, clash(field)) : keepAndTell(field);
    const value = pick<unknown>(b, k, o, onBoth);
    if (value !== undefined) body[field] = value;
  }
  return {
    ...kept,
    owner: pick(base?.owner, kept.owner, other.owner, keep),
    audience: (mergeSet(base?.audience, kept.audience, other.audience, String, () => undefined) as string[]).sort(),
    ref: pick(base?.ref, kept.ref, other.ref, keep),
    status: pick(base?.status, kept.status, other.status, keepAndTell('status')),
    tlp: pick(base?.tlp, kept.tlp, other.tlp, keepAndTell('tlp')),
    schemaVersion: Math.max(kept.schemaVersion, other.schemaVersion),
    conflicts: conflicts.slice(-CONFLICTS_MAX),
    body,
  };
}
