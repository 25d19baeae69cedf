/** A profile in one sealed file: what goes in comes back on another laptop, and a file that is not whole is refused before anything is written. */
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { packRows, type JournalRow } from '#shared/contract/journal.ts';
import { encodePassphrase } from '#shared/contract/passphrase.ts';
import { createHeader, openHeader, openHeaderWithKit } from '../../../src-main/backup/backup-key.ts';
import { checkBackup, openBackup } from '../../../src-main/backup/read-backup.ts';
import { fillProfile } from '../../../src-main/backup/restore-backup.ts';
import { createBackup, partialName } from '../../../src-main/backup/write-backup.ts';
import { readStoredRecovery } from '../../../src-main/keys/recovery.ts';
import { openProfiles, type Profiles } from '../../../src-main/profiles.ts';

const keychain = vi.hoisted(() => ({ isThere: true, isBroken: false }));
/** The writing call of the file system that fails as a crash would, counted from 1; 0 for none. */
const crash = vi.hoisted(() => ({ at: 0, calls: 0, freeze: () => undefined as void }));
vi.mock('electron', async () => ({ safeStorage: (await import('./keychain-mock.ts')).fakeKeychain(keychain) }));
vi.mock(import('../../../src-main/keys/kdf.ts'), async (original) => ({ ...(await original()), derivePassphraseKey: (await import('./keychain-mock.ts')).quickArgon }));
vi.mock(import('node:fs'), async (original) => {
  const fs = await original();
  const failing =
    <A extends readonly unknown[], R>(run: (...args: A) => R) =>
    (...args: A): R => {
      if (++crash.calls === crash.at) {
        crash.at = 0;
        crash.freeze();
        throw new Error('crash');
      }
      return run(...args);
    };
  return { ...fs, openSync: failing(fs.openSync), renameSync: failing(fs.renameSync), mkdirSync: failing(fs.mkdirSync) as typeof fs.mkdirSync };
});

const PASSPHRASE = 'four synthetic words here';
const NEXT = 'another four synthetic words';
const KIT_KEY = () => new Uint8Array(32).fill(7);
const CANARY = 'CANARY-CASE-IN-A-BACKUP';
const quiet = { onStatus: () => undefined, onWake: () => undefined, onVaultProgress: () => undefined, onTransfers: () => undefined };

let laptop = '';
let medium = '';
beforeEach(() => {
  Object.assign(keychain, { isThere: true, isBroken: false });
  Object.assign(crash, { at: 0, calls: 0, freeze: () => undefined });
  laptop = mkdtempSync(path.join(tmpdir(), 'suar-laptop-'));
  medium = mkdtempSync(path.join(tmpdir(), 'suar-medium-'));
});

const row = (n: number, rev = 1): JournalRow => ({
  id: `row-${String(n).padStart(6, '0')}`,
  rev: `${rev}-x`,
  prev: rev > 1 ? `${rev - 1}-x` : null,
  clear: JSON.stringify({ id: n, _rev: `${rev}-x`, _meta: { j: n }, status: CANARY }),
  ct: new Uint8Array(randomBytes(40)),
});
const light = ({ id, rev }: JournalRow): JournalRow => ({ id, rev, prev: null, clear: '', ct: new Uint8Array() });
const progress: string[] = [];
const onProgress = ({ stage }: { readonly stage: string }) => void progress.push(stage);

interface Made {
  readonly file: string;
  readonly profile: string;
  readonly rows: readonly JournalRow[];
}

