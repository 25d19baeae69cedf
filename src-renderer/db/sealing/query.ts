import { getQueryMatcher, getQueryPlan, getSortComparator, type FilledMangoQuery, type PreparedQuery, type RxDocumentData, type RxJsonSchema, type RxQueryPlan } from 'rxdb/plugins/core';
import type { SealingCodec } from './codec.ts';
import { isClearField, isClearSelector, type PlainDoc, type SealingLayout } from './layout.ts';
import { rangeBehind, toKeyRange, type KeyRange } from '../sqlite/range.ts';
import type { RowTable } from '../sqlite/row-table.ts';

/** Bounds of RxDB's planner (rxdb/src/query-planner.ts). */
const INDEX_MAX = '\uffff';
const INDEX_MIN = Number.MIN_SAFE_INTEGER;
const PAGE_MIN = 64;
const PAGE_MAX = 2000;
/** How often a paged walk starts again because of a write in between, before it reads its whole range at once. */
const WALK_TRIES = 3;

/** What a query over sealed rows needs. */
export interface QueryContext {
  readonly schema: Readonly<RxJsonSchema<RxDocumentData<PlainDoc>>>;
  readonly layout: SealingLayout;
  readonly codec: SealingCodec;
  readonly table: RowTable;
  /** Number of writes finished so far; a change during a paged walk means it may have missed a row. */
  readonly writes: () => number;
}

type Query = FilledMangoQuery<PlainDoc>;
type Doc = RxDocumentData<PlainDoc>;

interface Walk {
  readonly plan: RxQueryPlan;
  readonly direction: 'next' | 'prev';
  /** The index gives the order asked for. */
  readonly sorted: boolean;
}

function isPinned(plan: RxQueryPlan, i: number): boolean {
  return plan.startKeys[i] === plan.endKeys[i] && typeof plan.startKeys[i] === 'string';
}

/** A token keeps equality but no order, so an index that is not pinned to one token cannot serve a sort. */
function hasOpenToken(layout: SealingLayout, plan: RxQueryPlan): boolean {
  return plan.index.some((field, i) => layout.tokens.has(field) && !isPinned(plan, i));
}

/** RxDB never serves a descending sort from an index; the ascending twin walked backwards does. */
function planWalk(ctx: QueryContext, { query, queryPlan }: PreparedQuery<PlainDoc>): Walk {
  if (queryPlan.sortSatisfiedByIndex && !hasOpenToken(ctx.layout, queryPlan)) return { plan: queryPlan, direction: 'next', sorted: true };
  if (query.sort.every((part) => Object.values(part)[0] === 'desc')) {
    const ascending = query.sort.map((part) => Object.fromEntries(Object.keys(part).map((field) => [field, 'asc'])));
    const twin = getQueryPlan<PlainDoc>(ctx.schema, { ...query, sort: ascending } as Query);
    if (twin.sortSatisfiedByIndex && !hasOpenToken(ctx.layout, twin)) return { plan: twin, direction: 'prev', sorted: true };
  }
  return { plan: queryPlan, direction: 'next', sorted: false };
}

/** Puts tokens in place of the values a plan pins; opens the plan from the first token field it does not pin. */
export async function withTokens(layout: SealingLayout, codec: SealingCodec, plan: RxQueryPlan): Promise<RxQueryPlan> {
  const at = plan.index.findIndex((field) => layout.tokens.has(field));
  if (at < 0) return plan;
  const field = plan.index[at] ?? '';
  const startKeys = [...plan.startKeys];
  const endKeys = [...plan.endKeys];
  if (isPinned(plan, at)) {
    startKeys[at] = endKeys[at] = await codec.token(field, String(plan.startKeys[at]));
    return { ...plan, startKeys, endKeys };
  }
  for (let i = at; i < plan.index.length; i++) {
    startKeys[i] = INDEX_MIN;
    endKeys[i] = INDEX_MAX;
  }
  return { ...plan, startKeys, endKeys, inclusiveStart: true, inclusiveEnd: true, selectorSatisfiedByIndex: false };
}

/** The documents of a query, in its order. Opens as few seals as it can; rejects with StoreDamagedError where one does not open. */
export async function runQuery(ctx: QueryContext, prepared: PreparedQuery<PlainDoc>): Promise<Doc[]> {
  const { layout, codec, table, schema } = ctx;
  const { query } = prepared;
  const walk = planWalk(ctx, prepared);
  const plan = await withTokens(layout, codec, walk.plan);
  const bounds = toKeyRange(plan);
  // An impossible or untyped bound: read the index and let the matcher decide.
  const covered = plan.selectorSatisfiedByIndex && bounds !== undefined;
  const range = bounds ?? {};
  const skip = query.skip;
  const want = skip + (query.limit ?? Infinity);
  if (want === skip) return [];
  const matcher = covered ? undefined : getQueryMatcher<PlainDoc>(schema, query);
  const unsealAll = (rows: readonly PlainDoc[]) => Promise.all(rows.map(codec.unseal)) as Promise<Doc[]>;
  const scan = { index: plan.index, direction: walk.direction };

  if (matcher === undefined || isClearSelector(layout, query.selector)) {
    const accept = matcher && ((row: PlainDoc) => matcher(row as Doc));
    const { rows } = table.scan({ ...scan, range, most: walk.sorted ? want : Infinity, accept });
    if (walk.sorted) return await unsealAll(rows.slice(skip, want));
    const compare = getSortComparator<Doc>(schema as never, query as never);
    if (query.sort.every((part) => isClearField(layout, Object.keys(part)[0] ?? ''))) {
      return unsealAll((rows as Doc[]).sort(compare).slice(skip, want));
    }
    return (await unsealAll(rows)).sort(compare).slice(skip, want);
  }

  const page = Math.min(PAGE_MAX, Math.max(PAGE_MIN, walk.sorted ? want * 2 : PAGE_MAX));
  const found = await walkMatching(ctx, { ...scan, range, page, want: walk.sorted ? want : Infinity, matcher });
  if (!walk.sorted) found.sort(getSortComparator<Doc>(schema as never, query as never));
  return found.slice(skip, want);
}

interface MatchingWalk {
  readonly index: readonly string[];
  readonly direction: 'next' | 'prev';
  readonly range: KeyRange;
  readonly page: number;
  readonly want: number;
  readonly matcher: (doc: Doc) => boolean;
}

/** Opens page after page (other work runs while seals are opened), again from the start where a write came between two pages. */
async function walkMatching(ctx: QueryContext, walk: MatchingWalk): Promise<Doc[]> {
  const { table, codec } = ctx;
  for (let attempt = 0; ; attempt++) {
    const most = attempt < WALK_TRIES ? walk.page : Infinity;
    const before = ctx.writes();
    const found: Doc[] = [];
    let range = walk.range;
    let pages = 0;
    for (;;) {
      const { rows, lastKey } = table.scan({ index: walk.index, direction: walk.direction, range, most });
      pages++;
      for (const doc of await Promise.all(rows.map(codec.unseal))) if (walk.matcher(doc as Doc)) found.push(doc as Doc);
      if (found.length >= walk.want || lastKey === undefined) break;
      range = rangeBehind(range, lastKey, walk.direction);
    }
    if (pages === 1 || ctx.writes() === before) return found;
  }
}
