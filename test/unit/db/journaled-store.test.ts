import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SuarRecord } from '#shared/schema/record.ts';
import { readHistory } from '../../../src-renderer/db/versions.ts';
import type { Session } from '../../../src-renderer/db/worker/session.ts';
import type { StoreLostError } from '../../../src-renderer/db/store-lost-error.ts';
import { caseBody } from '../../factories/records.ts';
import { createJournaledProfile, type JournaledProfile } from '../../factories/journaled-store.ts';
import { changeRows, createMemoryDisk, withFlippedSeal } from '../../factories/memory-disk.ts';

type Started = Awaited<ReturnType<JournaledProfile['start']>>;

describe('store under its journal', () => {
  let profile: JournaledProfile;
  let running: { readonly started: Started; readonly session: Session | undefined } | undefined;
  beforeEach(() => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    profile = createJournaledProfile();
  });
  afterEach(async () => {
    await stop();
    profile.remove();
  });

  async function open(options: Parameters<JournaledProfile['start']>[0] = {}): Promise<Session> {
    const started = await profile.start(options);
    running = { started, session: undefined };
    const session = await started.opening.open();
    running = { started, session };
    return session;
  }
  async function stop(): Promise<void> {
    const last = running;
    running = undefined;
    await last?.session?.close().catch(() => undefined);
    await last?.started.stop();
  }
  /** The process ends at once: the store has no chance to say that it was closed. */
  async function crash(): Promise<void> {
    const last = running;
    running = undefined;
    await last?.started.stop();
    await last?.session?.db.close();
  }
  async function write(session: Session, titles: readonly string[]): Promise<string[]> {
    const ids = [];
    for (const title of titles) {
      const made = await session.repository('case').insert({ body: caseBody({ title }) as never, status: 'new', tlp: 'AMBER' });
      if (!made.ok) throw new Error(JSON.stringify(made.error));
      ids.push(made.value.id);
    }
    return ids;
  }
  async function titles(session: Session): Promise<string[]> {
    const docs = await session.db.collections.record.find().exec();
    return docs.map((doc) => String(doc.body['title'])).sort();
  }
  const journalFiles = () => readdirSync(path.join(profile.folder, 'journal')).map((name) => path.join(profile.folder, 'journal', name));
  const lossOf = (opening: Promise<unknown>) =>
    opening.then(
      () => undefined,
      (error: unknown) => (error as StoreLostError).detail,
    );

  it('finds nothing wrong after an orderly end and after a sudden one', async () => {
    await write(await open(), ['a', 'b']);
    await stop();
    await write(await open(), ['c']);
    await crash();
    const session = await open();
    expect(await titles(session)).toEqual(['a', 'b', 'c']);
    const [id = ''] = await write(session, ['d']);
    await session.repository('case').update(id, () => ({ status: 'active' }));
    await session.repository('case').remove(id);
    await crash();
    expect(await titles(await open())).toEqual(['a', 'b', 'c']);
  });

  it('makes a write that reached the journal and not the store', async () => {
    await write(await open(), ['a']);
    await crash();
    const copy = profile.disk.copy();
    await write(await open(), ['b']);
    await crash();
    profile.disk = createMemoryDisk(copy);
    expect(await titles(await open())).toEqual(['a', 'b']);
  });

  it('notices an emptied store and makes it again from the journal', async () => {
    await write(await open(), ['a', 'b', 'c']);
    await stop();
    profile.disk = createMemoryDisk();
    expect(await lossOf(open())).toMatchObject({ reason: 'count', expected: 3, found: 0 });
    const report = await running?.started.opening.rebuild(() => undefined);
    expect(report).toMatchObject({ fromJournal: 3, lost: 0 });
    const session = await running?.started.opening.open();
    expect(session && (await titles(session))).toEqual(['a', 'b', 'c']);
    if (session && running) running = { ...running, session };
    await stop();
    expect(await titles(await open())).toEqual(['a', 'b', 'c']);
  });

  it('is found altered while open, and made again at the next start', async () => {
    const session = await open();
    await write(session, ['a', 'b']);
    changeRows(profile.disk, withFlippedSeal);
    const altered = vi.fn();
    session.altered$.subscribe(altered);
    await expect(session.repository('case').bulkInsert([])).resolves.toBeDefined();
    await session.db.collections.record
      .findOne()
      .exec()
      .catch(() => undefined);
    await vi.waitFor(() => expect(altered).toHaveBeenCalledOnce());
    await stop();
    expect(await lossOf(open())).toMatchObject({ reason: 'remake' });
    expect(await running?.started.opening.rebuild(() => undefined)).toMatchObject({ fromJournal: 2, lost: 0 });
  });

  it('knows an older store put in its place', async () => {
    await write(await open(), ['a']);
    await stop();
    const old = profile.disk.copy();
    const [id = ''] = await write(await open(), ['b']);
    await running?.session?.repository('case').update(id, () => ({ status: 'active' }));
    await stop();
    profile.disk = createMemoryDisk(old);
    expect(await lossOf(open())).toMatchObject({ reason: 'count', expected: 2, found: 1 });
  });

  it('writes a lost journal anew from the store', async () => {
    await write(await open(), ['a', 'b']);
    await stop();
    rmSync(path.join(profile.folder, 'journal'), { recursive: true });
    expect(await titles(await open())).toEqual(['a', 'b']);
    await stop();
    profile.disk = createMemoryDisk();
    expect(await lossOf(open())).toMatchObject({ reason: 'count', expected: 2 });
  });

  it('loses nothing when the journal is lost after a rebuild was cut', async () => {
    await write(await open(), ['a', 'b', 'c']);
    await stop();
    const [name = ''] = profile.disk.names();
    profile.disk = createMemoryDisk(new Map([...profile.disk.copy(), [`${name}-1`, new Uint8Array()]]));
    rmSync(path.join(profile.folder, 'journal'), { recursive: true });
    expect(await titles(await open())).toEqual(['a', 'b', 'c']);
    await stop();
    expect(await titles(await open())).toEqual(['a', 'b', 'c']);
    expect(profile.disk.names()).toEqual([`${name}-1`]);
  });

  it('writes a shortened journal anew from the store, which has more', async () => {
    await write(await open(), ['a', 'b', 'c']);
    await stop();
    const file = journalFiles().at(-1) ?? '';
    truncateSync(file, Math.floor(statSync(file).size / 2));
    expect(await titles(await open())).toEqual(['a', 'b', 'c']);
    await stop();
    profile.disk = createMemoryDisk();
    expect(await lossOf(open())).toMatchObject({ reason: 'count', expected: 3 });
  });

  it('takes what a damaged journal still tells when the store is gone too', async () => {
    await write(await open(), ['a', 'b', 'c']);
    await stop();
    const file = journalFiles().at(-1) ?? '';
    const bytes = readFileSync(file);
    const at = Math.floor(bytes.length * 0.4);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    profile.disk = createMemoryDisk();
    const saved = await titles(await open());
    expect(saved.length).toBeGreaterThan(0);
    expect(['a', 'b', 'c']).toEqual(expect.arrayContaining(saved));
  });

  it('says that the end of the journal is missing when it cannot know what was in it', async () => {
    await write(await open(), ['a', 'b']);
    await stop();
    await write(await open(), ['c']);
    await stop();
    const file = journalFiles().at(-1) ?? '';
    truncateSync(file, statSync(file).size - 130); // the words that it was flushed and closed, and a part of the last write
    profile.disk = createMemoryDisk();
    expect(await lossOf(open())).toMatchObject({ reason: 'count', expected: 2 });
    expect(await running?.started.opening.rebuild(() => undefined)).toMatchObject({ fromJournal: 2, cut: true });
  });

  it('counts what neither a damaged snapshot nor the store has any more, and keeps the rest', async () => {
    const first = await open();
    await write(first, ['a', 'b', 'c']);
    await stop();
    rmSync(path.join(profile.folder, 'journal'), { recursive: true });
    await write(await open(), ['d']);
    await stop();
    const snapshot = journalFiles()[0] ?? '';
    const bytes = readFileSync(snapshot);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    writeFileSync(snapshot, bytes);
    profile.disk = createMemoryDisk();
    expect(await lossOf(open())).toMatchObject({ reason: 'count', expected: 4 });
    expect(await running?.started.opening.rebuild(() => undefined)).toMatchObject({ fromJournal: 1, lost: 3 });
    expect(await titles((await running?.started.opening.open()) as Session)).toEqual(['d']);
  });

  it('notices a damaged snapshot by itself and writes the journal anew at the next start', async () => {
    await write(await open(), ['a', 'b']);
    await stop();
    rmSync(path.join(profile.folder, 'journal'), { recursive: true });
    await open();
    const snapshot = journalFiles()[0] ?? '';
    const bytes = readFileSync(snapshot);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    writeFileSync(snapshot, bytes);
    await running?.started.journal.tidy();
    await stop();
    expect(await titles(await open())).toEqual(['a', 'b']);
    await stop();
    profile.disk = createMemoryDisk();
    expect(await lossOf(open())).toMatchObject({ expected: 2 });
    expect(await running?.started.opening.rebuild(() => undefined)).toMatchObject({ fromJournal: 2, lost: 0 });
  });

  it('is made again where the first row an opening reads does not open its seal', async () => {
    await write(await open(), ['a', 'b']);
    await stop();
    changeRows(profile.disk, (row) => ({ ...row, _rev: '9-older' }));
    expect(await lossOf(open())).toMatchObject({ reason: 'content' });
    expect(await running?.started.opening.rebuild(() => undefined)).toMatchObject({ fromJournal: 2, lost: 0 });
    expect(await titles((await running?.started.opening.open()) as Session)).toEqual(['a', 'b']);
  });

  it('keeps an acknowledged edit whose store was emptied by the same crash', async () => {
    const [id = ''] = await write(await open(), ['a', 'b']);
    await stop();
    const edited = await (await open()).repository('case').update(id, ({ body }) => ({ body: { ...body, title: 'a, edited' } }));
    expect(edited.ok).toBe(true);
    await crash();
    profile.disk = createMemoryDisk();
    expect(await lossOf(open())).toMatchObject({ reason: 'content' });
    // two records, and the version of before the edit
    expect(await running?.started.opening.rebuild(() => undefined)).toMatchObject({ fromJournal: 3, lost: 0 });
    const again = (await running?.started.opening.open()) as Session;
    expect(await titles(again)).toEqual(['a, edited', 'b']);
    const current = (await again.repository('case').get(id)) as unknown as SuarRecord;
    expect((await readHistory(again.db.collections.local, current, 9)).map(({ record }) => record.body['title'])).toEqual(['a, edited', 'a']);
  });

  it('keeps every record of before there was a journal when its first writing is cut short', async () => {
    await write(await open(), ['a', 'b', 'c']);
    await stop();
    changeRows(profile.disk, (row) => ({ ...row, _meta: { lwt: (row['_meta'] as { lwt: number }).lwt } })); // as it was before rows were stamped
    rmSync(path.join(profile.folder, 'journal'), { recursive: true });
    const cut = await profile.start({ expected: false });
    await cut.stop(); // the journal is begun, and nothing of the store is in it yet
    const loss = await lossOf(open());
    if (loss) await running?.started.opening.rebuild(() => undefined);
    expect(await titles((await running?.started.opening.open()) as Session)).toEqual(['a', 'b', 'c']);
  });

  it('counts a refused write as never made', async () => {
    const session = await open();
    const [id = ''] = await write(session, ['a']);
    const again = await session.repository('case').insert({ id, body: caseBody({ title: 'again' }) as never, status: 'new', tlp: 'AMBER' });
    expect(again.ok).toBe(false);
    await crash();
    expect(await titles(await open())).toEqual(['a']);
  });

  it('reads the whole store while the officer writes, and finds it as the journal says', async () => {
    const session = await open();
    await session.repository('case').bulkInsert(Array.from({ length: 700 }, (_, n) => ({ body: caseBody({ title: `t${n}` }) as never, status: 'new', tlp: 'AMBER' as const })));
    const looking = session.look();
    const [id = ''] = await write(session, ['while reading']);
    await session.repository('case').update(id, () => ({ status: 'active' }));
    await session.repository('case').remove(id);
    expect(await looking).toBe(true);
  });
});