/** An unlocked officer with `count` rows, every third of which the hub has, and sealed files of the vault. */
async function officer(count: number, vaultBytes = 70_000): Promise<{ readonly profiles: Profiles; readonly profile: string; readonly rows: readonly JournalRow[] }> {
  const profiles = openProfiles(laptop, quiet);
  const made = await profiles.create(encodePassphrase(PASSPHRASE), 'Invented Officer', 'IO');
  if (!made.ok) throw new Error(made.error.code);
  const rows = Array.from({ length: count }, (_, n) => row(n));
  const { requests } = profiles.current()?.journal() ?? expect.fail('no journal');
  for (let at = 0; at < count; at += 500) {
    const page = rows.slice(at, at + 500);
    // What the hub sent lies in the journal without content; the store has it all the same.
    await requests.append({ collection: 'record', packed: packRows(page.map((each, i) => (i % 3 === 0 ? light(each) : each))), applied: 0 });
  }
  const vault = path.join(profiles.folder() ?? '', 'vault', 'ab');
  mkdirSync(vault, { recursive: true });
  writeFileSync(path.join(vault, '01.sealed'), randomBytes(vaultBytes));
  writeFileSync(path.join(vault, 'empty.sealed'), '');
  writeFileSync(path.join(vault, 'unfinished.part'), 'x');
  writeFileSync(path.join(profiles.folder() ?? '', 'preferences.json'), '{"locale":"lo"}');
  return { profiles, profile: made.value.profile, rows };
}

async function writerOf(profiles: Profiles, file: string, passphrase = PASSPHRASE) {
  const [profile, profileFolder] = [profiles.current(), profiles.folder()];
  const journal = profile?.journal();
  if (!profile || !journal || !profileFolder) throw new Error('locked');
  const lent = await profile.lendKey(encodePassphrase(passphrase), async (dataKey, own) => ({
    dataKey,
    header: await createHeader(own, dataKey, { madeAt: new Date(0).toISOString(), label: 'IO', kit: readStoredRecovery(profileFolder) }),
  }));
  if (!lent.ok) throw new Error(lent.error.code);
  return createBackup({
    file,
    profileFolder,
    ...lent.value,
    settled: await journal.settledRevisions(),
    expected: () => journal.requests.expected(null),
    sequence: async () => (await journal.requests.state(null)).sequence,
    total: 1,
    onProgress,
  });
}

async function makeBackup(count: number, { withKit = false, vaultBytes = 70_000 } = {}): Promise<Made> {
  const { profiles, profile, rows } = await officer(count, vaultBytes);
  if (withKit) {
    await profiles.current()?.beginRecovery(encodePassphrase(PASSPHRASE));
    profiles.current()?.makeRecovery(KIT_KEY(), { kit: 'ABCD', threshold: 1, sheets: 1 });
  }
  const file = path.join(medium, 'a.suarbackup');
  const writer = await writerOf(profiles, file);
  for (let at = 0; at < count; at += 500) await writer.rows({ collection: 'record', rows: rows.slice(at, at + 500), last: false });
  await writer.rows({ collection: 'record', rows: [], last: true });
  await writer.rows({ collection: 'local', rows: [], last: true });
  expect(await writer.finish()).toMatchObject({ rows: count });
  profiles.lock();
  return { file, profile, rows };
}

async function restore(file: string, home: string, { secret = PASSPHRASE, next = '' }: { readonly secret?: string; readonly next?: string } = {}) {
  const profiles = openProfiles(home, quiet);
  const opened = await openBackup(file);
  if (!opened.ok) return { profiles, answer: opened };
  const backup = opened.value;
  try {
    const dataKey = await openHeader(backup.header, encodePassphrase(secret));
    if (!dataKey) return { profiles, answer: { ok: false, error: { code: 'backup-passphrase' } } as const };
    const checked = await checkBackup(backup, dataKey, () => undefined);
    if (!checked.ok) return { profiles, answer: checked };
    const fill = (folder: string) => fillProfile(folder, backup, checked.value, dataKey, () => undefined);
    return { profiles, answer: await profiles.adopt({ dataKey, passphrase: encodePassphrase(next || secret), label: backup.header.label, fill }) };
  } finally {
    await backup.close();
  }
}

async function versionsOf(profiles: Profiles): Promise<Map<string, { readonly row: JournalRow; readonly settled: boolean }>> {
  const { requests } = profiles.current()?.journal() ?? expect.fail('locked');
  const found = new Map<string, { row: JournalRow; settled: boolean }>();
  for (let from: number | null = 0; from !== null;) {
    const page: Awaited<ReturnType<typeof requests.versions>> = await requests.versions({ from, most: 5000 });
    for (const { row: each, settled } of page.versions) found.set(each.id, { row: each, settled });
    from = page.next;
  }
  return found;
}
const bytes = (text: Uint8Array) => Buffer.from(text).toString('hex');

