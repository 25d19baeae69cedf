import { describe, expect, it } from 'vitest';
import { packPush, unpackPush, type PackedPush } from '#shared/contract/packed-push.ts';
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
    expect(unpackPush(fromCbor(toCbor(packPush(rows))) as PackedPush, 3)).toEqual(rows);
    expect(() => unpackPush(packPush(rows), 2)).toThrow();
  });

  it.each([
    ['too few bases', { assumed: [] }],
    [
      'more claims than rows',
      {
        extras: [
          [0, {}],
          [0, {}],
        ],
      },
    ],
    ['no rows', { packed: null }],
  ])('with %s is refused', (_name, over) => {
    expect(() => unpackPush({ ...packPush([{ rec: rec(1), assumed: null }]), ...over }, 5)).toThrow();
  });

  it.each([{ extras: [5] }, { extras: [[0, null]] }, { extras: [['x', { claim: 1 }]] }])('survives extras of any shape: %j', (over) => {
    expect(unpackPush({ ...packPush([{ rec: rec(1), assumed: null }]), ...over }, 5)).toEqual([{ rec: rec(1), assumed: null }]);
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
