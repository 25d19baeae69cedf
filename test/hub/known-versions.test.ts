import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packKnownQuestion, type Version } from '#shared/contract/known-versions.ts';
import { describeEngines } from './engines.ts';
import { editRow, makeRecord, newRev, newRow } from './rows.ts';
import { enrolDevice, startRegion, type Device, type RegionFixture } from './support.ts';

describeEngines('which versions have arrived', (engine) => {
  let region: RegionFixture;
  beforeAll(async () => {
    region = await startRegion(engine);
  }, 60_000);
  afterAll(() => region.close());

  const others = async (device: Device, versions: readonly Version[], epoch?: string) => {
    const { status, body } = await device.call('POST', '/v1/push/known', packKnownQuestion(versions, epoch));
    return status === 200 ? (body as { others: number[] }).others : [status, body];
  };

  it('is told of what the asking device pushed last, deletions too, and of nothing else', async () => {
    const { lao, laoNcb } = region;
    const [one, two, three] = [makeRecord(lao), makeRecord(lao), makeRecord(lao)];
    await lao.push(newRow(one), newRow(two), newRow(three));
    const edit = editRow(lao, two);
    const gone = editRow(lao, three, { deleted: true });
    await lao.push(edit, gone);
    const asked = [one, two, edit.rec, three, gone.rec, { id: randomUUID(), rev: newRev() }, { id: one.id, rev: newRev() }, { id: 'no id', rev: one.rev }];
    expect(await others(lao, asked)).toEqual([1, 3, 5, 6, 7]);
    expect(await others(laoNcb, [one, edit.rec, gone.rec])).toEqual([0, 1, 2]);
  });

  it('is not told of a version that another device has followed: it is pushed, and comes back as a conflict', async () => {
    const { lao, hub } = region;
    const colleague = await enrolDevice(hub, 'la-cyber', 'officer', { admittedBy: lao });
    const rec = makeRecord(lao);
    await lao.push(newRow(rec));
    expect(await others(lao, [rec])).toEqual([]);
    const edit = editRow(colleague, rec);
    await colleague.push(edit);
    expect(await others(lao, [rec])).toEqual([0]);
    expect((await lao.push(newRow(rec))).conflicts).toMatchObject([{ id: rec.id, rev: edit.rec.rev }]);
    colleague.close();
  });

  it('is told in the epoch that was asked about alone, and to devices that are admitted', async () => {
    const { lao, hub } = region;
    const { body } = await lao.call('GET', '/v1/pull?cursor=&limit=1');
    const [epoch] = (body as { cursor: string }).cursor.split(':');
    const rec = makeRecord(lao);
    await lao.push(newRow(rec));
    expect(await others(lao, [rec], epoch)).toEqual([]);
    expect(await others(lao, [rec], randomUUID())).toEqual([409, { error: 'epoch' }]);
    const waiting = await enrolDevice(hub, 'la-cyber', 'officer', { waiting: true });
    expect(await others(waiting, [rec])).toEqual([403, { error: 'device-unadmitted' }]);
    waiting.close();
  });

  it.each<[string, unknown]>([
    ['nothing', { versions: [] }],
    ['more than a push has', { versions: Array.from({ length: 501 }, () => ['a', 'b']) }],
    ['no versions', { versions: [1] }],
    ['an epoch that is none', { versions: [['a', 'b']], epoch: 7 }],
    ['something more', { versions: [['a', 'b']], more: 1 }],
  ])('refuses a question about %s', async (_what, asked) => {
    expect((await region.lao.call('POST', '/v1/push/known', asked)).status).toBe(400);
  });
});