describe('a backup', () => {
  it('brings 5,000 rows, what the hub had, the files and the officer back on another laptop', async () => {
    const { file, profile, rows } = await makeBackup(5000, { vaultBytes: 5 * 1024 * 1024 });
    expect(new Set(progress)).toEqual(new Set(['rows', 'files', 'check']));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(medium)).toEqual(['a.suarbackup']);
    const home = mkdtempSync(path.join(tmpdir(), 'suar-other-'));
    keychain.isThere = false; // another laptop, another system
    const { profiles, answer } = await restore(file, home, { next: NEXT });
    if (!answer.ok) throw new Error(answer.error.code);
    expect(answer.value.fullName).toBe('Invented Officer');
    expect(answer.value.profile).not.toBe(profile);
    expect(profiles.list()).toMatchObject([{ label: 'IO', number: 1 }]);
    const state = await profiles.current()?.journal()?.requests.state(null);
    expect(state).toMatchObject({ health: 'remake', resync: false, cut: false });
    expect(state?.expected.record.count).toBe(5000);
    const found = await versionsOf(profiles);
    expect(found.size).toBe(5000);
    for (const [n, { id, ct, clear }] of rows.entries()) {
      const version = found.get(id);
      expect(version && [bytes(version.row.ct), version.row.clear, version.settled]).toEqual([bytes(ct), clear, (n % 500) % 3 === 0]);
    }
    const folder = profiles.folder() ?? '';
    for (const name of ['01.sealed', 'empty.sealed']) {
      expect(readFileSync(path.join(folder, 'vault', 'ab', name)).equals(readFileSync(path.join(laptop, 'profiles', profile, 'vault', 'ab', name)))).toBe(true);
    }
    expect(existsSync(path.join(folder, 'vault', 'ab', 'unfinished.part'))).toBe(false);
    expect(readFileSync(path.join(folder, 'preferences.json'), 'utf8')).toContain('"lo"');
    profiles.lock();
    const again = openProfiles(home, quiet);
    expect(await again.unlock(answer.value.profile, encodePassphrase(PASSPHRASE))).toMatchObject({ error: { code: 'passphrase-wrong' } });
    expect((await again.unlock(answer.value.profile, encodePassphrase(NEXT))).ok).toBe(true);
    again.lock();
  });

  it('opens with the recovery kit of its day, and that kit opens the restored profile', async () => {
    const { file } = await makeBackup(3, { withKit: true });
    const opened = await openBackup(file);
    if (!opened.ok) throw new Error(opened.error.code);
    const dataKey = await openHeader(opened.value.header, encodePassphrase(PASSPHRASE));
    expect(dataKey && openHeaderWithKit(opened.value.header, KIT_KEY())?.toString()).toBe(dataKey?.toString());
    expect(openHeaderWithKit(opened.value.header, new Uint8Array(32))).toBeUndefined();
    await opened.value.close();
    const { profiles, answer } = await restore(file, mkdtempSync(path.join(tmpdir(), 'suar-other-')));
    profiles.lock();
    expect(answer.ok && (await profiles.restore(answer.value.profile, KIT_KEY(), encodePassphrase(NEXT))).ok).toBe(true);
    profiles.lock();
  });

  it('takes the newest of a row that changed while it was made', async () => {
    const { profiles, rows } = await officer(4);
    const { requests } = profiles.current()?.journal() ?? expect.fail('no journal');
    const file = path.join(medium, 'a.suarbackup');
    const writer = await writerOf(profiles, file);
    await writer.rows({ collection: 'record', rows: [...rows], last: false });
    const changed = [row(0, 2), row(4)];
    await requests.append({ collection: 'record', packed: packRows(changed), applied: 0 });
    await writer.rows({ collection: 'record', rows: changed, last: false });
    await writer.rows({ collection: 'record', rows: [], last: true });
    await writer.finish();
    profiles.lock();
    const { profiles: other, answer } = await restore(file, mkdtempSync(path.join(tmpdir(), 'suar-other-')));
    expect(answer.ok).toBe(true);
    const found = await versionsOf(other);
    expect(found.size).toBe(5);
    expect(found.get('row-000000')).toMatchObject({ row: { rev: '2-x' }, settled: false });
    other.lock();
  });

  it('is refused to a store that lacks a row, and leaves no file', async () => {
    const { profiles, rows } = await officer(4);
    const file = path.join(medium, 'a.suarbackup');
    const writer = await writerOf(profiles, file);
    await writer.rows({ collection: 'record', rows: rows.slice(1), last: false });
    await expect(writer.rows({ collection: 'record', rows: [], last: true })).rejects.toMatchObject({ code: 'store-lost' });
    await writer.abandon();
    expect(readdirSync(medium)).toEqual([]);
    await expect(writer.rows({ collection: 'record', rows: [], last: false })).rejects.toMatchObject({ code: 'backup-cancelled' });
    profiles.lock();
  });

  it('says nothing of what is in it, and has no part of the clear text', async () => {
    const { file } = await makeBackup(20);
    const content = readFileSync(file, 'latin1');
    for (const secret of [CANARY, 'Invented Officer', 'row-0000', 'vault', 'sealed', '"lo"', PASSPHRASE, 'identity']) expect(content.includes(secret), secret).toBe(false);
  });

  it('is not restored beside the profile it is of', async () => {
    const { file, profile } = await makeBackup(3);
    const { profiles, answer } = await restore(file, laptop);
    expect(answer).toMatchObject({ error: { code: 'backup-profile-here' } });
    expect(profiles.list()).toHaveLength(1);
    // Where the keychain died with its system nothing opens that profile any more, and the backup is what is left.
    rmSync(path.join(laptop, 'profiles', profile, 'keychain.bin'));
    const { profiles: again, answer: restored } = await restore(file, laptop);
    expect(restored.ok).toBe(true);
    expect(again.list()).toHaveLength(2);
    again.lock();
  });

  it('needs its own passphrase', async () => {
    const { file } = await makeBackup(3);
    const home = mkdtempSync(path.join(tmpdir(), 'suar-other-'));
    const { answer } = await restore(file, home, { secret: NEXT });
    expect(answer).toMatchObject({ error: { code: 'backup-passphrase' } });
    expect((await restore(file, home, { next: 'short' })).answer).toMatchObject({ error: { code: 'passphrase-weak' } });
    expect(readdirSync(path.join(home, 'profiles'))).toEqual([]);
  });
});

