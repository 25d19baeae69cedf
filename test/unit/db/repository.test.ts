import { firstValueFrom, filter } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CaseBody } from '#shared/schema/case.ts';
import type { CustodyBody } from '#shared/schema/custody.ts';
import type { ExhibitBody } from '#shared/schema/exhibit.ts';
import { OWNER_SELF } from '#shared/schema/record.ts';
import { adoptOwner } from '../../../src-renderer/db/adopt-owner.ts';
import type { SuarDatabase } from '../../../src-renderer/db/open-database.ts';
import { BULK_ROWS, createRepository, type Repository } from '../../../src-renderer/db/repository.ts';
import { custodyBody, exhibitBody } from '../../factories/exhibits.ts';
import { caseBody } from '../../factories/records.ts';
import { createWriteDeps } from '../../factories/seeded.ts';
import { openSealedStore } from '../../factories/stores.ts';

describe('repository', () => {
  let db: SuarDatabase;
  let cases: Repository<CaseBody>;
  const deps = createWriteDeps(1);
  beforeEach(async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    ({ db } = await openSealedStore());
    cases = createRepository<CaseBody>(db, 'case', deps);
  });
  afterEach(() => db.close());

  async function insertOne(over: Partial<CaseBody> = {}, status = 'new') {
    const made = await cases.insert({ body: caseBody(over), status, tlp: 'AMBER' });
    if (!made.ok) throw new Error(JSON.stringify(made.error));
    return made.value;
  }

  it('inserts with envelope, home audience and reads back', async () => {
    const record = await insertOne();
    expect(record).toMatchObject({ entity: 'case', owner: 'la-ccu', audience: ['u:la-ccu'], schemaVersion: 1, author: deps.author, conflicts: [], ref: '' });
    expect(await cases.get(record.id)).toEqual(record);
  });

  it('refuses a body that does not fit and names the place, not the value', async () => {
    const made = await cases.insert({ body: { ...caseBody(), title: '', extra: 'SECRET' } as CaseBody, status: 'new', tlp: 'RED' });
    expect(made.ok).toBe(false);
    expect(JSON.stringify(made)).not.toContain('SECRET');
    expect(made).toMatchObject({ error: { code: 'record-invalid' } });
  });

  it('loses no edit when many come at once', async () => {
    const { id } = await insertOne();
    await Promise.all(Array.from({ length: 20 }, (_, n) => cases.update(id, (c) => ({ body: { ...c.body, summary: `${c.body.summary}${n},` } }))));
    expect((await cases.get(id))?.body.summary.split(',').length).toBe(21);
  });

  it('gives every edit its own token and a later clock reading', async () => {
    const first = await insertOne();
    const second = await cases.update(first.id, () => ({ status: 'active' }));
    if (!second.ok) throw new Error('refused');
    expect(second.value.rev).not.toBe(first.rev);
    expect(second.value.updatedAt > first.updatedAt).toBe(true);
  });

  it('refuses an edit that does not fit and keeps the record', async () => {
    const { id } = await insertOne();
    const refused = await cases.update(id, (c) => ({ body: { ...c.body, title: '' } }));
    expect(refused.ok).toBe(false);
    expect((await cases.get(id))?.body.title).toBe(caseBody().title);
    expect((await cases.update('nope', () => ({}))).ok).toBe(false);
  });

  it('removes: gone from get and find, refused to edit, content away', async () => {
    const { id } = await insertOne();
    expect((await cases.remove(id)).ok).toBe(true);
    expect(await cases.get(id)).toBeUndefined();
    expect(await cases.count()).toBe(0);
    expect((await cases.update(id, () => ({}))).ok).toBe(false);
    const [left] = await db.collections.record.storageInstance.findDocumentsById([id], true);
    expect(left).toMatchObject({ _deleted: true, body: {} });
  });

  it('finds newest first by status, live', async () => {
    for (let n = 0; n < 5; n++) await insertOne({ title: `t${n}` }, n % 2 ? 'active' : 'new');
    const seen = cases.find({ status: 'new', limit: 2 });
    expect((await firstValueFrom(seen)).map((r) => r.body.title)).toEqual(['t4', 't2']);
    const next = firstValueFrom(seen.pipe(filter((list) => list[0]?.body.title === 'live')));
    await insertOne({ title: 'live' });
    expect(await next).toHaveLength(2);
  });

  it('bulk-inserts in batches with progress, skips known ids, stops when told', async () => {
    const rows = Array.from({ length: 2 * BULK_ROWS + 200 }, (_, n) => ({
      id: `${String(n).padStart(8, '0')}-0000-7000-8000-000000000000`,
      body: caseBody({ title: `b${n}` }),
      status: 'new',
      tlp: 'GREEN' as const,
    }));
    const progress: number[] = [];
    expect(await cases.bulkInsert(rows, { onProgress: (p) => progress.push(p.done) })).toEqual({ inserted: rows.length, existing: 0, invalid: [], aborted: false });
    expect(progress).toEqual([BULK_ROWS, 2 * BULK_ROWS, rows.length]);
    expect((await cases.bulkInsert(rows)).existing).toBe(rows.length);
    const stop = new AbortController();
    const more = rows.map((row) => ({ ...row, id: row.id.replace('-0000-', '-0001-') }));
    const cut = await cases.bulkInsert(more, { onProgress: () => stop.abort(), signal: stop.signal });
    expect(cut.aborted).toBe(true);
    expect([BULK_ROWS, 2 * BULK_ROWS]).toContain(cut.inserted); // the batch on its way is finished
    expect(await cases.count('new')).toBe(rows.length + cut.inserted);
  });

  it('gives records made before enrolment to the unit, each as a new version', async () => {
    const lone = createRepository<CaseBody>(db, 'case', { ...deps, owner: () => OWNER_SELF });
    const made = await lone.insert({ body: caseBody(), status: 'new', tlp: 'AMBER' });
    if (!made.ok) throw new Error('refused');
    expect(made.value).toMatchObject({ owner: OWNER_SELF, audience: [] });
    expect(await adoptOwner(db, 'fj-ccu', deps)).toBe(1);
    const adopted = await cases.get(made.value.id);
    expect(adopted).toMatchObject({ owner: 'fj-ccu', audience: ['u:fj-ccu'] });
    expect(adopted?.rev).not.toBe(made.value.rev);
    expect(await adoptOwner(db, 'fj-ccu', deps)).toBe(0);
  });

  it('changes and deletes no custody entry, and deletes no exhibit that has one', async () => {
    const sha256 = 'a'.repeat(64);
    const exhibits = createRepository<ExhibitBody>(db, 'exhibit', deps);
    const custody = createRepository<CustodyBody>(db, 'custody', deps);
    const made = await exhibits.insert({ body: exhibitBody({ sha256 }), status: 'held', tlp: 'AMBER' });
    const other = await exhibits.insert({ body: exhibitBody({ sha256 }), status: 'held', tlp: 'AMBER' });
    if (!made.ok || !other.ok) throw new Error('refused');
    const { id } = made.value;
    const entry = await custody.insert({ body: custodyBody({ exhibit: id, sha256 }), status: 'signed', tlp: 'AMBER', ref: id });
    if (!entry.ok) throw new Error(JSON.stringify(entry.error));
    const kept = { ok: false, error: { code: 'record-kept' } };
    expect(await custody.update(entry.value.id, ({ body }) => ({ body: { ...body, claim: { ...body.claim, reason: 'another' } } }))).toMatchObject(kept);
    expect(await custody.remove(entry.value.id)).toMatchObject(kept);
    expect(await custody.get(entry.value.id)).toEqual(entry.value);
    expect(await exhibits.remove(id)).toMatchObject(kept);
    expect((await exhibits.get(id))?.body.number).toBe('E-1');
    expect((await exhibits.remove(other.value.id)).ok).toBe(true);
  });
});
