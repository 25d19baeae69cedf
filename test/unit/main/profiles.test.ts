/** Officers who share a laptop: each opens their own folder only; the earlier layout is taken over; a removal destroys the keys first. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { encodePassphrase } from '#shared/contract/passphrase.ts';
import { fullNameOf, readIdentity } from '../../../src-main/keys/identity.ts';
import { openKeyring } from '../../../src-main/keys/keyring.ts';
import { deriveKey } from '../../../src-main/keys/sealed-box.ts';
import { openPreferences } from '../../../src-main/preferences.ts';
import { openProfiles, type Profiles } from '../../../src-main/profiles.ts';

const keychain = vi.hoisted(() => ({ isThere: true, isBroken: false }));
/** The writing call of the file system that fails as a crash would, counted from 1; 0 for none. */
const crash = vi.hoisted(() => ({ at: 0, calls: 0 }));
vi.mock('electron', async () => ({ safeStorage: (await import('./keychain-mock.ts')).fakeKeychain(keychain) }));
vi.mock(import('../../../src-main/keys/kdf.ts'), async (original) => ({ ...(await original()), derivePassphraseKey: (await import('./keychain-mock.ts')).quickArgon }));
vi.mock(import('node:fs'), async (original) => {
  const fs = await original();
  const failing =
    <A extends readonly unknown[], R>(run: (...args: A) => R) =>
    (...args: A): R => {
      if (++crash.calls === crash.at) throw new Error('crash');
      return run(...args);
    };
  return { ...fs, openSync: failing(fs.openSync), renameSync: failing(fs.renameSync), unlinkSync: failing(fs.unlinkSync), rmSync: failing(fs.rmSync) as typeof fs.rmSync };
});

const A = 'four synthetic words here';
const B = 'ວະລີ ອື່ນ ທີ່ ສົມມຸດ';
let userData = '';
const open = () => openProfiles(userData, { onStatus: () => undefined, onWake: () => undefined, onVaultProgress: () => undefined, onTransfers: () => undefined });
const make = async (profiles: Profiles, passphrase: string, name: string, label = '') => {
  const made = await profiles.create(encodePassphrase(passphrase), name, label);
  if (!made.ok) throw new Error(made.error.code);
  profiles.lock();
  return made.value;
};
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
const folderOf = (id: string) => path.join(userData, 'profiles', id);

beforeEach(() => {
  Object.assign(keychain, { isThere: true, isBroken: false });
  Object.assign(crash, { at: 0, calls: 0 });
  userData = mkdtempSync(path.join(tmpdir(), 'suar-profiles-'));
});