describe('a backup that is not whole', () => {
  it('is refused with a bit changed anywhere, and before anything is written', async () => {
    const { file } = await makeBackup(40);
    const whole = readFileSync(file);
    const home = mkdtempSync(path.join(tmpdir(), 'suar-other-'));
    const refused = new Set<string>();
    const places = [...Array.from({ length: 120 }, (_, at) => at), ...Array.from({ length: 160 }, (_, n) => 120 + Math.floor((n * (whole.length - 121)) / 159))];
    for (const at of places) {
      const bent = Buffer.from(whole);
      bent[at] = (bent[at] ?? 0) ^ 0x10;
      writeFileSync(file, bent);
      const { answer } = await restore(file, home);
      expect(answer.ok, `byte ${at}`).toBe(false);
      if (!answer.ok) refused.add(answer.error.code);
      expect(readdirSync(path.join(home, 'profiles')), `byte ${at}`).toEqual([]);
    }
    for (const code of refused) expect(['backup-unknown', 'backup-newer', 'backup-altered', 'backup-incomplete']).toContain(code);
    expect(refused).toContain('backup-altered');
  }, 30_000);

  it('is refused cut short at any place, and with something behind its end', async () => {
    const { file } = await makeBackup(40);
    const whole = readFileSync(file);
    const home = mkdtempSync(path.join(tmpdir(), 'suar-other-'));
    for (const length of [0, 5, 13, 200, ...Array.from({ length: 40 }, (_, n) => Math.floor(((n + 0.5) * whole.length) / 40)), whole.length - 1]) {
      writeFileSync(file, whole);
      truncateSync(file, length);
      const { answer } = await restore(file, home);
      expect(answer, `${length} bytes`).toMatchObject({ ok: false, error: { code: expect.stringMatching(/^backup-(incomplete|unknown)$/) as string } });
    }
    writeFileSync(file, Buffer.concat([whole, Buffer.from([0])]));
    expect((await restore(file, home)).answer).toMatchObject({ error: { code: 'backup-altered' } });
    expect(readdirSync(path.join(home, 'profiles'))).toEqual([]);
  });

  it('is refused with its frames in another order, or one of them twice', async () => {
    const { file } = await makeBackup(1500);
    const whole = readFileSync(file);
    const from = 14 + whole.readUInt32BE(10) + 32;
    const frames: Buffer[] = [];
    for (let at = from; at < whole.length;) {
      const end = at + 4 + whole.readUInt32BE(at);
      frames.push(whole.subarray(at, end));
      at = end;
    }
    expect(frames.length).toBeGreaterThan(6);
    const [a = Buffer.alloc(0), b = Buffer.alloc(0), ...rest] = frames;
    const home = mkdtempSync(path.join(tmpdir(), 'suar-other-'));
    for (const order of [
      [b, a, ...rest],
      [a, a, b, ...rest],
      [a, ...rest],
    ]) {
      writeFileSync(file, Buffer.concat([whole.subarray(0, from), ...order]));
      expect((await restore(file, home)).answer).toMatchObject({ error: { code: 'backup-altered' } });
    }
  });
});

