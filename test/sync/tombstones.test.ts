/** A hub's word that a record is gone, without a signature: what it can remove from a device and what it cannot. */
import { expect, it } from 'vitest';
import { createHybridClock } from '#shared/base/time.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import { createLedger } from '../../src-renderer/sync/ledger.ts';
import type { LinkDoc } from '../../src-renderer/sync/link.ts';
import { createPullHandler } from '../../src-renderer/sync/pull.ts';
import { reportPurges } from '../../src-renderer/sync/purges.ts';
import { caseRecord } from '../unit/main/device.ts';

function pullOf(docs: readonly LinkDoc[], local: readonly SuarRecord[], unit: string) {
  const kept: string[] = [];
  const handler = createPullHandler({
    link: { push: () => Promise.reject(new Error('no push')), pull: () => Promise.resolve({ docs, cursor: '1~e:1:1', done: true }) },
    ledger: createLedger(),
    setAside: {
      keep: ({ reason, record }) => {
        kept.push(`${reason} ${record.id}`);
        return Promise.resolve();
      },
      loadNeverAccepted: () => Promise.resolve(new Set()),
      keepMet: () => Promise.resolve(),
      isGrownFrom: () => Promise.resolve(false),
      unmark: () => Promise.resolve(undefined),
    },
    hlc: createHybridClock(() => 0),
    persisted: () => Promise.resolve(),
    pushed: () => Promise.resolve(),
    isPending: () => false,
    findLocal: (ids) => Promise.resolve(local.filter(({ id }) => ids.includes(id))),
    pass: { admit: (answer) => Promise.resolve(answer.docs), handedOver: () => Promise.resolve() },
    isOwn: (record) => record.owner === unit,
    asked: () => 0,
  });
  return handler(undefined, 500).then(({ documents }) => ({ removed: documents.filter((doc) => doc._deleted).map(({ id }) => id), kept }));
}

const { _deleted, ...record } = caseRecord();

it('keeps a record of the own unit that a bare tombstone names, and tells the officer', async () => {
  expect(await pullOf([{ id: record.id, gone: true }], [record], record.owner)).toEqual({ removed: [], kept: [`gone-unproven ${record.id}`] });
});

it('removes what another unit shared and withdrew, and an own record whose deletion is signed', async () => {
  expect(await pullOf([{ id: record.id, gone: true }], [record], 'ph')).toEqual({ removed: [record.id], kept: [] });
  expect(await pullOf([{ id: record.id, gone: true, signed: true }], [record], record.owner)).toEqual({ removed: [record.id], kept: [] });
});

it('finds after a start what was removed and never told', async () => {
  const told: string[][] = [];
  const link = {
    purged: (ids: readonly string[]) => {
      if (ids.length > 0) told.push([...ids]);
      return Promise.resolve(['removed', 'still-here']);
    },
  };
  reportPurges(link, (ids) => Promise.resolve(ids.filter((id) => id === 'still-here').map((id) => ({ id })))).lookBack();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(told).toEqual([['removed']]);
});
