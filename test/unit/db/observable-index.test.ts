import { describe, expect, it, vi } from 'vitest';
import { keepIndex } from '../../../src-renderer/db/index/index-keeper.ts';
import { CORRELATION_RECORDS_MAX } from '../../../src-renderer/db/index/observable-index.ts';
import { createRepository } from '../../../src-renderer/db/repository.ts';
import type { CaseBody } from '#shared/schema/case.ts';
import { INDEX_KINDS } from '../../factories/record-indexes.ts';
import { caseBody } from '../../factories/records.ts';
import { createWriteDeps } from '../../factories/seeded.ts';
import { openSealedStore } from '../../factories/stores.ts';

const domain = (key: string) => ({ kind: 'domain', key });
const record = (n: number, ...keys: string[]) => ({ id: `r${String(n).padStart(3, '0')}`, entity: n % 2 ? 'case' : 'intel', observables: keys.map(domain) });

describe.each(INDEX_KINDS)('observable index %s', (_name, make) => {
  it('finds what several records share, newest first, without the one that asks', async () => {
    const index = await make();
    await index.apply([record(1, 'a', 'b'), record(2, 'a'), record(3, 'a', 'c')], { id: 'r003', lwt: 3.25 });
    expect(await index.correlate([domain('a'), domain('b'), domain('zz')], 'r001')).toEqual([
      {
        kind: 'domain',
        key: 'a',
        total: 2,
        records: [
          { id: 'r003', entity: 'case', title: '', lang: '', ref: '', tlp: 'RED' },
          { id: 'r002', entity: 'intel', title: '', lang: '', ref: '', tlp: 'RED' },
        ],
      },
    ]);
    expect(await index.correlate([{ kind: 'url', key: 'a' }])).toEqual([]);
    expect(await index.correlate([])).toEqual([]);
    await index.close();
  });

  it('replaces what a record held, and takes out one without observables', async () => {
    const index = await make();
    await index.apply([record(1, 'a'), record(2, 'a', 'a')], { id: 'x', lwt: 1 });
    await index.apply([record(1, 'b'), record(2)], { id: 'y', lwt: 2 });
    expect(await index.correlate([domain('a')])).toEqual([]);
    expect((await index.correlate([domain('b')]))[0]?.total).toBe(1);
    expect(await index.checkpoint()).toEqual({ id: 'y', lwt: 2 });
    await index.clear();
    expect(await index.checkpoint()).toBeUndefined();
    expect(await index.correlate([domain('b')])).toEqual([]);
    await index.close();
  });

  it('names at most the newest 50 but counts all, also for many observables at once', async () => {
    const index = await make();
    await index.apply(
      Array.from({ length: 130 }, (_, n) => record(n, 'hot', `own-${n}`)),
      { id: 'x', lwt: 1 },
    );
    const [hot] = await index.correlate([domain('hot')]);
    expect([hot?.total, hot?.records.length, hot?.records[0]?.id]).toEqual([130, CORRELATION_RECORDS_MAX, 'r129']);
    const asked = Array.from({ length: 1300 }, (_, n) => domain(`own-${n}`));
    expect((await index.correlate(asked)).map(({ key }) => key)).toEqual(Array.from({ length: 130 }, (_, n) => `own-${n}`));
    await index.close();
  });

  it('is built from the store, follows it, and forgets what is deleted', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { db } = await openSealedStore();
    const cases = createRepository<CaseBody>(db, 'case', createWriteDeps(1));
    const observables = [{ kind: 'domain' as const, value: 'A', key: 'a' }];
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      const made = await cases.insert({ body: caseBody({ observables }), status: 'new', tlp: 'AMBER' });
      if (made.ok) ids.push(made.value.id);
    }
    const index = await make();
    const errors: unknown[] = [];
    const keeper = keepIndex(db, index, (error) => errors.push(error));
    await keeper.caughtUp();
    expect((await index.correlate([domain('a')]))[0]?.total).toBe(3);
    await cases.remove(ids[0] ?? '');
    await cases.update(ids[1] ?? '', (c) => ({ body: { ...c.body, observables: [] } }));
    await keeper.caughtUp();
    expect((await index.correlate([domain('a')]))[0]?.records).toEqual([{ id: ids[2], entity: 'case', ref: '', title: caseBody().title, lang: caseBody().lang, tlp: 'AMBER' }]);
    await index.clear();
    await keeper.caughtUp();
    expect((await index.correlate([domain('a')]))[0]?.total).toBe(1);
    expect(errors).toEqual([]);
    keeper.stop();
    await db.close();
    await index.close();
  });
});
