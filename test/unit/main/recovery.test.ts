/** The second wrap of the data key: independent of passphrase and keychain, authenticated, replaced by the next kit. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { encodePassphrase } from '#shared/contract/passphrase.ts';
import { openRecovery, recoveryKitOf, writeRecovery } from '../../../src-main/keys/recovery.ts';
import { openProfiles } from '../../../src-main/profiles.ts';

const keychain = vi.hoisted(() => ({ isThere: true, isBroken: false }));
vi.mock('electron', async () => ({ safeStorage: (await import('./keychain-mock.ts')).fakeKeychain(keychain) }));
vi.mock(import('../../../src-main/keys/kdf.ts'), async (original) => ({ ...(await original()), derivePassphraseKey: (await import('./keychain-mock.ts')).quickArgon }));

const OLD = 'four synthetic words here';
const NEW = 'ວະລີ ໃໝ່ ທີ່ ສົມມຸດ';
const PLAN = { kit: '4F2A', threshold: 2, sheets: 3 };
const dataKey = new Uint8Array(32).fill(9);
const recoveryKey = () => new Uint8Array(32).fill(5);
let folder = '';
beforeEach(() => {
  Object.assign(keychain, { isThere: true, isBroken: false });
  folder = mkdtempSync(path.join(tmpdir(), 'suar-recovery-'));
});

describe('the recovery wrap', () => {
  it('opens with its key and no other, and says which kit it is without holding any key', () => {
    expect(openRecovery(folder, recoveryKey())).toEqual({ ok: false, error: { code: 'recovery-none' } });
    expect(recoveryKitOf(folder)).toBeNull();
    writeRecovery(folder, dataKey, recoveryKey(), PLAN, Date.parse('2026-01-02T03:04:05Z'));
    const opened = openRecovery(folder, recoveryKey());
    expect(opened.ok && Buffer.from(opened.value).equals(Buffer.from(dataKey))).toBe(true);
    expect(openRecovery(folder, new Uint8Array(32).fill(6))).toEqual({ ok: false, error: { code: 'recovery-wrong', detail: { kit: '4F2A' } } });
    expect(recoveryKitOf(folder)).toEqual({ ...PLAN, madeAt: '2026-01-02T03:04:05.000Z' });
    const text = readFileSync(path.join(folder, 'recovery.json'), 'utf8');
    for (const secret of [dataKey, recoveryKey()]) for (const form of ['base64', 'hex'] as const) expect(text).not.toContain(Buffer.from(secret).toString(form));
  });

  it.each<[string, string, (stored: { header: Record<string, unknown>; wrapped: string }) => void]>([
    ['another kit number', 'recovery-wrong', ({ header }) => (header['kit'] = '0000')],
    ['a lower threshold', 'recovery-wrong', ({ header }) => (header['threshold'] = 1)],
    ['another day', 'recovery-wrong', ({ header }) => (header['madeAt'] = '2020-01-01T00:00:00.000Z')],
    ['another salt', 'recovery-wrong', ({ header }) => (header['salt'] = 'AAAA')],
    ['another wrapped key', 'recovery-wrong', (stored) => (stored.wrapped = Buffer.alloc(60).toString('base64'))],
    ['another version', 'profile-damaged', ({ header }) => (header['version'] = 2)],
    ['an unknown field', 'profile-damaged', ({ header }) => (header['hint'] = 'x')],
  ])('opens nothing with %s', (_name, code, change) => {
    writeRecovery(folder, dataKey, recoveryKey(), PLAN, 0);
    const file = path.join(folder, 'recovery.json');
    const stored = JSON.parse(readFileSync(file, 'utf8')) as { header: Record<string, unknown>; wrapped: string };
    change(stored);
    writeFileSync(file, JSON.stringify(stored));
    expect(openRecovery(folder, recoveryKey())).toMatchObject({ ok: false, error: { code } });
  });
});

describe('a profile with a kit', () => {
  const open = (userData: string) => openProfiles(userData, { onStatus: () => undefined, onWake: () => undefined, onVaultProgress: () => undefined, onTransfers: () => undefined });
  const withKit = async () => {
    const profiles = open(folder);
    const made = await profiles.create(encodePassphrase(OLD), 'Invented Officer', '');
    const profile = profiles.current();
    if (!made.ok || !profile) throw new Error('not made');
    expect((await profile.beginRecovery(encodePassphrase(OLD))).ok).toBe(true);
    expect(profile.makeRecovery(recoveryKey(), PLAN).ok).toBe(true);
    return { profiles, profile, id: made.value.profile, storeKey: made.value.storeKey };
  };

  it('makes one only after the passphrase, once, and zeroes the key it was given', async () => {
    const { profiles, profile } = await withKit();
    expect(profile.makeRecovery(recoveryKey(), PLAN)).toMatchObject({ error: { code: 'locked' } });
    expect(await profile.beginRecovery(encodePassphrase('wrong wrong wrong'))).toMatchObject({ error: { code: 'passphrase-wrong' } });
    const key = recoveryKey();
    expect(profile.makeRecovery(key, PLAN)).toMatchObject({ error: { code: 'locked' } });
    expect(key.every((byte) => byte === 0)).toBe(true);
    await profile.beginRecovery(encodePassphrase(OLD));
    profiles.lock();
    expect(profile.makeRecovery(recoveryKey(), PLAN)).toMatchObject({ error: { code: 'locked' } });
  });

  it('opens with it, takes a new passphrase, and the old one opens nothing', async () => {
    const { profiles, id, storeKey } = await withKit();
    profiles.lock();
    expect(await profiles.restore(id, recoveryKey(), encodePassphrase('short'))).toMatchObject({ error: { code: 'passphrase-weak' } });
    expect(await profiles.restore(id, new Uint8Array(32), encodePassphrase(NEW))).toMatchObject({ error: { code: 'recovery-wrong' } });
    expect((await profiles.unlock(id, encodePassphrase(OLD))).ok).toBe(true);
    profiles.lock();
    for (let i = 0; i < 5; i++) await profiles.unlock(id, encodePassphrase(`wrong wrong ${i}`));
    expect(profiles.list()[0]?.waitSeconds).toBeGreaterThan(0);
    const restored = await profiles.restore(id, recoveryKey(), encodePassphrase(NEW));
    expect(restored.ok && Buffer.from(restored.value.storeKey).equals(Buffer.from(storeKey))).toBe(true);
    profiles.lock();
    expect(profiles.list()[0]?.waitSeconds).toBe(0);
    expect(await profiles.unlock(id, encodePassphrase(OLD))).toMatchObject({ error: { code: 'passphrase-wrong' } });
    expect((await profiles.unlock(id, encodePassphrase(NEW))).ok).toBe(true);
    profiles.lock();
  });

  it('opens as a copy on a laptop with another keychain, or none, and without the keyring', async () => {
    for (const broken of [{ isBroken: true }, { isThere: false, isBroken: true }]) {
      Object.assign(keychain, { isThere: true, isBroken: false });
      folder = mkdtempSync(path.join(tmpdir(), 'suar-recovery-'));
      const { profiles, id } = await withKit();
      profiles.lock();
      const other = mkdtempSync(path.join(tmpdir(), 'suar-other-laptop-'));
      cpSync(folder, other, { recursive: true });
      Object.assign(keychain, broken);
      const there = open(other);
      expect(await there.unlock(id, encodePassphrase(OLD))).toMatchObject({ error: { code: 'profile-damaged' } });
      rmSync(path.join(other, 'profiles', id, 'keyring.json'));
      expect((await there.restore(id, recoveryKey(), encodePassphrase(NEW))).ok).toBe(true);
      there.lock();
      keychain.isBroken = false;
      expect((await open(other).unlock(id, encodePassphrase(NEW))).ok).toBe(true);
    }
  });

  it('is not opened by a kit that was replaced', async () => {
    const { profiles, profile, id } = await withKit();
    await profile.beginRecovery(encodePassphrase(OLD));
    expect(profile.makeRecovery(new Uint8Array(32).fill(7), { ...PLAN, kit: 'BEEF' }).ok).toBe(true);
    profiles.lock();
    expect(await profiles.restore(id, recoveryKey(), encodePassphrase(NEW))).toMatchObject({ error: { code: 'recovery-wrong', detail: { kit: 'BEEF' } } });
    expect((await profiles.restore(id, new Uint8Array(32).fill(7), encodePassphrase(NEW))).ok).toBe(true);
    profiles.lock();
  });
});
