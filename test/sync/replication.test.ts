import { afterEach, describe, expect, it } from 'vitest';
import { OWNER_SELF } from '#shared/schema/record.ts';
import { createRepository } from '../../src-renderer/db/repository.ts';
import { adoptOwner } from '../../src-renderer/db/adopt-owner.ts';
import type { SyncLink } from '../../src-renderer/sync/link.ts';
import { createSync } from '../../src-renderer/sync/replication.ts';
import { CourierStandIn } from '../factories/courier-stand-in.ts';
import { FORBIDDEN, HubStandIn } from '../factories/hub-stand-in.ts';
import { caseBody } from '../factories/records.ts';
import { openDevice, quiesce, type SimulatedDevice } from '../factories/simulated-device.ts';

const open: SimulatedDevice[] = [];
async function device(hub: HubStandIn, n: number, options?: Parameters<typeof openDevice>[3]): Promise<SimulatedDevice> {
  const made = await openDevice(hub, n, 1, options);
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
const retitle = (on: SimulatedDevice, id: string, title: string) => on.cases.update(id, (c) => ({ body: { ...c.body, title } }));
const rename = (on: SimulatedDevice, id: string, summary: string) => on.cases.update(id, (c) => ({ body: { ...c.body, summary } }));

describe('replication', () => {
  it('carries records both ways and empties the outbox', async () => {
    const hub = new HubStandIn();
    const [a, b] = [await device(hub, 0), await device(hub, 1)];
    await insert(a, 'from a');
    await insert(b, 'from b');
    expect(await quiesce(hub, [a, b])).toBe(true);
    expect(await a.records()).toEqual(await b.records());
    expect(hub.live().size).toBe(2);
    expect(a.state()).toMatchObject({ state: 'idle', pending: 0 });
  });

  it('goes on where a version reaches the hub after a later one was refused as new', async () => {
    const hub = new HubStandIn();
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const calls: number[] = [];
    const late = (link: SyncLink): SyncLink => ({
      ...link,
      push: async (rows, epoch) => {
        if (calls.push(rows.length) === 1) await gate;
        return link.push(rows, epoch);
      },
    });
    const a = await device(hub, 0, { flaws: { link: late } });
    const id = await insert(a, 'first');
    while (calls.length === 0) await new Promise((r) => setTimeout(r, 2));
    const stopped = a.sync.stop();
    await retitle(a, id, `second ${FORBIDDEN}`);
    const marked = async () => (await a.setAside()).some(({ neverAccepted }) => neverAccepted);
    void a.sync.start();
    while (!(await marked())) await new Promise((r) => setTimeout(r, 2));
    release();
    await stopped;
    while (!hub.rows.has(id)) await new Promise((r) => setTimeout(r, 2));
    await rename(a, id, 'third');
    expect(await quiesce(hub, [a])).toBe(true);
    expect(await marked()).toBe(false);
    expect((await a.setAside()).map(({ record }) => record.body['title'])).toContain(`second ${FORBIDDEN}`);
    expect([...hub.live().values()].map(({ body }) => body)).toEqual((await a.records()).map(({ body }) => body));
    const held = [...hub.live().values(), ...(await a.setAside()).map(({ record }) => record)];
    expect(held.map(({ body }) => body['summary'])).toContain('third');
    expect(calls.length).toBeLessThan(12);
  });

  it('keeps what it pushed since a file was made, also when it takes that file after a restart', async () => {
    const hub = new HubStandIn();
    const a = await device(hub, 0);
    const held: { -readonly [K in keyof SimulatedDevice]: SimulatedDevice[K] } = { ...a };
    const courier = new CourierStandIn(held, hub);
    await quiesce(hub, [a]);
    await courier.make();
    let release = (): void => undefined;
    a.line.holdPull = new Promise((resolve) => (release = resolve));
    const id = await insert(a, 'in the file');
    while (!hub.rows.has(id)) await new Promise((r) => setTimeout(r, 2));
    courier.carry(0);
    await retitle(a, id, 'pushed since');
    while (hub.rows.get(id)?.doc.body['title'] !== 'pushed since') await new Promise((r) => setTimeout(r, 2));
    await new Promise((r) => setTimeout(r, 50)); // written down
    a.line.online = false;
    release();
    await a.sync.stop();
    const after = createSync(a.deps).attach(a.db, a.line.link, { retryMs: 5 });
    await after.start();
    held.sync = after;
    await courier.take(0);
    expect((await a.records()).map(({ body }) => body['title'])).toEqual(['pushed since']);
    await after.stop();
    a.line.online = true;
    await a.sync.start();
    expect(await quiesce(hub, [a])).toBe(true);
    expect((await a.records()).map(({ body }) => body['title'])).toEqual(['pushed since']);
  });

  it('sends an urgent record while a push before it has no answer yet, and hears of it in its turn', async () => {
    const hub = new HubStandIn();
    const [a, b] = [await device(hub, 0), await device(hub, 1)];
    const base = await insert(a, 'base');
    await quiesce(hub, [a, b]);
    let release = (): void => undefined;
    a.line.holdPushAnswer = new Promise((resolve) => (release = resolve));
    await retitle(a, base, 'held');
    while (hub.rows.get(base)?.doc.body['title'] !== 'held') await new Promise((r) => setTimeout(r, 2));
    const later = await insert(a, 'waits its turn');
    const receipt = await createRepository(a.db, 'receipt', a.deps).insert({
      body: { kind: 'read', rev: 'a'.repeat(24), at: '2026-11-21T00:00:00Z', lang: 'en' },
      status: 'new',
      tlp: 'AMBER',
      ref: base,
    });
    if (!receipt.ok) throw new Error(receipt.error.code);
    while (!hub.rows.has(receipt.value.id)) await new Promise((r) => setTimeout(r, 2));
    expect(hub.rows.has(later)).toBe(false);
    expect(a.state().pending).toBe(3);
    a.line.holdPushAnswer = undefined;
    release();
    expect(await quiesce(hub, [a, b])).toBe(true);
    expect(await a.records()).toEqual(await b.records());
    expect(hub.live().size).toBe(3);
  });

  it('merges edits of different fields and keeps both values of one field', async () => {
    const hub = new HubStandIn();
    const [a, b] = [await device(hub, 0), await device(hub, 1)];
    const id = await insert(a, 'base');
    await quiesce(hub, [a, b]);
    a.line.online = b.line.online = false;
    await rename(a, id, 'only a');
    await retitle(a, id, 'title of a');
    await retitle(b, id, 'title of b');
    expect(a.state().pending).toBe(1);
    a.line.online = b.line.online = true;
    expect(await quiesce(hub, [a, b])).toBe(true);
    const [merged] = await a.records();
    expect(await b.records()).toEqual([merged]);
    expect(merged?.body['summary']).toBe('only a');
    expect(new Set([merged?.body['title'], merged?.conflicts[0]?.other])).toEqual(new Set(['title of a', 'title of b']));
  });

  it('does not lose a change that arrives while a push of the same record is on its way (rxdb#5571)', async () => {
    const hub = new HubStandIn();
    const [a, b] = [await device(hub, 0), await device(hub, 1)];
    const id = await insert(a, 'base');
    await quiesce(hub, [a, b]);
    let release = (): void => undefined;
    b.line.holdPushAnswer = new Promise((resolve) => (release = resolve));
    const before = b.line.pushes();
    await retitle(b, id, 'b pushes');
    while (b.line.pushes() === before || hub.rows.get(id)?.doc.body['title'] !== 'b pushes') await new Promise((r) => setTimeout(r, 2));
    while ((await a.cases.get(id))?.body.title !== 'b pushes') await new Promise((r) => setTimeout(r, 2));
    await rename(a, id, 'a follows while the answer to b is held');
    while (!String(hub.rows.get(id)?.doc.body['summary']).startsWith('a follows')) await new Promise((r) => setTimeout(r, 2));
    b.sync.wake();
    await new Promise((r) => setTimeout(r, 40));
    b.line.holdPushAnswer = undefined;
    release();
    expect(await quiesce(hub, [a, b])).toBe(true);
    expect(await a.records()).toEqual(await b.records());
    expect((await b.records())[0]?.body).toMatchObject({ title: 'b pushes', summary: 'a follows while the answer to b is held' });
  });

  it('does not drop a change a pull under way brings while the push of the same record waits for its answer', async () => {
    const hub = new HubStandIn();
    const [a, b] = [await device(hub, 0), await device(hub, 1)];
    const id = await insert(a, 'base');
    await quiesce(hub, [a, b]);
    let releasePull = (): void => undefined;
    let releasePush = (): void => undefined;
    b.line.holdPull = new Promise((resolve) => (releasePull = resolve));
    b.line.holdPushAnswer = new Promise((resolve) => (releasePush = resolve));
    const before = b.line.pulls();
    b.sync.wake();
    while (b.line.pulls() === before) await new Promise((r) => setTimeout(r, 2));
    await retitle(b, id, 'b pushes');
    while ((await a.cases.get(id))?.body.title !== 'b pushes') await new Promise((r) => setTimeout(r, 2));
    await rename(a, id, 'a follows');
    while (hub.rows.get(id)?.doc.body['summary'] !== 'a follows') await new Promise((r) => setTimeout(r, 2));
    b.line.holdPull = undefined;
    releasePull();
    await new Promise((r) => setTimeout(r, 40)); // the pull brings a's edit, b's push is still unanswered
    b.line.holdPushAnswer = undefined;
    releasePush();
    expect(await quiesce(hub, [a, b])).toBe(true);
    expect((await b.records())[0]?.body).toMatchObject({ title: 'b pushes', summary: 'a follows' });
    expect(await a.records()).toEqual(await b.records());
  });

  it('sees no conflict with itself after a lost acknowledgement, a restart and a second edit', async () => {
    const hub = new HubStandIn();
    const a = await device(hub, 0);
    const id = await insert(a, 'base');
    await quiesce(hub, [a]);
    a.line.faults = { drop: 0, lostAnswer: 1, duplicate: 0, delayMs: 0 };
    await retitle(a, id, 'first');
    while (hub.rows.get(id)?.doc.body['title'] !== 'first') await new Promise((r) => setTimeout(r, 2));
    await a.sync.stop();
    await retitle(a, id, 'second');
    a.line.faults = { drop: 0, lostAnswer: 0, duplicate: 0, delayMs: 0 };
    await a.sync.start();
    expect(await quiesce(hub, [a])).toBe(true);
    expect(hub.rows.get(id)?.doc).toMatchObject({ body: { title: 'second' }, conflicts: [] });
  });

  it('lets a deletion win and sets the edit it met aside, with its full text', async () => {
    const hub = new HubStandIn();
    const [a, b] = [await device(hub, 0), await device(hub, 1)];
    const id = await insert(a, 'base');
    await quiesce(hub, [a, b]);
    a.line.online = b.line.online = false;
    await a.cases.remove(id);
    await retitle(b, id, 'too late');
    a.line.online = true;
    expect(await quiesce(hub, [a])).toBe(true);
    b.line.online = true;
    expect(await quiesce(hub, [a, b])).toBe(true);
    expect([...(await a.records()), ...(await b.records())]).toEqual([]);
    expect(await b.setAside()).toMatchObject([{ reason: 'gone', neverAccepted: false, record: { body: { title: 'too late' } } }]);
  });

  it('deletes also when another edit reached the hub first, and keeps that edit aside', async () => {
    const hub = new HubStandIn();
    const [a, b] = [await device(hub, 0), await device(hub, 1)];
    const id = await insert(a, 'base');
    await quiesce(hub, [a, b]);
    a.line.online = false;
    await retitle(b, id, 'first at the hub');
    expect(await quiesce(hub, [b])).toBe(true);
    await a.cases.remove(id);
    a.line.online = true;
    expect(await quiesce(hub, [a, b])).toBe(true);
    expect(hub.live().size).toBe(0);
    expect(await b.records()).toEqual([]);
    expect(await a.setAside()).toMatchObject([{ reason: 'deleted-here', record: { body: { title: 'first at the hub' } } }]);
  });

  it('takes back a rejected edit, sets it aside and goes on', async () => {
    const hub = new HubStandIn();
    const a = await device(hub, 0);
    const id = await insert(a, 'allowed');
    await quiesce(hub, [a]);
    await retitle(a, id, 'FORBIDDEN words');
    expect(await quiesce(hub, [a])).toBe(true);
    expect((await a.cases.get(id))?.body.title).toBe('allowed');
    expect(await a.setAside()).toMatchObject([{ reason: 'not-owner', neverAccepted: false, record: { body: { title: 'FORBIDDEN words' } } }]);
    await retitle(a, id, 'allowed again');
    expect(await quiesce(hub, [a])).toBe(true);
    expect(hub.rows.get(id)?.doc.body['title']).toBe('allowed again');
  });

  it('keeps a record the hub never took, marks it, and sends it as new once it is mended', async () => {
    const hub = new HubStandIn();
    const a = await device(hub, 0);
    const id = await insert(a, 'FORBIDDEN from the start');
    expect(await quiesce(hub, [a])).toBe(true);
    expect((await a.cases.get(id))?.body.title).toBe('FORBIDDEN from the start');
    expect(await a.setAside()).toMatchObject([{ neverAccepted: true, recordId: id }]);
    await a.sync.stop();
    await a.sync.start(); // the mark outlives the run
    await retitle(a, id, 'mended');
    expect(await quiesce(hub, [a])).toBe(true);
    expect(hub.rows.get(id)?.doc.body['title']).toBe('mended');
    expect(await a.setAside()).toEqual([]);
  });

  it('never sends records made before enrolment, and sends them once the unit adopted them', async () => {
    const hub = new HubStandIn();
    let owner = OWNER_SELF;
    const a = await device(hub, 0, { owner: () => owner });
    await insert(a, 'before enrolment');
    expect(await quiesce(hub, [a])).toBe(true);
    expect(hub.rows.size).toBe(0);
    expect(a.state().pending).toBe(0);
    owner = 'la-ccu';
    expect(await adoptOwner(a.db, 'la-ccu', a.deps)).toBe(1);
    expect(await quiesce(hub, [a])).toBe(true);
    expect([...hub.live().values()]).toMatchObject([{ owner: 'la-ccu', audience: ['u:la-ccu'] }]);
  });

  it('takes a wider audience of the same version from the hub', async () => {
    const hub = new HubStandIn();
    const a = await device(hub, 0);
    const id = await insert(a, 'to be released');
    await quiesce(hub, [a]);
    const row = hub.rows.get(id);
    if (row) hub.rows.set(id, { doc: { ...row.doc, audience: ['u:fj-ccu', 'u:la-ccu'] }, pos: ++hub.pos });
    expect(await quiesce(hub, [a])).toBe(true);
    expect((await a.cases.get(id))?.audience).toEqual(['u:fj-ccu', 'u:la-ccu']);
  });

  it('says that it cannot reach the hub, and what waits', async () => {
    const hub = new HubStandIn();
    const a = await device(hub, 0);
    await quiesce(hub, [a]);
    a.line.online = false;
    await insert(a, 'waits');
    await new Promise((r) => setTimeout(r, 30));
    expect(a.state()).toMatchObject({ state: 'retrying', pending: 1, error: 'hub-unreachable' });
    expect(a.state().pendingBytes).toBeGreaterThan(100);
  });

  it('pulls everything where one answer holds nothing a device can use', async () => {
    const hub = new HubStandIn();
    const a = await device(hub, 0);
    for (let n = 0; n < 30; n++) await insert(a, `t${n}`);
    await quiesce(hub, [a]);
    for (const record of (await a.records()).slice(0, 12)) await a.cases.remove(record.id);
    await quiesce(hub, [a]);
    const b = await device(hub, 1, { flaws: { link: (link) => ({ ...link, pull: (cursor) => link.pull(cursor, 5) }) } });
    expect(await quiesce(hub, [a, b])).toBe(true);
    expect(await b.records()).toEqual(await a.records());
    expect((await b.records()).length).toBe(18);
  });
});
