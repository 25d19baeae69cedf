/** A store that is refused while it is opened leaves no file open: a second connection to one file would write over the first. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Session } from '../../../src-renderer/db/worker/session.ts';
import { createJournaledProfile, type JournaledProfile } from '../../factories/journaled-store.ts';
import { changeRows, type MemoryDisk } from '../../factories/memory-disk.ts';
import { caseBody } from '../../factories/records.ts';

let profile: JournaledProfile;
/** The journal takes nothing back, or does so late. */
let onVoid: () => Promise<void>;
beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  onVoid = async () => undefined;
  profile = createJournaledProfile({ flaw: (own) => ({ void: async (request) => onVoid().then(() => own.void(request)) }) });
});
afterEach(() => profile.remove());

async function open(): Promise<{ readonly session: Session; readonly stop: () => Promise<void> }> {
  const started = await profile.start();
  return { session: await started.opening.open(), stop: started.stop };
}

/** A disk that counts the files that are open. */
function countingDisk(disk: MemoryDisk): { readonly disk: MemoryDisk; readonly open: () => number } {
  let open = 0;
  const opened = (name: string) => {
    const db = disk.open(name);
    open++;
    return Object.assign(db, { close: () => void open-- });
  };
  return { disk: { ...disk, open: opened }, open: () => open };
}

it('closes a collection that is ready only after another one was refused', async () => {
  const draft = { id: 'draft:1', kind: 'draft', updatedAt: '', body: {} };
  const first = await open();
  await first.session.repository('case').insert({ body: caseBody({ title: 'a' }) as never, status: 'new', tlp: 'AMBER' });
  await first.session.db.collections.local.insert(draft);
  await first.session.close();
  await first.stop();

  const second = await open();
  onVoid = () => Promise.reject(new Error('disk'));
  await expect(second.session.db.collections.local.insert(draft)).rejects.toThrow();
  await second.stop();
  await second.session.db.close();

  changeRows(profile.disk, () => undefined);
  onVoid = () => new Promise((resolve) => setTimeout(resolve, 300));
  const { disk, open: openFiles } = countingDisk(profile.disk);
  profile.disk = disk;
  const third = await profile.start();
  await expect(third.opening.open()).rejects.toMatchObject({ code: 'store-lost' });
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(openFiles()).toBe(0);
  await third.stop();
});
