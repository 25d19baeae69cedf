/** What a device noted under an edit that is over must not decide about a later one. */
import { afterEach, expect, it } from 'vitest';
import type { LinkDoc, SyncLink } from '../../src-renderer/sync/link.ts';
import { FORBIDDEN, HubStandIn } from '../factories/hub-stand-in.ts';
import { caseBody } from '../factories/records.ts';
import { openDevice, quiesce, type SimulatedDevice } from '../factories/simulated-device.ts';

const open: SimulatedDevice[] = [];
afterEach(async () => {
  for (const made of open.splice(0)) await made.close();
});
async function device(hub: HubStandIn, n: number, link?: (link: SyncLink) => SyncLink): Promise<SimulatedDevice> {
  const made = await openDevice(hub, n, 1, link ? { flaws: { link } } : {});
  open.push(made);
  return made;
}
async function insert(on: SimulatedDevice, title: string): Promise<string> {
  const made = await on.cases.insert({ body: caseBody({ title }), status: 'new', tlp: 'AMBER' });
  if (!made.ok) throw new Error(made.error.code);
  return made.value.id;
}
const edit = (on: SimulatedDevice, id: string, change: { readonly title?: string; readonly summary?: string }) => on.cases.update(id, (c) => ({ body: { ...c.body, ...change } }));
const titles = async (of: SimulatedDevice) => (await of.records()).map(({ body }) => body['title']);

it('a refused edit returns to the version it went upon, also where the record was taken back under an earlier edit', async () => {
  const hub = new HubStandIn();
  let hidden = '';
  let during: (() => Promise<void>) | undefined;
  const hide = (docs: readonly LinkDoc[]): LinkDoc[] => docs.map((doc) => (doc.id === hidden ? { id: doc.id, gone: true, signed: true } : doc));
  const a = await device(hub, 0);
  const b = await device(hub, 1, (link) => ({
    ...link,
    pull: async (cursor, limit) => {
      const answer = await link.pull(cursor, limit);
      const docs = hide(answer.docs);
      const run = docs.some(({ id }) => id === hidden) ? during : undefined;
      if (run) {
        during = undefined;
        await run();
      }
      return { ...answer, docs };
    },
    push: async (rows, epoch) => {
      const answer = await link.push(rows, epoch);
      return { ...answer, conflicts: hide(answer.conflicts) };
    },
  }));
  const id = await insert(a, 'v1');
  expect(await quiesce(hub, [a, b])).toBe(true);
  // taken back from the unit of b, whose officer edits it at that moment
  during = async () => {
    void edit(b, id, { summary: 'edit of b' });
    for (let n = 0; n < 400 && !(await b.records()).some(({ body }) => body['summary'] === 'edit of b'); n++) await Promise.resolve();
  };
  hidden = id;
  await edit(a, id, { title: 'v2' });
  expect(await quiesce(hub, [a, b])).toBe(true);
  expect([await titles(b), (await b.setAside()).map(({ reason }) => reason)]).toEqual([[], ['gone']]);
  hidden = '';
  await edit(a, id, { title: 'v3' });
  expect(await quiesce(hub, [a, b])).toBe(true);
  expect(await titles(b)).toEqual(['v3']);
  await edit(b, id, { summary: FORBIDDEN });
  expect(await quiesce(hub, [a, b])).toBe(true);
  expect(await titles(b)).toEqual(['v3']);
}, 30_000);

it('a conflict with an edit that waited while the hub was restored is listed once', async () => {
  const hub = new HubStandIn();
  const [a, b] = [await device(hub, 0), await device(hub, 1)];
  const id = await insert(a, 'base');
  expect(await quiesce(hub, [a, b])).toBe(true);
  hub.backUp();
  b.line.online = false;
  await edit(a, id, { summary: 'acknowledged and lost' });
  expect(await quiesce(hub, [a])).toBe(true);
  a.line.online = false;
  await edit(a, id, { title: 'waits' });
  hub.restore();
  b.line.online = true;
  // later than the edit that waits, whatever the clock
  for (let n = 0; n < 40; n++) await edit(b, id, { title: `later ${n}` });
  expect(await quiesce(hub, [b])).toBe(true);
  a.line.online = true;
  expect(await quiesce(hub, [a, b])).toBe(true);
  const [merged] = await b.records();
  expect(merged?.conflicts.map(({ field }) => field).sort()).toEqual(['summary', 'title']);
  expect(await a.records()).toEqual(await b.records());
}, 30_000);

it('an edit of a record of the own unit that a hub calls gone without a signature is set aside, and the record stays as it was before', async () => {
  const hub = new HubStandIn();
  const link = (own: SyncLink): SyncLink => ({
    ...own,
    push: async (rows, epoch) => {
      if (!isLying) return own.push(rows, epoch);
      return { conflicts: rows.map(({ doc }) => ({ id: doc.id, gone: true as const })), rejected: [] };
    },
    pull: async (cursor, limit) => {
      const answer = await own.pull(cursor, limit);
      return isLying ? { ...answer, docs: answer.docs.map(({ id }) => ({ id, gone: true as const })) } : answer;
    },
  });
  let isLying = false;
  for (const [owner, left, reason] of [
    ['la-ccu', ['as agreed'], 'gone-unproven'],
    ['ph-acg', [], 'gone'],
  ] as const) {
    isLying = false;
    const author = await openDevice(hub, open.length, 1, { owner: () => owner });
    open.push(author);
    const editor = await openDevice(hub, open.length, 1, { flaws: { link }, owner: () => 'la-ccu' });
    open.push(editor);
    const id = await insert(author, 'as agreed');
    expect(await quiesce(hub, [author, editor])).toBe(true);
    isLying = true;
    await edit(editor, id, { title: 'edited' });
    expect(await quiesce(hub, [editor])).toBe(true);
    expect((await editor.records()).filter((each) => each.id === id).map(({ body }) => body['title'])).toEqual(left);
    const kept = (await editor.setAside()).filter(({ record }) => record.id === id);
    expect(kept.map((each) => [each.reason, each.record.body['title']])).toEqual([[reason, 'edited']]);
    // where the officer deletes it too, nothing speaks against it
    await editor.cases.remove(id);
    expect(await quiesce(hub, [editor])).toBe(true);
    expect((await editor.records()).some((each) => each.id === id)).toBe(false);
    expect((await editor.setAside()).filter(({ record }) => record.id === id)).toHaveLength(1);
  }
});
