import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PullAnswer } from '#shared/contract/sync.ts';
import { ENTITIES, ENTITY_NAMES, LANES } from '#shared/entities.ts';
import { describeEngines, openFresh } from './engines.ts';
import { editRow, makeRecord, newRow } from './rows.ts';
import { enrolDevice, startRegion, type Device, type RegionFixture } from './support.ts';

describeEngines('lanes', (engine) => {
  let region: RegionFixture;
  beforeAll(async () => {
    region = await startRegion(engine);
  }, 60_000);
  afterAll(() => region.close());
  const urgent = async (device: Device, cursor = ''): Promise<PullAnswer> => (await device.call('GET', `/v1/pull?lane=urgent&cursor=${encodeURIComponent(cursor)}`)).body as PullAnswer;

  it('are the same at the hub as in the registry', async () => {
    const db = await openFresh(engine);
    for (const name of ENTITY_NAMES) {
      const [row] = await db.admin((sql) => sql.rows<{ lane: number }>('select lane_of($1) as lane', [name]));
      expect([name, row?.lane]).toEqual([name, LANES.indexOf(ENTITIES[name].lane)]);
    }
    await db.close();
  });

  it('bring what is urgent alone, in the order of the feed, and only to whoever may read it', async () => {
    const { lao, filipino } = region;
    const brief = makeRecord(lao);
    await lao.push(newRow(brief), ...Array.from({ length: 30 }, () => newRow(makeRecord(lao))));
    const receipt = makeRecord(lao, { entity: 'receipt', ref: brief.id, body: new Uint8Array(randomBytes(60)) });
    const answer = await lao.push(newRow(receipt));
    expect(answer).toEqual({ conflicts: [], rejected: [] });
    const page = await urgent(lao);
    expect(page).toMatchObject({ rows: [receipt], done: true });
    expect((await urgent(filipino)).rows).toEqual([]);

    // its cursor is a place in the feed of everything: nothing but later changes come after it, in either lane
    expect((await lao.pull(page.cursor)).rows).toEqual([]);
    const edit = editRow(lao, receipt);
    await lao.push(newRow(makeRecord(lao)), edit);
    expect((await urgent(lao, page.cursor)).rows).toEqual([edit.rec]);
    expect((await lao.pull(page.cursor)).rows).toHaveLength(2);
  });

  it('answer a held request when there is something urgent, and one of a device at a time', async () => {
    const { lao } = region;
    const colleague = await enrolDevice(region.hub, lao.unit, 'officer', { admittedBy: lao });
    const hold = async (cursor: string): Promise<PullAnswer> => (await colleague.call('GET', `/v1/pull?lane=urgent&hold=1&cursor=${encodeURIComponent(cursor)}`)).body as PullAnswer;
    const { cursor } = await urgent(colleague);
    const first = hold(cursor);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const second = hold(cursor);
    expect((await first).rows).toEqual([]);
    let isAnswered = false;
    void second.finally(() => (isAnswered = true));
    const brief = makeRecord(lao);
    await lao.push(newRow(brief));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isAnswered).toBe(false);
    const receipt = makeRecord(lao, { entity: 'receipt', ref: brief.id, body: new Uint8Array(randomBytes(60)) });
    await lao.push(newRow(receipt));
    expect((await second).rows).toEqual([receipt]);
    // there already: not held
    expect((await hold(cursor)).rows).toEqual([receipt]);
    colleague.close();
  });

  it('refuse a lane there is not', async () => {
    expect((await region.lao.call('GET', `/v1/pull?lane=${randomUUID()}`)).status).toBe(400);
  });
});