describe('a restore that is cut short', () => {
  it('leaves no officer, or one who can unlock and has every row, at whichever step', async () => {
    const { file } = await makeBackup(6);
    const home = () => mkdtempSync(path.join(tmpdir(), 'suar-cut-'));
    crash.calls = 0;
    (await restore(file, home())).profiles.lock();
    const steps = crash.calls;
    expect(steps).toBeGreaterThan(12);
    const left: number[] = [];
    for (let at = 1; at <= steps; at++) {
      const folder = home();
      const frozen = mkdtempSync(path.join(tmpdir(), 'suar-frozen-'));
      // A crash has nobody who cleans up: the folder is taken as it lies at that moment, then opened by a new start.
      Object.assign(crash, { at, calls: 0, freeze: () => cpSync(folder, frozen, { recursive: true }) });
      const cut = await restore(file, folder).catch(() => undefined);
      cut?.profiles.lock();
      const again = openProfiles(frozen, quiet);
      const [found] = again.list();
      left.push(again.list().length);
      if (!found) continue;
      expect((await again.unlock(found.id, encodePassphrase(PASSPHRASE))).ok, `cut at step ${at}`).toBe(true);
      expect((await versionsOf(again)).size).toBe(6);
      again.lock();
    }
    expect(new Set(left)).toEqual(new Set([0, 1]));
  }, 60_000);
});

describe('a medium', () => {
  it('that is not there is said by its file, and no half of a backup stays on one that is full', async () => {
    const { profiles } = await officer(1);
    await expect(writerOf(profiles, path.join(medium, 'gone', 'a.suarbackup'))).rejects.toMatchObject({ code: 'backup-not-saved', detail: { name: 'a.suarbackup' } });
    const writer = await writerOf(profiles, path.join(medium, 'a.suarbackup'));
    expect(readdirSync(medium)).toEqual([path.basename(partialName('a.suarbackup'))]);
    await writer.abandon();
    expect(readdirSync(medium)).toEqual([]);
    profiles.lock();
  });

  it.each([
    ['ENOSPC', 'backup-no-room'],
    ['EIO', 'backup-not-saved'],
  ])('that answers %s ends the backup with %s', async (code, told) => {
    const { profiles, rows } = await officer(2);
    const writer = await writerOf(profiles, path.join(medium, 'a.suarbackup'));
    const probe = await open(path.join(laptop, 'probe'), 'w');
    const spy = vi.spyOn(Object.getPrototypeOf(probe) as typeof probe, 'writeFile').mockRejectedValueOnce(Object.assign(new Error('medium'), { code }));
    await expect(writer.rows({ collection: 'record', rows: [...rows], last: false })).rejects.toMatchObject({ code: told, detail: { name: 'a.suarbackup' } });
    spy.mockRestore();
    await probe.close();
    await writer.abandon();
    expect(readdirSync(medium)).toEqual([]);
    profiles.lock();
  });
});
