import { describe, expect, it } from 'vitest';
import type { EntityName } from '#shared/entities.ts';
import type { FieldConflict, SuarRecord } from '#shared/schema/record.ts';
import { toIndexed } from '../../../src-renderer/db/index/indexed-record.ts';
import { CONFLICTED_MAX, readConflicted } from '../../../src-renderer/db/index/read-conflicted.ts';
import { INDEX_KINDS } from '../../factories/record-indexes.ts';
import { caseBody, recordEnvelope } from '../../factories/records.ts';

const AT = '0001763712000-0000';
const OPEN: FieldConflict = { field: 'title', base: 'a', kept: 'b', keptBy: 'x', keptAt: AT, other: 'c', otherBy: 'y', otherAt: AT };
const SETTLED: FieldConflict = { ...OPEN, settled: { choice: 'kept', by: 'x', at: AT } };
const record = (n: number, entity: EntityName, conflicts: FieldConflict[]): SuarRecord => ({
  ...recordEnvelope(n),
  id: `r${String(n).padStart(5, '0')}`,
  entity,
  updatedAt: `${String(n).padStart(13, '0')}-0000`,
  conflicts,
  body: caseBody({ title: `record ${n}` }),
});

describe.each(INDEX_KINDS)('records with open conflicts, %s', (_name, make) => {
  async function ask(records: readonly SuarRecord[], entities: readonly EntityName[] = ['case', 'brief']) {
    const index = await make();
    let at = 0;
    for (const each of records) await index.apply([toIndexed({ ...each, _deleted: false })], { id: 'x', lwt: ++at });
    const read: string[] = [];
    const byId = new Map(records.map((each) => [each.id, each]));
    const answer = await readConflicted(
      index,
      async (ids) => {
        read.push(...ids);
        return ids.flatMap((id) => byId.get(id) ?? []);
      },
      entities,
    );
    return { titles: answer.records.map(({ body }) => body['title']), total: answer.total, read: read.length };
  }

  it('finds those nobody has decided, of the kinds asked for, the last changed first', async () => {
    const records = [record(1, 'case', [OPEN]), record(2, 'case', []), record(3, 'brief', [SETTLED, OPEN]), record(4, 'case', [SETTLED]), record(5, 'intel', [OPEN])];
    expect(await ask(records)).toEqual({ titles: ['record 3', 'record 1'], total: 2, read: 2 });
  });

  it('forgets a record whose last conflict was decided', async () => {
    expect(await ask([record(1, 'case', [OPEN]), record(1, 'case', [SETTLED])])).toEqual({ titles: [], total: 0, read: 0 });
  });

  it('counts all but reads only those that are shown', async () => {
    const many = Array.from({ length: 60 }, (_, n) => record(n, 'case', [OPEN]));
    const answer = await ask([...many, ...Array.from({ length: 200 }, (_, n) => record(100 + n, 'case', []))]);
    expect([answer.total, answer.read, answer.titles[0]]).toEqual([60, CONFLICTED_MAX, 'record 59']);
  });
});
