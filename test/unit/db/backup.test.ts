/** A backup of a real store while it is written, and the store made of it again on a disk that knows nothing. */
import { unpacked } from '../../../src-main/journal/journal.ts';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BackupService } from '#shared/contract/backup.ts';
import { encodePassphrase } from '#shared/contract/passphrase.ts';
import { createHeader } from '../../../src-main/backup/backup-key.ts';
import { checkBackup, identityKeyOf, openBackup } from '../../../src-main/backup/read-backup.ts';
import { fillProfile } from '../../../src-main/backup/restore-backup.ts';
import { createBackup, type BackupWriter } from '../../../src-main/backup/write-backup.ts';
import { createIdentity, writeIdentity, type HubBinding } from '../../../src-main/keys/identity.ts';
import { deriveKey } from '../../../src-main/keys/sealed-box.ts';
import type { Session } from '../../../src-renderer/db/worker/session.ts';
import { createJournaledProfile, type JournaledProfile } from '../../factories/journaled-store.ts';
import { caseBody } from '../../factories/records.ts';
import { changeRows, withFlippedSeal } from '../../factories/memory-disk.ts';

vi.mock('electron', () => ({ safeStorage: {} }));
vi.mock(import('../../../src-main/keys/kdf.ts'), async (original) => ({ ...(await original()), derivePassphraseKey: (await import('../main/keychain-mock.ts')).quickArgon }));

const DATA_KEY = () => new Uint8Array(32).fill(6);
const HUB: HubBinding = { host: 'hub.invalid', port: 1, ca: '', cert: '', unit: 'unit-a', role: 'analyst' };

let writer: BackupWriter | undefined;
/** Rows that changed behind the reader. */
let resent = 0;
const backup: BackupService['requests'] = {
  backupRows: ({ collection, packed, last }) => {
    const rows = unpacked(packed);
    resent += rows.filter(({ prev }) => prev !== null).length;
    return writer?.rows({ collection, rows, last }) ?? Promise.reject({ code: 'backup-cancelled' });
  },
  backupEnd: async () => ({ madeAt: '', ...((await writer?.finish()) ?? expect.fail('not begun')) }),
};

