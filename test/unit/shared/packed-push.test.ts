import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { packPush, unpackPush, type PackedPush } from '#shared/contract/packed-push.ts';
import { ROW_COLUMNS } from '#shared/contract/packed-rows.ts';
import { isCursorBefore } from '#shared/contract/cursor.ts';
import type { PushRow, WireRecord } from '#shared/contract/sync.ts';
import { fromCbor, toCbor } from '#shared/contract/wire.ts';

const id = (n: number) => `0190a0b0-0000-7000-8000-${String(n).padStart(12, '0')}`;
const rec = (n: number): WireRecord => ({
  id: id(n),
  entity: 'case',
  owner: 'la',
  audience: ['u:la'],
  tlp: 'AMBER',
  rev: 'ab'.repeat(12),
  deleted: false,
  author: id(9),
  ref: '',
  body: Uint8Array.of(n),
  wraps: [],
  sig: Uint8Array.of(2),
});
const claim = { claim: { kind: 'release' }, signature: 'x' } as unknown as NonNullable<PushRow['claim']>;

describe('a packed push', () => {
  it('comes out of the wire as it went in', () => {
    const rows: PushRow[] = [
      { rec: rec(1), assumed: null },
      { rec: rec(2), assumed: 'cd'.repeat(12) },
      { rec: rec(3), assumed: 'abc', claim, grants: [{ b: 'u:la', e: 1, k: Uint8Array.of(1) }] },
    ];
    const epoch = id(5);
    expect(unpackPush(fromCbor(toCbor(packPush(rows, epoch))) as PackedPush, 3, sha256)).toEqual({ rows, epoch });
    expect(unpackPush(packPush(rows), 3, sha256).epoch).toBeUndefined();
    expect(() => unpackPush(packPush(rows), 2, sha256)).toThrow();
  });

  const one = packPush([{ rec: rec(1), assumed: null }]).packed;
  const withColumn = (at: number, value: unknown) => ({ packed: one.map((column, n) => (n === at ? value : column)) });

  it.each([
    ['too few bases', withColumn(ROW_COLUMNS, [])],
    [
      'more claims than rows',
      withColumn(ROW_COLUMNS + 1, [
        [0, {}],
        [0, {}],
      ]),
    ],
    ['no rows', { packed: null }],
    ['too few columns', { packed: one.slice(0, ROW_COLUMNS) }],
  ])('with %s is refused', (_name, value) => {
    expect(() => unpackPush(value, 5, sha256)).toThrow();
  });

  it.each([[5], [[0, null]], [['x', { claim: 1 }]]])('survives an extra of any shape: %j', (...extras) => {
    expect(unpackPush(withColumn(ROW_COLUMNS + 1, extras), 5, sha256).rows).toEqual([{ rec: rec(1), assumed: null }]);
  });
});

describe('cursors', () => {
  it.each<[string, string, boolean]>([
    ['', 'e:1:1', true],
    ['e:1:1', 'e:1:1', false],
    ['e:1:9', 'e:1:10', true],
    ['e:9:1', 'e:10:0', true],
    ['e:2:1', 'e:1:9', false],
    ['f:1:1', 'e:2:2', false],
    ['x', 'e:1:1', false],
    ['', '', false],
  ])('%j stands before %j: %s', (a, b, before) => {
    expect(isCursorBefore(a, b)).toBe(before);
  });
});
