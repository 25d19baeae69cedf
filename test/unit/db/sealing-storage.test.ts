import fc from 'fast-check';
import type { MangoQuery } from 'rxdb/plugins/core';
import { getChangedDocumentsSince } from 'rxdb/plugins/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { firstValueFrom, skip } from 'rxjs';
import type { SuarRecord } from '#shared/schema/record.ts';
import type { SuarDatabase } from '../../../src-renderer/db/open-database.ts';
import { StoreDamagedError } from '../../../src-renderer/db/store-damaged-error.ts';
import { recordEnvelope } from '../../factories/records.ts';
import { changeRows, withFlippedSeal, type MemoryDisk } from '../../factories/memory-disk.ts';
import { openMemoryStore, openSealedStore } from '../../factories/stores.ts';

const records = Array.from({ length: 240 }, (_, n) => recordEnvelope(n));
const plain = (docs: readonly { toJSON: () => unknown }[]) => docs.map((doc) => doc.toJSON());

const clearCondition = fc.oneof(
  fc.record({ entity: fc.constantFrom('case', 'intel', 'nothing') }),
  fc.record({ status: fc.oneof(fc.constantFrom('active', 'new'), fc.record({ $in: fc.subarray(['active', 'closed', 'new'], { minLength: 1 }) }), fc.record({ $ne: fc.constant('new') })) }),
  fc.record({
    updatedAt: fc.oneof(fc.record({ $gt: fc.integer({ min: 0, max: 40 }).map(at) }), fc.record({ $gte: fc.integer({ min: 0, max: 20 }).map(at), $lt: fc.integer({ min: 10, max: 40 }).map(at) })),
  }),
  fc.record({ ref: fc.oneof(fc.constantFrom('', 'ref-1', 'ref-9'), fc.record({ $gt: fc.constant('ref-0') }), fc.record({ $in: fc.constant(['ref-2', 'ref-0']) })) }),
);
const sealedCondition = fc.oneof(
  fc.record({ owner: fc.constantFrom('la-ccu', 'xx') }),
  fc.record({ tlp: fc.record({ $in: fc.subarray(['GREEN', 'RED', 'CLEAR'], { minLength: 1 }) }) }),
  fc.record({ 'body.weight': fc.record({ $gt: fc.integer({ min: 0, max: 9 }) }) }),
  fc.record({ 'body.title': fc.record({ $regex: fc.constantFrom('alpha', 'beta-a', 'zzz') }) }),
  fc.record({ $or: fc.constant([{ status: 'new' }, { 'body.weight': { $lt: 3 } }]) }),
);
const direction = fc.constantFrom('asc', 'desc');
const sort = fc.oneof(
  fc.constant([{ updatedAt: 'desc' }, { id: 'desc' }]),
  fc.constant([{ updatedAt: 'asc' }, { id: 'asc' }]),
  fc.tuple(fc.constantFrom('status', 'entity', 'ref', 'body.weight', 'owner'), direction, direction).map(([field, a, b]) => [{ [field]: a }, { id: b }]),
);
const anyQuery = fc
  .record({
    parts: fc.array(fc.oneof(clearCondition, sealedCondition), { maxLength: 3 }),
    sort: fc.option(sort, { nil: undefined }),
    limit: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
    skip: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
  })
  .map(({ parts, ...rest }) => ({ selector: Object.assign({}, ...parts) as object, ...Object.fromEntries(Object.entries(rest).filter(([, v]) => v !== undefined)) }));

function at(ms: number): string {
  return `17953${String(ms).padStart(8, '0')}-0000`;
}