describe('a backup of a store that is being written', () => {
  let profile: JournaledProfile;
  let restored: JournaledProfile;
  let file: string;
  beforeEach(() => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const key = deriveKey(DATA_KEY(), new Uint8Array(), 'suar-journal-1');
    profile = createJournaledProfile({ key, backup });
    restored = createJournaledProfile({ key, backup });
    file = path.join(mkdtempSync(path.join(tmpdir(), 'suar-medium-')), 'a.suarbackup');
  });
  afterEach(() => {
    profile.remove();
    restored.remove();
  });

  type Started = Awaited<ReturnType<JournaledProfile['start']>>;
  async function begin({ journal }: Started, hub: HubBinding | null): Promise<void> {
    writeIdentity(path.join(profile.folder, 'identity.bin'), identityKeyOf(DATA_KEY()), { ...createIdentity('Invented Officer'), hub });
    writer = await createBackup({
      file,
      profileFolder: profile.folder,
      dataKey: DATA_KEY(),
      header: await createHeader(encodePassphrase('four synthetic words'), DATA_KEY(), { madeAt: '2026-01-01T00:00:00Z', label: '', kit: null }),
      settled: await journal.settledRevisions(),
      expected: () => journal.requests.expected(null),
      sequence: async () => (await journal.requests.state(null)).sequence,
      total: 1,
      onProgress: () => undefined,
    });
  }
  async function fillRestored(): Promise<void> {
    const opened = await openBackup(file);
    if (!opened.ok) throw new Error(opened.error.code);
    const checked = await checkBackup(opened.value, DATA_KEY(), () => undefined);
    if (!checked.ok) throw new Error(checked.error.code);
    await fillProfile(restored.folder, opened.value, checked.value, DATA_KEY(), () => undefined);
    await opened.value.close();
  }
  const insert = async (session: Session, titles: readonly string[]) => {
    const made = await session.repository('case').bulkInsert(titles.map((title) => ({ body: caseBody({ title }) as never, status: 'new', tlp: 'AMBER' })));
    expect(made.invalid).toEqual([]);
  };
  const docsOf = async (session: Session) => (await session.db.collections.record.find().exec()).map((doc) => doc.toMutableJSON());
  const contentOf = async (session: Session) => (await docsOf(session)).map(({ id, status, body }) => `${id} ${status} ${String(body['title'])}`).toSorted((a, b) => (a < b ? -1 : 1));

  it('has every row as it was when it ended, and the rebuilt store is the same', async () => {
    const started = await profile.start();
    const session = await started.opening.open();
    await insert(
      session,
      Array.from({ length: 1300 }, (_, n) => `before ${n}`),
    );
    const ids = (await docsOf(session)).map(({ id }) => id);
    await begin(started, null);
    const making = session.backUp();
    const cases = session.repository('case');
    // All over the table, so that some lie behind the reader and some before it; one twice, one removed, new ones behind it.
    for (let n = 0; n < 40; n++) {
      await cases.update(ids[(n * 97) % ids.length] ?? '', () => ({ status: 'active' }));
      if (n % 8 === 0) await insert(session, [`meanwhile ${n}`]);
    }
    await cases.update(ids[0] ?? '', () => ({ status: 'closed' }));
    await cases.remove(ids[1] ?? '');
    expect((await making).rows).toBeGreaterThanOrEqual(1300);
    expect(resent).toBeGreaterThan(0);
    await session.close();
    await started.stop();

    await fillRestored();
    const again = await restored.start({ expected: true });
    await expect(again.opening.open()).rejects.toMatchObject({ detail: { reason: 'remake' } });
    expect(await again.opening.rebuild(() => undefined)).toMatchObject({ lost: 0, fromHub: 0, cut: false });
    const other = await again.opening.open();
    const found = await contentOf(other);
    expect(found.length).toBeGreaterThanOrEqual(1299);
    expect(found.filter((row) => row.includes('before')).length).toBeGreaterThanOrEqual(1299);
    expect(await other.look()).toBe(true);
    await insert(other, ['after the restore']);
    await other.close();
    await again.stop();
  }, 60_000);

  it('of a device at rest is the same to the letter, and one of a unit compares everything with its hub', async () => {
    const started = await profile.start();
    const session = await started.opening.open();
    await insert(session, ['a', 'b', 'c']);
    const before = await contentOf(session);
    const [first] = (await session.db.collections.record.storageInstance.findDocumentsById(await docsOf(session).then((docs) => docs.map(({ id }) => id)), false)) as unknown as {
      id: string;
      _rev: string;
    }[];
    await started.journal.requests.settle({ collection: 'record', versions: [{ id: first?.id ?? '', rev: first?._rev ?? '' }] });
    await begin(started, HUB);
    await session.backUp();
    await session.close();
    await started.stop();

    await fillRestored();
    const again = await restored.start({ expected: true, owner: HUB.unit });
    expect(await again.journal.requests.state(null)).toMatchObject({ health: 'remake', resync: true });
    await expect(again.opening.open()).rejects.toMatchObject({ detail: { reason: 'remake' } });
    expect(await again.opening.rebuild(() => undefined)).toMatchObject({ fromJournal: 3, lost: 0, fromHub: 0 });
    expect(await again.journal.requests.state(null)).toMatchObject({ health: 'ok', resync: true });
    const versions = (await again.journal.requests.versions({ from: 0, most: 100 })).versions.filter(({ settled }) => settled);
    expect(versions.map(({ row }) => row.id)).toEqual([first?.id]);
    const other = await again.opening.open();
    expect(await contentOf(other)).toEqual(before);
    await other.close();
    await again.stop();
  }, 30_000);

  it('is not made of a store with a damaged row', async () => {
    const started = await profile.start();
    const session = await started.opening.open();
    await insert(session, ['a', 'b', 'c']);
    changeRows(profile.disk, withFlippedSeal);
    await begin(started, null);
    await expect(session.backUp()).rejects.toMatchObject({ code: 'store-damaged' });
    await writer?.abandon();
    await session.close();
    await started.stop();
  });
});
