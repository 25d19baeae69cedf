import { listOf, packHex, packId, packRows, ROW_COLUMNS, unpackHex, unpackId, unpackRows, type PackedRows, type PackedText } from './packed-rows.ts';
import type { HeldBody } from './body-parts.ts';
import type { PushedParcel } from './parcel.ts';
import type { Sha256 } from './signature-group.ts';
import type { PushRow } from './sync.ts';

/** The rows of a push by column: those of the records, `assumed` in the same order, claims and grants by the place of their record. */
export interface PackedPush {
  readonly packed: readonly [...PackedRows, assumed: readonly (PackedText | null)[], extras: readonly (readonly [at: number, extra: Pick<PushRow, 'claim' | 'grants'>])[]];
  readonly epoch?: PackedText;
  readonly parcels?: readonly PushedParcel[];
  /** Of the only row, which comes without it. */
  readonly held?: HeldBody;
}

/** Packs the rows of a push, the epoch their bases are of and the parcels of some of them. */
export function packPush(rows: readonly PushRow[], epoch?: string, parcels: readonly PushedParcel[] = []): PackedPush {
  const assumed = rows.map(({ assumed }) => (assumed === null ? null : packHex(assumed)));
  const extras = rows.flatMap(({ claim, grants }, at) => (claim || grants ? [[at, { ...(claim ? { claim } : {}), ...(grants ? { grants } : {}) }] as const] : []));
  return { packed: [...packRows(rows.map(({ rec }) => rec)), assumed, extras], ...(epoch ? { epoch: packId(epoch) } : {}), ...(parcels.length > 0 ? { parcels } : {}) };
}

/** What a packed push from outside holds; throws where its columns do not fit. What a row or the epoch says is the caller's to check. */
export function unpackPush({ packed, epoch }: { readonly packed: unknown; readonly epoch?: unknown }, maxRows: number, sha256: Sha256): { readonly rows: unknown[]; readonly epoch: unknown } {
  const columns = listOf(packed);
  const records = unpackRows(columns, maxRows, sha256);
  const assumed = listOf(columns[ROW_COLUMNS]);
  const some = listOf(columns[ROW_COLUMNS + 1]);
  if (records.length !== assumed.length || some.length > records.length) throw new Error('columns of different length');
  const extras = new Map(some.map((entry) => (Array.isArray(entry) ? [Number(entry[0]), Object(entry[1]) as object] : [-1, {}]) as [number, object]));
  const rows = records.map((rec, at) => {
    const { claim, grants } = (extras.get(at) ?? {}) as { readonly claim?: unknown; readonly grants?: unknown };
    return { rec, assumed: unpackHex(assumed[at]), ...(claim === undefined ? {} : { claim }), ...(grants === undefined ? {} : { grants }) };
  });
  return { rows, epoch: unpackId(epoch) };
}
