import { bytesToHex } from '../base/ids.ts';
import { hexToBytes, packRows, unpackRows, type PackedRows } from './packed-rows.ts';
import type { PushRow } from './sync.ts';

/** The rows of a push by column; records and `assumed` in one order, claims and grants by the place of their record. */
export interface PackedPush {
  readonly packed: PackedRows;
  readonly assumed: readonly (Uint8Array | string | null)[];
  readonly extras: readonly (readonly [at: number, extra: Pick<PushRow, 'claim' | 'grants'>])[];
}

const REV = /^(?:[0-9a-f]{2})+$/;

/** Packs the rows of a push. */
export function packPush(rows: readonly PushRow[]): PackedPush {
  return {
    packed: packRows(rows.map(({ rec }) => rec)),
    assumed: rows.map(({ assumed }) => (assumed !== null && REV.test(assumed) ? hexToBytes(assumed) : assumed)),
    extras: rows.flatMap(({ claim, grants }, at) => (claim || grants ? [[at, { ...(claim ? { claim } : {}), ...(grants ? { grants } : {}) }] as const] : [])),
  };
}

/** The rows of a packed push that came from outside; throws where its columns do not fit. What a row says is the caller's to check. */
export function unpackPush(value: { readonly packed: unknown; readonly assumed: readonly unknown[]; readonly extras: readonly unknown[] }, maxRows: number): unknown[] {
  const records = unpackRows(value.packed, maxRows);
  if (records.length !== value.assumed.length || value.extras.length > records.length) throw new Error('columns of different length');
  const extras = new Map(value.extras.map((entry) => (Array.isArray(entry) ? [Number(entry[0]), Object(entry[1]) as object] : [-1, {}]) as [number, object]));
  return records.map((rec, at) => {
    const assumed = value.assumed[at];
    const { claim, grants } = (extras.get(at) ?? {}) as { readonly claim?: unknown; readonly grants?: unknown };
    return { rec, assumed: assumed instanceof Uint8Array ? bytesToHex(assumed) : assumed, ...(claim === undefined ? {} : { claim }), ...(grants === undefined ? {} : { grants }) };
  });
}