describe('officers of one laptop', () => {
  it('have opaque folders, keys and store keys of their own, and neither passphrase opens the other', async () => {
    const profiles = open();
    const a = await make(profiles, A, 'Invented Officer A', 'AA');
    const b = await make(profiles, B, 'Invented Officer B');
    expect(a.profile).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set([a.profile, b.profile]).size).toBe(2);
    expect(Buffer.from(a.storeKey).equals(Buffer.from(b.storeKey))).toBe(false);
    expect(a.deviceId).not.toBe(b.deviceId);
    expect(profiles.list()).toMatchObject([
      { id: a.profile, label: 'AA', number: 1, waitSeconds: 0 },
      { id: b.profile, label: '', number: 2, waitSeconds: 0 },
    ]);
    expect(await profiles.unlock(a.profile, encodePassphrase(B))).toMatchObject({ error: { code: 'passphrase-wrong' } });
    expect(await profiles.unlock(b.profile, encodePassphrase(A))).toMatchObject({ error: { code: 'passphrase-wrong' } });
    const keyOfB = await openKeyring(folderOf(b.profile), encodePassphrase(B));
    if (!keyOfB.ok) throw new Error('B does not open');
    const identityKey = deriveKey(keyOfB.value, new Uint8Array(), 'suar-identity-1');
    const ofB = readIdentity(path.join(folderOf(b.profile), 'identity.bin'), identityKey);
    expect(ofB && fullNameOf(ofB)).toBe('Invented Officer B');
    expect(readIdentity(path.join(folderOf(a.profile), 'identity.bin'), identityKey)).toBeUndefined();
    for (const name of ['keyring.json', 'keychain.bin']) {
      const copy = mkdtempSync(path.join(tmpdir(), 'suar-mixed-'));
      cpSync(folderOf(b.profile), copy, { recursive: true });
      cpSync(path.join(folderOf(a.profile), name), path.join(copy, name));
      const opened = await openKeyring(copy, encodePassphrase(B));
      expect(opened.ok, `${name} of A in the folder of B`).toBe(false);
    }
  });

  it('keep no full name in clear, and count wrong passphrases apart', async () => {
    const profiles = open();
    const a = await make(profiles, A, 'Invented Officer A', 'AA');
    const b = await make(profiles, B, 'Invented Officer B');
    for (const id of [a.profile, b.profile]) for (const file of filesIn(folderOf(id))) expect(readFileSync(file, 'latin1')).not.toContain('Invented Officer');
    for (let i = 0; i < 4; i++) await profiles.unlock(a.profile, encodePassphrase(`wrong wrong ${i}`));
    expect(profiles.list().map((officer) => officer.waitSeconds > 0)).toEqual([true, false]);
    expect((await profiles.unlock(b.profile, encodePassphrase(B))).ok).toBe(true);
    expect(await profiles.unlock(a.profile, encodePassphrase(A))).toMatchObject({ error: { code: 'bad-request' } });
    profiles.lock();
  });

  it('have a language of their own over the one of the laptop, and none of it before unlock', () => {
    const preferences = openPreferences(userData);
    const [a, b] = ['a', 'b'].map((name) => path.join(userData, name));
    for (const folder of [a, b]) mkdirSync(folder ?? '');
    preferences.set({ ...preferences.get(), locale: 'lo', autoLockMinutes: 5 });
    preferences.follow(a);
    expect(preferences.get().locale).toBe('lo');
    preferences.set({ ...preferences.get(), locale: 'th', theme: 'dark', autoLockMinutes: 30 });
    preferences.follow(b);
    expect(preferences.get()).toMatchObject({ locale: 'lo', theme: 'system', autoLockMinutes: 30 });
    preferences.follow(undefined);
    expect(preferences.get()).toMatchObject({ locale: 'lo', theme: 'system', autoLockMinutes: 30 });
    const again = openPreferences(userData);
    expect(again.get()).toMatchObject({ locale: 'lo', autoLockMinutes: 30 });
    again.follow(a);
    expect(again.get()).toMatchObject({ locale: 'th', theme: 'dark' });
  });
});

describe('a creation that is cut short', () => {
  it('leaves no officer, or one who can unlock, at whichever step', async () => {
    await make(open(), A, 'Invented Officer A');
    const steps = crash.calls;
    const left: number[] = [];
    for (let at = 1; at <= steps; at++) {
      userData = mkdtempSync(path.join(tmpdir(), 'suar-cut-'));
      const profiles = open();
      Object.assign(crash, { at, calls: 0 });
      await make(profiles, A, 'Invented Officer A').catch(() => profiles.lock());
      crash.at = 0;
      const again = open();
      const [officer] = again.list();
      left.push(again.list().length);
      if (officer) expect((await again.unlock(officer.id, encodePassphrase(A))).ok, `cut at step ${at}`).toBe(true);
      again.lock();
    }
    expect(new Set(left)).toEqual(new Set([0, 1]));
  });
});

