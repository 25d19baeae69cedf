import { afterEach, describe, expect, it } from 'vitest';
import { createRepository } from '../../src-renderer/db/repository.ts';
import type { SyncLink } from '../../src-renderer/sync/link.ts';
import { FIRST_KIND, firstMark } from '../../src-renderer/sync/sent-first.ts';
import { HubStandIn } from '../factories/hub-stand-in.ts';
import { caseBody } from '../factories/records.ts';
import { openDevice, quiesce, type SimulatedDevice } from '../factories/simulated-device.ts';

const open: SimulatedDevice[] = [];
async function device(hub: HubStandIn, n: number, link?: (link: SyncLink) => SyncLink): Promise<SimulatedDevice> {
  const made = await openDevice(hub, n, 1, link ? { flaws: { link } } : {});
  open.push(made);
  return made;
}
afterEach(async () => {
  for (const made of open.splice(0)) await made.close();
});

async function insert(on: SimulatedDevice, title: string): Promise<string> {
  const made = await on.cases.insert({ body: caseBody({ title }), status: 'new', tlp: 'AMBER' });
  if (!made.ok) throw new Error(made.error.code);
  return made.value.id;
}
async function insertReceipt(on: SimulatedDevice, ref: string): Promise<string> {
  const body = { kind: 'read', rev: 'a'.repeat(24), at: '2026-11-21T00:00:00Z', lang: 'en' };
  const made = await createRepository(on.db, 'receipt', on.deps).insert({ body, status: 'new', tlp: 'AMBER', ref });
  if (!made.ok) throw new Error(made.error.code);
  return made.value.id;
}
const sendFirst = (on: SimulatedDevice, id: string) => on.db.collections.local.incrementalUpsert({ id: firstMark(id), kind: FIRST_KIND, updatedAt: on.deps.hlc.now(), body: {} });
const takeBack = async (on: SimulatedDevice, id: string) => (await on.db.collections.local.findOne(firstMark(id)).exec())?.incrementalRemove();
const marks = (on: SimulatedDevice) => on.db.collections.local.count({ selector: { kind: FIRST_KIND } }).exec();
/** The records at the hub in the order others get them. */
const order = (hub: HubStandIn) => [...hub.rows].sort(([, a], [, b]) => a.pos - b.pos).map(([id]) => id);
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};
const failure = (code: string) => Object.assign(new Error(code), { code });

