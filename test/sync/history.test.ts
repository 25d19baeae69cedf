import { afterEach, describe, expect, it } from 'vitest';
import { caseMergeRules } from '#shared/domain/case/rules.ts';
import { openConflicts } from '#shared/domain/record/explain.ts';
import { settleConflicts } from '#shared/domain/record/settle.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import { readHistory } from '../../src-renderer/db/versions.ts';
import { HubStandIn } from '../factories/hub-stand-in.ts';
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

async function recordOf(on: SimulatedDevice, id: string): Promise<SuarRecord> {
  return (await on.cases.get(id)) as unknown as SuarRecord;
}
async function titles(on: SimulatedDevice, id: string): Promise<unknown[]> {
  return (await readHistory(on.db.collections.local, await recordOf(on, id), 50)).map(({ record }) => record.body['title']);
}

/** Two devices that edited one case while they were apart, and met. */
async function met(hub: HubStandIn): Promise<{ readonly a: SimulatedDevice; readonly b: SimulatedDevice; readonly id: string }> {
  const a = await device(hub, 0);
  const b = await device(hub, 1, { flaws: { deps: (deps) => ({ ...deps, offlineMinutes: () => 4320 }) } });
  const made = await a.cases.insert({ body: caseBody({ title: 'base' }), status: 'new', tlp: 'AMBER' });
  if (!made.ok) throw new Error(made.error.code);
  const { id } = made.value;
  await quiesce(hub, [a, b]);
  a.line.online = b.line.online = false;
  await a.cases.update(id, ({ body }) => ({ body: { ...body, title: 'title of a' }, tlp: 'GREEN' }));
  await b.cases.update(id, ({ body }) => ({ body: { ...body, title: 'draft of b' } }));
  await b.cases.update(id, ({ body }) => ({ body: { ...body, title: 'title of b', summary: 'not for everybody' } }));
  a.line.online = true;
  expect(await quiesce(hub, [a])).toBe(true);
  b.line.online = true;
  expect(await quiesce(hub, [a, b])).toBe(true);
  return { a, b, id };
}

describe('the history of a record that two devices changed apart', () => {
  it('has both sides on both devices, and says which versions were joined', async () => {
    const hub = new HubStandIn();
    const { a, b, id } = await met(hub);
    const merged = await recordOf(b, id);
    expect(await titles(b, id)).toEqual(expect.arrayContaining(['base', 'draft of b', 'title of b', 'title of a']));
    const [newest, ...older] = await readHistory(b.db.collections.local, merged, 50);
    const byRev = new Map(older.map(({ record }) => [record.rev, record.body['title']]));
    expect([byRev.get(newest?.grewFrom ?? ''), byRev.get(newest?.joined ?? '')]).toEqual(['title of b', 'title of a']);
    expect(older.find(({ record }) => record.body['title'] === 'title of a')?.grewFrom).toBe(older.find(({ record }) => record.body['title'] === 'base')?.record.rev);
    expect(await titles(a, id)).toEqual(expect.arrayContaining(['base', 'title of a', merged.body['title']]));
    expect(merged.conflicts.find(({ field }) => field === 'title')).toMatchObject({ base: 'base', baseBy: a.deps.author });
  });

  it('never lowers the TLP of what the other side wrote without asking', async () => {
    const hub = new HubStandIn();
    const { a, b, id } = await met(hub);
    for (const on of [a, b]) {
      const record = await recordOf(on, id);
      expect(record).toMatchObject({ tlp: 'AMBER', body: { summary: 'not for everybody' } });
      const [tlp, title] = openConflicts(record, caseMergeRules, on.deps.author);
      expect(tlp).toMatchObject({ fields: ['tlp'], guards: 'handling' });
      expect(title?.sides.find(({ by }) => by === b.deps.author)).toMatchObject({ offlineMinutes: 4320, role: on === b ? 'mine' : 'theirs' });
    }
  });

  it('syncs the decision, and shows a device that comes later both sides and who decided', async () => {
    const hub = new HubStandIn();
    const { a, b, id } = await met(hub);
    const decider = { by: a.deps.author, at: a.deps.hlc.now() };
    const mine = openConflicts(await recordOf(a, id), caseMergeRules, a.deps.author).flatMap(({ sides }) => sides.find(({ role }) => role === 'mine')?.decisions ?? []);
    const done = await a.cases.update(id, (current) => (settleConflicts(current as unknown as SuarRecord, mine, caseMergeRules, decider) ?? {}) as never);
    expect(done.ok).toBe(true);
    expect(await quiesce(hub, [a, b])).toBe(true);
    const late = await device(hub, 2);
    expect(await quiesce(hub, [a, b, late])).toBe(true);
    for (const on of [a, b, late]) {
      const record = await recordOf(on, id);
      expect(record).toMatchObject({ tlp: 'GREEN', body: { title: 'title of a', summary: 'not for everybody' } });
      expect(openConflicts(record, caseMergeRules, on.deps.author)).toEqual([]);
      const title = record.conflicts.find(({ field }) => field === 'title');
      expect(new Set([title?.kept, title?.other])).toEqual(new Set(['title of a', 'title of b']));
      expect(title?.settled).toMatchObject(decider);
    }
  });

  it('leaves no version behind on a device whose record the hub took away', async () => {
    const hub = new HubStandIn();
    const { a, b, id } = await met(hub);
    await a.cases.remove(id);
    expect(await quiesce(hub, [a, b])).toBe(true);
    for (const on of [a, b]) expect(await on.versions()).toEqual([]);
  });
});

describe('a laptop that was restored from a backup', () => {
  it('lists what it had sent since beside what it writes now, though both are its own', async () => {
    const hub = new HubStandIn();
    const before = await device(hub, 0);
    const made = await before.cases.insert({ body: caseBody({ title: 'in the backup' }), status: 'new', tlp: 'AMBER' });
    if (!made.ok) throw new Error(made.error.code);
    const { id } = made.value;
    await quiesce(hub, [before]);
    const restored = await device(hub, 0); // the same identity
    restored.deps.random(4096); // but not the same tokens again
    await quiesce(hub, [restored]);
    restored.line.online = false;
    await before.cases.update(id, ({ body }) => ({ body: { ...body, title: 'sent since', summary: 'only there' } }));
    expect(await quiesce(hub, [before])).toBe(true);
    await before.sync.stop();
    restored.deps.hlc.observe((await recordOf(before, id)).updatedAt);
    await restored.cases.update(id, ({ body }) => ({ body: { ...body, title: 'written after' } }));
    restored.line.online = true;
    expect(await quiesce(hub, [restored])).toBe(true);
    const merged = await recordOf(restored, id);
    expect(merged.body['summary']).toBe('only there');
    expect(merged.conflicts.find(({ field }) => field === 'title')).toMatchObject({ base: 'in the backup' });
    expect(openConflicts(merged, caseMergeRules, restored.deps.author).flatMap(({ sides }) => sides.flatMap(({ values }) => values.map(({ value }) => value)))).toEqual(
      expect.arrayContaining(['sent since', 'written after']),
    );
  });
});