describe('sealing storage', () => {
  let sealed: SuarDatabase;
  let memory: SuarDatabase;
  let disk: MemoryDisk;
  beforeAll(async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    ({ db: sealed, disk } = await openSealedStore());
    memory = await openMemoryStore();
    for (const db of [sealed, memory]) {
      expect((await db.collections.record.bulkInsert(records)).error).toEqual([]);
      for (const gone of records.slice(0, 12)) await (await db.collections.record.findOne(gone.id).exec())?.remove();
    }
  });
  afterAll(async () => {
    await sealed.close();
    await memory.close();
  });

  it('answers 400 random queries as plain RxDB does, in order', async () => {
    await fc.assert(
      fc.asyncProperty(anyQuery, async (query) => {
        const q = query as MangoQuery<SuarRecord>;
        const [a, b] = await Promise.all([sealed.collections.record.find(q).exec(), memory.collections.record.find(q).exec()]);
        // without a sort RxDB promises no order
        const order = (docs: unknown[]) => ('sort' in query ? docs : (docs as SuarRecord[]).sort((x, y) => (x.id < y.id ? -1 : 1)));
        if ('sort' in query || !('limit' in query || 'skip' in query)) expect(order(plain(a))).toEqual(order(plain(b)));
        else expect(a.length).toBe(b.length);
      }),
      { numRuns: 400, seed: 42 },
    );
  }, 60_000);

  it('counts as plain RxDB does', async () => {
    await fc.assert(
      fc.asyncProperty(anyQuery, async ({ selector }) => {
        const q = { selector } as MangoQuery<SuarRecord>;
        expect(await sealed.collections.record.count(q).exec()).toBe(await memory.collections.record.count(q).exec());
      }),
      { numRuns: 60, seed: 7 },
    );
  }, 60_000);

  it('walks the index backwards and opens no more seals than the limit', async () => {
    const { db, disk } = await openSealedStore();
    await db.collections.record.bulkInsert(records);
    const file = disk.open(disk.names()[0] ?? '');
    const prepared = vi.spyOn(file, 'prepare');
    const opened = vi.spyOn(crypto.subtle, 'decrypt');
    for (const selector of [{ entity: 'case', status: 'new' }, { entity: 'case' }]) {
      await db.collections.record.find({ selector, sort: [{ updatedAt: 'desc' }, { id: 'desc' }], limit: 5 }).exec();
    }
    expect(opened.mock.calls.length).toBeLessThanOrEqual(10);
    expect(prepared).toHaveBeenCalledTimes(2);
    for (const [sql] of prepared.mock.calls) {
      const plan = file.selectObjects(`EXPLAIN QUERY PLAN ${String(sql)}`).map(({ detail }) => String(detail));
      expect(plan).toEqual([expect.stringMatching(/^SEARCH .* USING INDEX/)]); // one line: no sorting beside it
    }
    opened.mockRestore();
    await db.close();
  });

  it('pages changes by exact position: every document once, ties included', async () => {
    const seen: string[] = [];
    let checkpoint: unknown;
    for (;;) {
      const page = await getChangedDocumentsSince<SuarRecord, unknown>(sealed.collections.record.storageInstance, 17, checkpoint);
      if (page.documents.length === 0) break;
      seen.push(...page.documents.map((doc) => doc.id));
      checkpoint = page.checkpoint;
    }
    expect(new Set(seen).size).toBe(records.length);
    expect(seen.length).toBe(records.length);
  });

  it('leaves no word of a document on the disk', async () => {
    const words = ['CANARY', 'ພາສາລາວ', 'la-ccu', 'fj-ccu', 'ref-1', 'AMBER', 'weight', 'u:la'];
    for (const bytes of disk.copy().values()) {
      expect(bytes.length).toBeGreaterThan(100_000);
      for (const word of words) for (const form of ['utf8', 'utf16le'] as const) expect(Buffer.from(bytes).includes(Buffer.from(word, form)), word).toBe(false);
    }
    const file = disk.open(disk.names()[0] ?? '');
    expect(file.selectValue('SELECT count(*) FROM "record-0"')).toBe(records.length);
    expect(file.selectValues("SELECT name FROM pragma_table_info('record-0')")).toEqual(['n', 'id', 'rev', 'gone', 'lwt', 'meta', 'f_entity', 'f_status', 'f_updatedAt', 'f_ref', 'ct']);
  });

  it('tells SQLite to flush every write where no journal does', () => {
    expect(disk.open(disk.names()[0] ?? '').selectValue('PRAGMA synchronous')).toBe(2); // FULL
  });

  it('keeps change events in the order of the writes and with the documents written', async () => {
    const { db } = await openSealedStore();
    const events: string[] = [];
    db.collections.record.$.subscribe((event) => events.push((event.documentData as SuarRecord).body['title'] as string));
    const many = Array.from({ length: 20 }, (_, n) => ({ ...recordEnvelope(n, 5), body: { title: `t${n}`, pad: 'x'.repeat(n % 2 ? 20_000 : 1) } }));
    await Promise.all(many.map((record) => db.collections.record.insert(record)));
    expect(events).toEqual(many.map((record) => record.body['title']));
    await db.close();
  });
});

describe('a damaged store', () => {
  const cases: [string, (row: Record<string, unknown>) => Record<string, unknown>][] = [
    ['a flipped bit of ciphertext', withFlippedSeal],
    ['a missing ciphertext', ({ ct: _ct, ...row }) => row],
    ['a changed clear field', (row) => ({ ...row, status: 'zzz' })],
    ['a forged revision', (row) => ({ ...row, _rev: '9-forged' })],
  ];
  it.each(cases)('shows %s as a typed error, never as a missing document', async (_name, damage) => {
    const first = await openSealedStore();
    const record = recordEnvelope(1);
    await first.db.collections.record.insert(record);
    await first.db.close();
    changeRows(first.disk, damage);
    const { db } = await openSealedStore({ disk: first.disk, name: first.name });
    await expect(db.collections.record.findOne(record.id).exec()).rejects.toBeInstanceOf(StoreDamagedError);
    await expect(db.collections.record.find().exec()).rejects.toMatchObject({ code: 'store-damaged', id: record.id });
    await db.close();
  });

  it('does not open with another key', async () => {
    const first = await openSealedStore();
    await first.db.collections.record.insert(recordEnvelope(1));
    await first.db.close();
    const opening = openSealedStore({ disk: first.disk, name: first.name, key: new Uint8Array(32).fill(8) });
    await expect(opening).rejects.toMatchObject({ code: 'store-damaged' });
  });
});

describe('live queries on a sealed store', () => {
  it('follow a write', async () => {
    const { db } = await openSealedStore();
    const next = firstValueFrom(db.collections.record.find({ selector: { entity: 'case' }, sort: [{ updatedAt: 'desc' }, { id: 'desc' }], limit: 3 }).$.pipe(skip(1)));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await db.collections.record.insert({ ...recordEnvelope(3), entity: 'case' });
    expect(await next).toHaveLength(1);
    await db.close();
  });
});
