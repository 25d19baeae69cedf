import fc from 'fast-check';
import { fillWithDefaultSettings } from 'rxdb/plugins/core';
import { describe, expect, it } from 'vitest';
import { RECORD_SCHEMA } from '../../../src-renderer/db/record-schema.ts';
import { planLayout, type PlainDoc } from '../../../src-renderer/db/sealing/layout.ts';
import { guardTable } from '../../../src-renderer/db/sqlite/guard-table.ts';
import type { Key, KeyRange } from '../../../src-renderer/db/sqlite/range.ts';
import { openStoreFile } from '../../../src-renderer/db/sqlite/store-file.ts';
import { createMemoryDisk } from '../../factories/memory-disk.ts';

const LAYOUT = planLayout('record', fillWithDefaultSettings(RECORD_SCHEMA) as never, ['ref']);
const INDEX = ['_deleted', 'entity', 'updatedAt', 'id'];

function row(n: number, over: PlainDoc = {}): PlainDoc {
  return {
    id: `id-${String(n).padStart(4, '0')}`,
    _rev: `1-${n}`,
    _deleted: n % 7 === 0,
    _meta: { lwt: 1000 + (n % 5), j: n },
    _attachments: {},
    entity: ['case', 'intel'][n % 2],
    status: ['new', 'open'][n % 2],
    updatedAt: `t${n % 11}`,
    ref: `r${n % 3}`,
    ct: Uint8Array.of(n % 256, 1, 2),
    ...over,
  };
}

const ROWS = Array.from({ length: 120 }, (_, n) => row(n));

function open(disk = createMemoryDisk()) {
  return { disk, table: openStoreFile(disk, 'store', true, () => undefined).table(LAYOUT) };
}

const keyOf = (doc: PlainDoc): Key[] => [Number(doc['_deleted']), String(doc['entity']), String(doc['updatedAt']), String(doc['id'])];

/** As array keys of IndexedDB compare: numbers before text, a shorter tuple before a longer one that begins with it. */
function compareKeys(a: readonly Key[], b: readonly Key[]): number {
  for (const [i, x] of a.entries()) {
    const y = b[i];
    if (y === undefined) return 1;
    if (typeof x !== typeof y) return typeof x === 'number' ? -1 : 1;
    if (x !== y) return x < y ? -1 : 1;
  }
  return a.length - b.length;
}

const tuple = fc.tuple(
  fc.constantFrom<Key>(0, 1, -1, '\uffff'),
  fc.constantFrom<Key>(-1, 'case', 'intel', 'd', '\uffff'),
  fc.constantFrom<Key>(-1, 't0', 't3', 't9', '\uffff'),
  fc.constantFrom<Key>(-1, 'id-0003', 'id-0044', '\uffff'),
);

describe('the table of a store', () => {
  it('gives back what was put, in place of what stood there', () => {
    const { table } = open();
    table.put(ROWS);
    expect(table.after(undefined, 1000)).toEqual(ROWS);
    table.put([row(5, { _rev: '2-5', _deleted: true, status: 'closed' })]);
    expect(table.byId(['id-0005', 'nobody'])).toEqual([row(5, { _rev: '2-5', _deleted: true, status: 'closed' })]);
    expect(table.count()).toBe(120);
    table.remove(['id-0005']);
    expect(table.byId(['id-0005'])).toEqual([]);
  });

  it('keeps all of a batch or nothing', () => {
    const { table } = open();
    table.put(ROWS.slice(0, 3));
    expect(() => table.put([row(50), { ...row(51), id: null }])).toThrow();
    expect(table.count()).toBe(3);
  });

  it('reads and counts any range of an index as a list sorted by hand, both ways', () => {
    const { table } = open();
    table.put(ROWS);
    const sorted = [...ROWS].sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
    fc.assert(
      fc.property(tuple, tuple, fc.boolean(), fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 30 }), (lower, upper, lowerOpen, upperOpen, isBackwards, most) => {
        const range: KeyRange = { lower, lowerOpen, upper, upperOpen };
        const inside = sorted.filter((doc) => {
          const [low, high] = [compareKeys(keyOf(doc), lower), compareKeys(keyOf(doc), upper)];
          return (lowerOpen ? low > 0 : low >= 0) && (upperOpen ? high < 0 : high <= 0);
        });
        const wanted = (isBackwards ? inside.toReversed() : inside).slice(0, most);
        const { rows, lastKey } = table.scan({ index: INDEX, range, direction: isBackwards ? 'prev' : 'next', most });
        expect(rows.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
        if (rows.length === most) expect(lastKey).toEqual(keyOf(wanted.at(-1) as PlainDoc));
        else expect(lastKey).toBeUndefined();
        expect(table.countRange(INDEX, range)).toBe(inside.length);
      }),
      { numRuns: 400 },
    );
  });

  it('knows an index that lost an entry', () => {
    const { disk, table } = open();
    table.put(ROWS);
    expect([table.isIndexed(ROWS), table.isEven()]).toEqual([true, true]);
    const [bytes = new Uint8Array()] = disk.copy().values();
    const entry = Buffer.from(bytes).indexOf('caset4id-0026'); // as the record of an index lies on its page
    expect(entry).toBeGreaterThan(0);
    const bent = Uint8Array.from(bytes);
    bent[entry + 'caset4id-00'.length] = '9'.charCodeAt(0);
    const reopened = open(createMemoryDisk(new Map([['store', bent]]))).table;
    expect(reopened.after(undefined, 1000)).toEqual(ROWS);
    expect(reopened.isIndexed(ROWS)).toBe(false);
    table.close();
  });

  it('tells damage and a full disk apart', () => {
    const told: unknown[] = [];
    const failing = (resultCode: number) =>
      guardTable(
        'record',
        {
          ...open().table,
          put: () => {
            throw Object.assign(new Error('no'), { resultCode });
          },
          after: () => {
            throw Object.assign(new Error('no'), { resultCode });
          },
        },
        (error) => told.push(error),
      );
    expect(() => failing(13).put([])).toThrow(expect.objectContaining({ code: 'store-full' }));
    expect(() => failing(778).put([])).toThrow(expect.objectContaining({ code: 'store-full' }));
    expect(told).toEqual([]);
    expect(() => failing(11).put([])).toThrow(expect.objectContaining({ code: 'store-damaged' }));
    expect(() => failing(266).after(undefined, 1)).toThrow(expect.objectContaining({ code: 'store-damaged' }));
    expect(told).toHaveLength(2);
    expect(() => failing(21).after(undefined, 1)).toThrow('no');
  });

  it('does not open a file whose pages were overwritten as if it were empty', () => {
    const { disk, table } = open();
    table.put(ROWS);
    const [bytes = new Uint8Array()] = disk.copy().values();
    let noticed = 0;
    for (let page = 0; page * 4096 < bytes.length; page++) {
      const bent = Uint8Array.from(bytes).fill(0xa5, page * 4096, page * 4096 + 4096);
      try {
        const reopened = open(createMemoryDisk(new Map([['store', bent]]))).table;
        const rows = reopened.after(undefined, 1000);
        if (rows.length !== ROWS.length || !reopened.isIndexed(rows) || !reopened.isEven()) noticed++;
      } catch {
        noticed++;
      }
    }
    expect(noticed).toBe(Math.ceil(bytes.length / 4096));
  });
});
