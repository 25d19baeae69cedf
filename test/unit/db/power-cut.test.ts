/** A store in the private file system whose power is cut: what was acknowledged is there, though SQLite had not flushed it. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openOpfsDisk } from '../../../src-renderer/db/sqlite/open-opfs-disk.ts';
import type { Session } from '../../../src-renderer/db/worker/session.ts';
import { createJournaledProfile, type JournaledProfile } from '../../factories/journaled-store.ts';
import { loadOwnSqlite } from '../../factories/own-sqlite.ts';
import { createPrivateFiles, type PrivateFiles } from '../../factories/private-files.ts';
import { caseBody } from '../../factories/records.ts';

const engine = vi.hoisted(() => ({ loading: undefined as Promise<unknown> | undefined }));
vi.mock('../../../src-renderer/db/sqlite/engine.ts', () => ({ loadSqlite: () => engine.loading }));

let files: PrivateFiles;
let profile: JournaledProfile;
let running: { readonly session: Session; readonly stop: () => Promise<void> } | undefined;
beforeEach(() => {
  for (const level of ['warn', 'error', 'log'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
  files = createPrivateFiles();
  for (const [name, value] of Object.entries(files.globals)) vi.stubGlobal(name, value);
  profile = createJournaledProfile();
});
afterEach(async () => {
  await end(files.cutPower);
  profile.remove();
  vi.unstubAllGlobals();
});

async function open(): Promise<Session> {
  engine.loading = loadOwnSqlite();
  profile.disk = { ...(await openOpfsDisk(profile.profile)), copy: () => new Map() };
  const started = await profile.start();
  const session = await started.opening.open();
  running = { session, stop: started.stop };
  return session;
}
/** The process ends at once; with `files.cutPower` the machine does. */
async function end(how: () => void): Promise<void> {
  const last = running;
  running = undefined;
  how();
  await last?.stop();
  await last?.session.db.close().catch(() => undefined); // reaches no file any more; RxDB knows the name as free then
}
async function insert(session: Session, title: string): Promise<string> {
  const made = await session.repository('case').insert({ body: caseBody({ title }) as never, status: 'new', tlp: 'AMBER' });
  if (!made.ok) throw new Error(JSON.stringify(made.error));
  return made.value.id;
}
const rename = (session: Session, id: string, title: string) => session.repository('case').update(id, ({ body }) => ({ body: { ...body, title } }));
async function titles(session: Session): Promise<string[]> {
  const docs = await session.db.collections.record.find().exec();
  return docs.map((doc) => String(doc.body['title'])).sort();
}

it('a write that was not flushed yet', async () => {
  const id = await insert(await open(), 'a');
  await end(files.cutPower);
  const session = await open();
  expect(await titles(session)).toEqual(['a']);
  await rename(session, id, 'a, edited');
  await insert(session, 'b');
  await end(files.cutPower);
  expect(await titles(await open())).toEqual(['a, edited', 'b']);
});

it('a write that a process before had not flushed either', async () => {
  const first = await open();
  const id = await insert(first, 'a');
  await first.close();
  await end(files.release);
  await rename(await open(), id, 'a, edited');
  await end(files.release);
  await insert(await open(), 'b');
  await end(files.cutPower);
  expect(await titles(await open())).toEqual(['a, edited', 'b']);
});