describe('the layout of one officer', () => {
  const earlier = async () => {
    const profiles = open();
    const { profile, storeKey } = await make(profiles, A, 'Invented Officer A');
    cpSync(folderOf(profile), path.join(userData, 'earlier'), { recursive: true });
    const old = mkdtempSync(path.join(tmpdir(), 'suar-earlier-'));
    cpSync(folderOf(profile), path.join(old, 'profile'), { recursive: true });
    for (const name of ['card.json']) writeFileSync(path.join(old, 'profile', name), '');
    userData = old;
    return storeKey;
  };

  it('is taken over in one rename, keeps its store and its key, and stays where it was when that is cut', async () => {
    const storeKey = await earlier();
    for (let at = 1; at <= 3; at++) {
      Object.assign(crash, { at, calls: 0 });
      try {
        open();
      } catch {
        // What a crash is.
      }
      crash.at = 0;
      expect([existsSync(path.join(userData, 'profile')), existsSync(folderOf('main'))].filter(Boolean), `cut at step ${at}`).toHaveLength(1);
    }
    const profiles = open();
    expect(profiles.list()).toMatchObject([{ id: 'main', label: '', number: 1 }]);
    const unlocked = await profiles.unlock('main', encodePassphrase(A));
    expect(unlocked.ok && Buffer.from(unlocked.value.storeKey).equals(Buffer.from(storeKey))).toBe(true);
    profiles.lock();
    expect(existsSync(path.join(userData, 'profile'))).toBe(false);
    expect(open().list()).toHaveLength(1);
  });
});

describe('a removal', () => {
  it('asks for the passphrase, destroys the keys and the files, and waits for the window', async () => {
    const profiles = open();
    const a = await make(profiles, A, 'Invented Officer A');
    const b = await make(profiles, B, 'Invented Officer B');
    expect(await profiles.remove(encodePassphrase(A))).toMatchObject({ error: { code: 'locked' } });
    await profiles.unlock(a.profile, encodePassphrase(A));
    expect(await profiles.remove(encodePassphrase(B))).toMatchObject({ error: { code: 'passphrase-wrong' } });
    expect(existsSync(path.join(folderOf(a.profile), 'keyring.json'))).toBe(true);
    mkdirSync(path.join(folderOf(a.profile), 'journal'), { recursive: true });
    writeFileSync(path.join(folderOf(a.profile), 'journal', '1'), 'sealed');
    expect(await profiles.remove(encodePassphrase(A))).toEqual({ ok: true, value: null });
    expect(profiles.current()).toBeUndefined();
    expect(readdirSync(folderOf(a.profile))).toEqual(['removed']);
    expect(profiles.remains()).toEqual([a.profile]);
    expect(profiles.list().map((officer) => officer.id)).toEqual([b.profile]);
    expect(await profiles.unlock(a.profile, encodePassphrase(A))).toMatchObject({ error: { code: 'profile-missing' } });
    profiles.cleared(b.profile);
    profiles.cleared(a.profile);
    expect(readdirSync(path.join(userData, 'profiles'))).toEqual([b.profile]);
    expect((await profiles.unlock(b.profile, encodePassphrase(B))).ok).toBe(true);
    profiles.lock();
  });

  it('is finished at the next start when it is cut short, and never touches a file before the keys', async () => {
    const profiles = open();
    const a = await make(profiles, A, 'Invented Officer A');
    await profiles.unlock(a.profile, encodePassphrase(A));
    const image = mkdtempSync(path.join(tmpdir(), 'suar-image-'));
    cpSync(userData, image, { recursive: true });
    crash.calls = 0;
    await profiles.remove(encodePassphrase(A));
    const steps = crash.calls;
    expect(steps).toBeGreaterThan(6);
    for (let at = 1; at <= steps; at++) {
      userData = mkdtempSync(path.join(tmpdir(), 'suar-cut-'));
      cpSync(image, userData, { recursive: true });
      const cut = open();
      await cut.unlock(a.profile, encodePassphrase(A));
      Object.assign(crash, { at, calls: 0 });
      await cut.remove(encodePassphrase(A)).catch(() => undefined);
      crash.at = 0;
      cut.lock();
      if (!existsSync(path.join(folderOf(a.profile), 'identity.bin'))) expect(existsSync(path.join(folderOf(a.profile), 'keyring.json'))).toBe(false);
      const again = open();
      if (again.remains().length === 0) expect((await again.unlock(a.profile, encodePassphrase(A))).ok, `cut at step ${at}`).toBe(true);
      else expect(readdirSync(folderOf(a.profile)), `cut at step ${at}`).toEqual(['removed']);
      again.lock();
    }
  });
});