describe('a change sent first', () => {
  it('reaches the hub before those that waited longer, and its mark is gone then', async () => {
    const hub = new HubStandIn();
    const [a, b] = [await device(hub, 0), await device(hub, 1)];
    a.line.online = false;
    const [one, two, three, four] = [await insert(a, '1'), await insert(a, '2'), await insert(a, '3'), await insert(a, '4')];
    await sendFirst(a, four);
    await sendFirst(a, two);
    a.line.online = true;
    expect(await quiesce(hub, [a, b])).toBe(true);
    expect(order(hub)).toEqual([four, two, one, three]);
    expect(await b.records()).toEqual(await a.records());
    await expect.poll(() => marks(a)).toBe(0);
  });

  it('goes in its turn again once it is taken back', async () => {
    const hub = new HubStandIn();
    const a = await device(hub, 0);
    a.line.online = false;
    const [one, two] = [await insert(a, '1'), await insert(a, '2')];
    await sendFirst(a, two);
    await takeBack(a, two);
    a.line.online = true;
    expect(await quiesce(hub, [a])).toBe(true);
    expect(order(hub)).toEqual([one, two]);
  });

  it('keeps its mark while sync stands still, begins again and finds no hub', async () => {
    const hub = new HubStandIn();
    const a = await device(hub, 0);
    const known = await insert(a, 'known');
    await quiesce(hub, [a]);
    await a.sync.stop();
    a.line.online = false;
    const [one, two] = [await insert(a, '1'), await insert(a, '2')];
    await a.cases.update(known, (c) => ({ body: { ...c.body, title: 'changed' } }));
    await sendFirst(a, known);
    await sendFirst(a, two);
    for (let times = 0; times < 3; times++) {
      await a.sync.start();
      a.sync.wake();
      await new Promise((resolve) => setTimeout(resolve, 30));
      await a.sync.stop();
    }
    expect(await marks(a)).toBe(2);
    await a.sync.start();
    a.line.online = true;
    expect(await quiesce(hub, [a])).toBe(true);
    expect(order(hub)).toEqual([known, two, one]);
    await expect.poll(() => marks(a)).toBe(0);
  });

  it('takes the waiting record it refers to along, in front of it', async () => {
    const hub = new HubStandIn();
    const a = await device(hub, 0);
    a.line.online = false;
    const [other, about] = [await insert(a, 'other'), await insert(a, 'about')];
    const receipt = await insertReceipt(a, about);
    await sendFirst(a, receipt);
    a.line.online = true;
    expect(await quiesce(hub, [a])).toBe(true);
    expect(order(hub)).toEqual([about, receipt, other]);
  });

  it('goes at once while a push before it has no answer yet', async () => {
    const hub = new HubStandIn();
    const a = await device(hub, 0);
    let release = (): void => undefined;
    a.line.holdPushAnswer = new Promise((resolve) => (release = resolve));
    const held = await insert(a, 'held');
    await until(() => hub.rows.has(held));
    const [later, first] = [await insert(a, 'later'), await insert(a, 'first')];
    await sendFirst(a, first);
    await until(() => hub.rows.has(first));
    expect(hub.rows.has(later)).toBe(false);
    a.line.holdPushAnswer = undefined;
    release();
    expect(await quiesce(hub, [a])).toBe(true);
    expect(order(hub)).toEqual([held, first, later]);
  });

  it('makes no conflict of what somebody writes on top of it before its turn', async () => {
    const hub = new HubStandIn();
    let waits = '';
    const blocked = (link: SyncLink): SyncLink => ({
      ...link,
      push: async (rows, epoch) => (rows.some(({ doc }) => doc.id === waits) ? Promise.reject(failure('hub-unreachable')) : link.push(rows, epoch)),
    });
    const [a, b] = [await device(hub, 0, blocked), await device(hub, 1)];
    const id = await insert(a, 'base');
    await quiesce(hub, [a, b]);
    a.line.online = false;
    waits = await insert(a, 'waits');
    await a.cases.update(id, (c) => ({ body: { ...c.body, title: 'by a' } }));
    await sendFirst(a, id);
    a.line.online = true;
    await until(() => hub.rows.get(id)?.doc.body['title'] === 'by a');
    b.sync.wake();
    while ((await b.cases.get(id))?.body.title !== 'by a') await new Promise((resolve) => setTimeout(resolve, 2));
    await b.cases.update(id, (c) => ({ body: { ...c.body, title: 'by b' } }));
    await until(() => hub.rows.get(id)?.doc.body['title'] === 'by b');
    expect(a.state().pending).toBe(2);
    waits = '';
    expect(await quiesce(hub, [a, b])).toBe(true);
    const record = (await a.records()).find((each) => each.id === id);
    expect([record?.body['title'], record?.conflicts]).toEqual(['by b', []]);
    expect(await b.records()).toEqual(await a.records());
  });

  it('keeps nothing urgent back where the plan holds the line', async () => {
    const hub = new HubStandIn();
    let isHeld = true;
    const a = await device(hub, 0, (link) => ({
      ...link,
      push: async (rows, epoch) => {
        if (!isHeld) return link.push(rows, epoch);
        const urgent = rows.filter(({ doc }) => doc.entity === 'receipt');
        if (urgent.length > 0) await link.push(urgent, epoch);
        throw failure('line-held');
      },
    }));
    a.line.online = false;
    const receipt = await insertReceipt(a, '');
    const [one, first] = [await insert(a, '1'), await insert(a, '2')];
    await sendFirst(a, first);
    a.line.online = true;
    await until(() => hub.rows.has(receipt));
    expect(hub.rows.has(first)).toBe(false);
    isHeld = false;
    expect(await quiesce(hub, [a])).toBe(true);
    expect(order(hub)).toEqual([receipt, first, one]);
  });
});
