/** A disk that is full under an open store: nothing it refused is acknowledged or comes back, nothing acknowledged is missing, and with room it goes on. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { DexieState } from '../../../src-renderer/db/sealing/scan.ts';
import { toStoreError } from '../../../src-renderer/db/store-failure.ts';
import type { Session } from '../../../src-renderer/db/worker/session.ts';
import { createJournaledProfile, type JournaledProfile } from '../../factories/journaled-store.ts';
import { caseBody } from '../../factories/records.ts';
import { changeRows } from '../../factories/stores.ts';

let profile: JournaledProfile;
/** The journal's disk is full. */
let isFull = false;
let end: (() => Promise<void>) | undefined;
beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  isFull = false;
  profile = createJournaledProfile({
    flaw: (own) => {
      const onDisk =
        <A, R>(run: (request: A) => Promise<R>) =>
        (request: A): Promise<R> =>
          isFull ? Promise.reject(Object.assign(new Error('disk'), { code: 'ENOSPC' })) : run(request);
      return { append: onDisk(own.append), void: onDisk(own.void) };
    },
  });
});
afterEach(async () => {
  await stop();
  profile.remove();
});

async function stop(): Promise<void> {
  const last = end;
  end = undefined;
  await last?.();
}
async function open(): Promise<Session> {
  await stop();
  const started = await profile.start();
  end = started.stop;
  const session = await started.opening.open();
  end = async () => {
    await session.close();
    await started.stop();
  };
  return session;
}
const insert = (session: Session, title: string) => session.repository('case').insert({ body: caseBody({ title }) as never, status: 'new', tlp: 'AMBER' });
async function titles(session: Session): Promise<string[]> {
  const docs = await session.db.collections.record.find().exec();
  return docs.map((doc) => String(doc.body['title'])).sort();
}
const stateOf = (session: Session) => session.db.collections.record.storageInstance.internals as unknown as Promise<DexieState>;
/** As Chromium does where a write of its own fails. */
const cut = async (session: Session) => (await stateOf(session)).dexieDb.close({ disableAutoOpen: false });

it('a write the store refuses is told, and neither it nor its second try is there twice, though the journal could not take it back at once', async () => {
  const session = await open();
  await insert(session, 'a');
  const { dexieTable } = await stateOf(session);
  vi.spyOn(dexieTable, 'bulkPut').mockImplementationOnce(() => {
    isFull = true;
    throw Object.assign(new Error('disk'), { name: 'QuotaExceededError' });
  });
  await expect(insert(session, 'b')).rejects.toMatchObject({ code: 'store-full' });
  expect(toStoreError(Object.assign(new Error('bulk'), { name: 'BulkError', failures: [Object.assign(new Error('one'), { name: 'AbortError' })] }))).toEqual({ code: 'journal-failed' });
  await expect(insert(session, 'c')).rejects.toMatchObject({ code: 'store-full' });
  isFull = false;
  expect((await insert(session, 'b')).ok).toBe(true);
  expect(await titles(session)).toEqual(['a', 'b']);
  expect(await titles(await open())).toEqual(['a', 'b']);
});

it('a connection that was cut is opened again by whoever asks, reader or writer', async () => {
  const session = await open();
  const made = await insert(session, 'a');
  await cut(session);
  expect(await session.db.collections.record.storageInstance.findDocumentsById([made.ok ? made.value.id : ''], false)).toHaveLength(1);
  await cut(session);
  expect((await insert(session, 'b')).ok).toBe(true);
  expect(await titles(session)).toEqual(['a', 'b']);
  expect(await titles(await open())).toEqual(['a', 'b']);
});

it('what was acknowledged is back when the connection is, though the store behind it came back empty', async () => {
  const session = await open();
  const first = await insert(session, 'a');
  for (const title of ['b', 'c']) await insert(session, title);
  await cut(session);
  await changeRows(profile.factory, 'record', () => undefined);
  expect((await insert(session, 'd')).ok).toBe(true);
  expect((await session.repository('case').update(first.ok ? first.value.id : '', () => ({ status: 'active' }))).ok).toBe(true);
  const again = await open();
  expect(await titles(again)).toEqual(['a', 'b', 'c', 'd']);
  expect(await again.look()).toBe(true);
});

it('while the connection cannot be opened, that is told every time', async () => {
  const session = await open();
  await insert(session, 'a');
  const { dexieDb } = await stateOf(session);
  await cut(session);
  const opening = vi.spyOn(dexieDb, 'open').mockImplementation(() => Promise.reject(Object.assign(new Error('disk'), { name: 'OpenFailedError' })) as never);
  await expect(insert(session, 'b')).rejects.toMatchObject({ code: 'journal-failed' });
  await expect(insert(session, 'c')).rejects.toMatchObject({ code: 'journal-failed' });
  opening.mockRestore();
  expect((await insert(session, 'd')).ok).toBe(true);
  expect(await titles(await open())).toEqual(['a', 'd']);
});
