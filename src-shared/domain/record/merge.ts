import type { FieldConflict, SuarRecord } from '../../schema/record.ts';
import { guardOf, type Hold } from './guards.ts';

/** How a list field merges: `set` unites by the key of each element, `atomic` is one value. */
export type MergeRule = { readonly kind: 'set'; readonly keyOf: (element: unknown) => string } | { readonly kind: 'atomic' };

/** Merge rules by body field; a field without one merges as `atomic`. */
export type MergeRules = Readonly<Record<string, MergeRule>>;

/** Most conflicts a record carries; settled ones go first, then the oldest. */
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

type Clash = (base: unknown, kept: unknown, other: unknown) => void;

/**
 * Three-way union of lists whose elements have a key: an addition of either side stays, a removal by either side holds unless
 * the other side changed that element. An element both changed, or one changed and the other took out, keeps the later version
 * or the changed one; `clash` is told of both.
 */
function mergeSet(base: unknown, kept: unknown, other: unknown, keyOf: (element: unknown) => string, clash: Clash): unknown[] {
  const b = byKey(asList(base), keyOf);
  const k = byKey(asList(kept), keyOf);
  const o = byKey(asList(other), keyOf);
  const changed = (side: Map<string, unknown>, key: string) => side.has(key) && !same(side.get(key), b.get(key));
  const out: unknown[] = [];
  for (const key of new Set([...b.keys(), ...k.keys(), ...o.keys()])) {
    const inKept = changed(k, key);
    const inOther = changed(o, key);
    if (b.has(key) && !inKept && !inOther && !(k.has(key) && o.has(key))) continue;
    const isTakenOut = b.has(key) && ((inKept && !o.has(key)) || (inOther && !k.has(key)));
    if (isTakenOut || (inKept && inOther && !same(k.get(key), o.get(key)))) clash(b.get(key), k.get(key), o.get(key));
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

/** What a conflict is about, whether it is settled or not. */
function conflictText({ settled: _settled, ...conflict }: FieldConflict): string {
  return canonicalText(conflict);
}

/** The later of two decisions; undefined where there is none. */
function laterDecision(a: FieldConflict['settled'], b: FieldConflict['settled']): FieldConflict['settled'] {
  if (!a || !b) return a ?? b;
  return `${a.at} ${a.by}` >= `${b.at} ${b.by}` ? a : b;
}

/** Conflicts of both sides, each once; one that either side settled is settled, one that a side has dropped since the base is gone. */
function uniteConflicts(base: SuarRecord | undefined, kept: SuarRecord, other: SuarRecord): FieldConflict[] {
  const texts = (record: SuarRecord | undefined) => new Set(record?.conflicts.map(conflictText));
  const [inBase, inKept, inOther] = [texts(base), texts(kept), texts(other)];
  const united = new Map<string, FieldConflict>();
  for (const conflict of [...kept.conflicts, ...other.conflicts]) {
    const text = conflictText(conflict);
    if (inBase.has(text) && !(inKept.has(text) && inOther.has(text))) continue;
    const settled = laterDecision(united.get(text)?.settled, conflict.settled);
    united.set(text, { ...conflict, ...(settled ? { settled } : {}) });
  }
  return [...united.values()];
}

/** Leaves room in the record: what is settled is in the history of every device that had it. */
function withinLimit(conflicts: readonly FieldConflict[]): FieldConflict[] {
  const tooMany = Math.max(0, conflicts.length - CONFLICTS_MAX);
  const dropped = new Set([...conflicts.filter(({ settled }) => settled), ...conflicts.filter(({ settled }) => !settled)].slice(0, tooMany));
  return conflicts.filter((conflict) => !dropped.has(conflict));
}

/** The value of a guarded field that is in force until an officer has decided. */
function held(hold: Hold, hasBase: boolean, base: unknown, kept: unknown, other: unknown): unknown {
  switch (hold.kind) {
    case 'strictest':
      return hold.scale.indexOf(String(other)) > hold.scale.indexOf(String(kept)) ? other : kept;
    case 'common':
      return asList(kept).filter((element) => asList(other).some((candidate) => same(candidate, element)));
    case 'united':
      return [...asList(kept), ...asList(other).filter((element) => !asList(kept).some((candidate) => same(candidate, element)))];
    case 'before':
      return hasBase ? base : kept;
    case 'newest':
      return hasBase && same(base, kept) ? other : kept;
  }
}

/** Everything an officer writes: not the token, the reading, the author and the conflicts. */
function written({ body, status, tlp, audience }: SuarRecord): unknown {
  return { body, status, tlp, audience };
}

/** Whether a side has a version of its own; more readers of the base's version, which the hub grants, are none. */
function isEdited(base: SuarRecord, side: SuarRecord): boolean {
  return side.rev !== base.rev && !same(written(base), written(side));
}

/** A record without what differs in every version of it: token, reading, author and how long that was offline. */
export function contentOf({ rev: _rev, updatedAt: _at, author: _by, offlineMinutes: _offline, ...content }: SuarRecord): Omit<SuarRecord, 'rev' | 'updatedAt' | 'author' | 'offlineMinutes'> {
  return content;
}

/** What the device that merges may do. */
export interface MergeOptions {
  /** It belongs to the unit that owns the record: the hub lets nobody else change who may read it. */
  readonly ownsAudience?: boolean;
}

/**
 * Merges two versions of a record that grew from one base, field by field. Pure and symmetric: both devices reach the same record.
 *
 * A field only one side changed takes that side's value. A field both changed to different values keeps the later edit
 * (by `updatedAt`, then device, then `rev`) and lists both in `conflicts`, so neither is lost; of an element in a `set`
 * field the conflict holds the two elements. A guarded field (guards.ts) is listed also where one side alone changed it while the other edited
 * anything, and its safer value is in force; of the audience only where this device may narrow it, else it unites like a set.
 * `owner` and `ref` take the later change. `base` may be missing when the two were made apart; every differing field is then a conflict. The result
 * has the `rev`, `updatedAt` and `author` of the later edit: the caller gives it its own.
 */
export function mergeRecords(base: SuarRecord | undefined, mine: SuarRecord, theirs: SuarRecord, rules: MergeRules, { ownsAudience = false }: MergeOptions = {}): SuarRecord {
  const [kept, other] = isLater(mine, theirs) ? [mine, theirs] : [theirs, mine];
  const isApart = base === undefined || (isEdited(base, kept) && isEdited(base, other));
  const conflicts = uniteConflicts(base, kept, other);
  const clash =
    (field: string): Clash =>
    (baseValue, keptValue, otherValue) => {
      conflicts.push({
        field,
        base: baseValue ?? null,
        ...(base ? { baseBy: base.author, baseAt: base.updatedAt } : {}),
        kept: keptValue ?? null,
        keptBy: kept.author,
        keptAt: kept.updatedAt,
        ...(kept.offlineMinutes ? { keptOffline: kept.offlineMinutes } : {}),
        other: otherValue ?? null,
        otherBy: other.author,
        otherAt: other.updatedAt,
        ...(other.offlineMinutes ? { otherOffline: other.offlineMinutes } : {}),
      });
    };
  const merge = (field: string, b: unknown, k: unknown, o: unknown): unknown => {
    if (same(k, o)) return k;
    const changedByOne = base !== undefined && (same(b, k) || same(b, o));
    const changed = base !== undefined && same(b, k) ? o : k;
    const guard = guardOf(kept.entity, field);
    if (changedByOne && !(guard && isApart)) return changed;
    if (guard) {
      const side = changed === o ? other : kept;
      const isListed = changedByOne && side.conflicts.some((conflict) => conflict.field === field && !conflict.settled);
      if (!isListed) clash(field)(b, k, o);
      return held(guard.hold, base !== undefined, b, k, o);
    }
    const rule = rules[field];
    if (rule?.kind === 'set') return mergeSet(b, k, o, rule.keyOf, clash(field));
    clash(field)(b, k, o);
    return k;
  };
  const body: Record<string, unknown> = {};
  for (const field of new Set([...Object.keys(kept.body), ...Object.keys(other.body)])) {
    const value = merge(field, base?.body[field], kept.body[field], other.body[field]);
    if (value !== undefined) body[field] = value;
  }
  const later = <T>(b: T | undefined, k: T, o: T): T => (base !== undefined && same(k, b) ? o : k);
  const { offlineMinutes: _offline, ...envelope } = kept;
  return {
    ...envelope,
    owner: later(base?.owner, kept.owner, other.owner),
    audience: mergeAudience(),
    ref: later(base?.ref, kept.ref, other.ref),
    status: String(merge('status', base?.status, kept.status, other.status)),
    tlp: merge('tlp', base?.tlp, kept.tlp, other.tlp) as SuarRecord['tlp'],
    schemaVersion: Math.max(kept.schemaVersion, other.schemaVersion),
    conflicts: withinLimit(conflicts),
    body,
  };

  /** Without a common base nothing says who left whom out, so all readers stay. */
  function mergeAudience(): string[] {
    const [b, k, o] = [base?.audience, kept.audience, other.audience].map((buckets) => buckets?.toSorted());
    const united = mergeSet(b, k, o, String, () => undefined) as string[];
    if (base === undefined || !isApart || same(k, o)) return united.sort();
    const common = merge('audience', b, k, o) as string[];
    return (ownsAudience && common.length > 0 ? common : united).sort();
  }
}
