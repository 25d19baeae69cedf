import { Subject } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { OWNER_SELF, type SuarRecord } from '#shared/schema/record.ts';
import type { CaseBody } from '#shared/schema/case.ts';
import { adoptOwner } from '../../../src-renderer/db/adopt-owner.ts';
import { createContact, followContact } from '../../../src-renderer/db/contact.ts';
import type { SuarDatabase } from '../../../src-renderer/db/open-database.ts';
import { createRepository } from '../../../src-renderer/db/repository.ts';
import { keepVersions, readHistory } from '../../../src-renderer/db/versions.ts';
import { caseBody } from '../../factories/records.ts';
import { createWriteDeps } from '../../factories/seeded.ts';
import { openMemoryStore, openSealedStore } from '../../factories/stores.ts';

const open: SuarDatabase[] = [];
const opened = (db: SuarDatabase): SuarDatabase => {
  open.push(db);
  return db;
};
afterEach(async () => {
  for (const db of open.splice(0)) await db.close();
});

async function history(db: SuarDatabase, id: string, most = 50) {
  const doc = await db.collections.record.findOne(id).exec();
  return doc === null ? [] : readHistory(db.collections.local, doc.toMutableJSON() as SuarRecord, most);
}
const titles = (versions: Awaited<ReturnType<typeof history>>) => versions.map(({ record }) => record.body['title']);

describe('the history of a record', () => {
  it('keeps every version, newest first, each with the one it grew from, also over a restart', async () => {
    const deps = createWriteDeps(1);
    const first = await openSealedStore();
    const cases = createRepository<CaseBody>(first.db, 'case', deps);
    const made = await cases.insert({ body: caseBody({ title: 'one' }), status: 'new', tlp: 'AMBER' });
    if (!made.ok) throw new Error(made.error.code);
    const { id } = made.value;
    for (const title of ['two', 'three', 'four']) await cases.update(id, ({ body }) => ({ body: { ...body, title } }));
    await first.db.close();
    const { db } = await openSealedStore({ name: first.name, disk: first.disk });
    opened(db);
    const versions = await history(db, id);
    expect(titles(versions)).toEqual(['four', 'three', 'two', 'one']);
    expect(versions.map(({ grewFrom }) => grewFrom)).toEqual([...versions.slice(1).map(({ record }) => record.rev), undefined]);
    expect(titles(await history(db, id, 2))).toEqual(['four', 'three']);
    expect((await history(db, id, 2))[1]?.grewFrom).toBe(versions[2]?.record.rev);
  });

  it('keeps the chain whole under two edits at once, and nothing that was refused', async () => {
    const db = opened(await openMemoryStore());
    const cases = createRepository<CaseBody>(db, 'case', createWriteDeps(2));
    const made = await cases.insert({ body: caseBody({ title: 'one' }), status: 'new', tlp: 'AMBER' });
    if (!made.ok) throw new Error(made.error.code);
    const { id } = made.value;
    await Promise.all([cases.update(id, ({ body }) => ({ body: { ...body, title: 'two' } })), cases.update(id, ({ body }) => ({ body: { ...body, summary: 'also' } }))]);
    expect((await cases.update(id, ({ body }) => ({ body: { ...body, title: '' } }))).ok).toBe(false);
    const versions = await history(db, id);
    expect(versions[0]?.record.body).toMatchObject({ title: 'two', summary: 'also' });
    expect(titles(versions).at(-1)).toBe('one');
    for (const version of versions.slice(0, -1)) expect(versions.map(({ record }) => record.rev)).toContain(version.grewFrom);
  });

  it('goes with the record, also where a crash came between the two', async () => {
    const { db, name, disk } = await openSealedStore();
    const cases = createRepository<CaseBody>(db, 'case', createWriteDeps(3));
    const made = await cases.insert({ body: caseBody({ title: 'one' }), status: 'new', tlp: 'AMBER' });
    if (!made.ok) throw new Error(made.error.code);
    const { id } = made.value;
    await cases.update(id, ({ body }) => ({ body: { ...body, title: 'two' } }));
    const { local } = db.collections;
    expect(await local.find().exec()).toHaveLength(1);
    await cases.remove(id);
    expect(await local.find().exec()).toEqual([]);

    await keepVersions(local, [{ record: made.value as unknown as SuarRecord, replacedBy: 'next' }]);
    await local.insert({ id: `purge:${id}`, kind: 'purge', updatedAt: made.value.updatedAt, body: { record: id } });
    await db.close();
    const again = opened((await openSealedStore({ name, disk })).db);
    expect(await again.collections.local.find().exec()).toEqual([]);
  });

  it('does not begin with enrolment: the record that only gets its unit is the same version', async () => {
    const db = opened(await openMemoryStore());
    const deps = createWriteDeps(4);
    const lone = createRepository<CaseBody>(db, 'case', { ...deps, owner: () => OWNER_SELF });
    const made = await lone.insert({ body: caseBody({ title: 'one' }), status: 'new', tlp: 'AMBER' });
    if (!made.ok) throw new Error(made.error.code);
    expect(await adoptOwner(db, 'fj-ccu', deps)).toBe(1);
    expect(await history(db, made.value.id)).toHaveLength(1);
  });
});

describe('how long a device was offline', () => {
  it('is written into each version from ten minutes on, is remembered over a restart, and ends when the hub answers', async () => {
    const db = opened(await openMemoryStore());
    let now = 1_795_300_000_000;
    const states = new Subject<{ readonly lastSuccess: number | null }>();
    const before = createContact(() => now);
    expect(before.offlineMinutes()).toBeUndefined();
    const following = followContact(db, before, states);
    states.next({ lastSuccess: null });
    states.next({ lastSuccess: now });
    now += 9 * 60_000;
    expect(before.offlineMinutes()).toBeUndefined();
    await following.stop();

    const contact = createContact(() => now);
    const again = followContact(db, contact, states);
    await new Promise((resolve) => setTimeout(resolve, 20));
    now += 3 * 60_000;
    expect(contact.offlineMinutes()).toBe(12);
    const cases = createRepository<CaseBody>(db, 'case', { ...createWriteDeps(5), offlineMinutes: contact.offlineMinutes });
    const made = await cases.insert({ body: caseBody({ title: 'one' }), status: 'new', tlp: 'AMBER' });
    if (!made.ok) throw new Error(made.error.code);
    expect(made.value.offlineMinutes).toBeUndefined();
    expect(await cases.update(made.value.id, ({ body }) => ({ body }))).toMatchObject({ value: { offlineMinutes: 12 } });
    states.next({ lastSuccess: now });
    const back = await cases.update(made.value.id, ({ body }) => ({ body }));
    expect(back.ok && 'offlineMinutes' in back.value).toBe(false);
    await again.stop();
  });
});
