/** A disk that is full under an open store: nothing it refused is acknowledged or comes back, nothing acknowledged is missing, and with room it goes on. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Session } from '../../../src-renderer/db/worker/session.ts';
import { createJournaledProfile, type JournaledProfile } from '../../factories/journaled-store.ts';
import { caseBody } from '../../factories/records.ts';

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
it('a write the store refuses is told, and neither it nor its second try is there twice, though the journal could not take it back at once', async () => {
  const session = await open();
  await insert(session, 'a');
  const file = profile.disk.open(profile.disk.names()[0] ?? '');
  const exec = file.exec.bind(file);
  const refusing = vi.spyOn(file, 'exec').mockImplementation(((sql: string) => {
    if (sql !== 'COMMIT') return exec(sql);
    isFull = true; // the journal's disk too
    throw Object.assign(new Error('disk'), { resultCode: 13 });
  }) as never);
  await expect(insert(session, 'b')).rejects.toMatchObject({ code: 'store-full' });
  refusing.mockRestore();
  await expect(insert(session, 'c')).rejects.toMatchObject({ code: 'store-full' });
  isFull = false;
  expect((await insert(session, 'b')).ok).toBe(true);
  expect(await titles(session)).toEqual(['a', 'b']);
  expect(await titles(await open())).toEqual(['a', 'b']);
});
