/** A change of passphrase: nothing encrypted anew, the old wrap useless, and a crash at any step leaves the old one or the new one. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { countCharacters, encodePassphrase } from '#shared/contract/passphrase.ts';
import { createDataKey, openKeyring, wrapDataKey } from '../../../src-main/keys/keyring.ts';
import { openProfile } from '../../../src-main/profile.ts';

const keychain = vi.hoisted(() => ({ isThere: true, isBroken: false }));
/** Counts the writing calls of the file system; the one numbered `at` fails as a crash would, a write half done. */
const crash = vi.hoisted(() => ({ at: 0, calls: 0 }));
vi.mock('electron', async () => ({ safeStorage: (await import('./keychain-mock.ts')).fakeKeychain(keychain) }));
vi.mock(import('../../../src-main/keys/kdf.ts'), async (original) => ({ ...(await original()), derivePassphraseKey: (await import('./keychain-mock.ts')).quickArgon }));
vi.mock(import('node:fs'), async (original) => {
  const fs = await original();
  const step = (): boolean => ++crash.calls === crash.at;
  const failing =
    <A extends readonly unknown[], R>(run: (...args: A) => R) =>
    (...args: A): R => {
      if (step()) throw new Error('crash');
      return run(...args);
    };
  return {
    ...fs,
    openSync: failing(fs.openSync),
    fsyncSync: failing(fs.fsyncSync),
    renameSync: failing(fs.renameSync),
    writeSync: ((handle: number, bytes: Uint8Array, at: number) => {
      if (!step()) return fs.writeSync(handle, bytes, at);
      fs.writeSync(handle, bytes, at, Math.floor((bytes.length - at) / 2));
      throw new Error('crash');
    }) as typeof fs.writeSync,
  };
});

const OLD = 'four synthetic words here';
const NEW = 'ວະລີ ໃໝ່ ທີ່ ສົມມຸດ';
let folder = '';
beforeEach(() => {
  Object.assign(keychain, { isThere: true, isBroken: false });
  crash.at = 0;
  folder = mkdtempSync(path.join(tmpdir(), 'suar-change-'));
});
const opens = async (passphrase: string) => {
  const opened = await openKeyring(folder, encodePassphrase(passphrase));
  return opened.ok ? Buffer.from(opened.value).toString('hex') : opened.error.code;
};

describe('another wrap of the data key', () => {
  it('opens to the same key, and the old passphrase opens nothing', async () => {
    const dataKey = createDataKey();
    await wrapDataKey(folder, dataKey, encodePassphrase(OLD));
    const before = readFileSync(path.join(folder, 'keyring.json'), 'utf8');
    await wrapDataKey(folder, dataKey, encodePassphrase(NEW));
    expect(await opens(NEW)).toBe(Buffer.from(dataKey).toString('hex'));
    expect(await opens(OLD)).toBe('passphrase-wrong');
    const salt = (text: string) => (JSON.parse(text) as { header: { kdf: { salt: string } } }).header.kdf.salt;
    expect(salt(readFileSync(path.join(folder, 'keyring.json'), 'utf8'))).not.toBe(salt(before));
  });

  it.each([true, false])('leaves the old or the new one whole when it is cut at any step (keychain: %s)', async (isThere) => {
    keychain.isThere = isThere;
    const dataKey = createDataKey();
    await wrapDataKey(folder, dataKey, encodePassphrase(OLD));
    const hex = Buffer.from(dataKey).toString('hex');
    crash.calls = 0;
    await wrapDataKey(folder, dataKey, encodePassphrase(OLD));
    const steps = crash.calls;
    expect(steps).toBeGreaterThanOrEqual(5);
    const left: string[] = [];
    for (let at = 1; at <= steps; at++) {
      Object.assign(crash, { at, calls: 0 });
      await wrapDataKey(folder, dataKey, encodePassphrase(NEW)).catch(() => undefined);
      crash.at = 0;
      const both = [await opens(OLD), await opens(NEW)];
      expect(both.toSorted(), `cut at step ${at}`).toEqual([hex, 'passphrase-wrong'].toSorted());
      left.push(both[0] === hex ? 'old' : 'new');
      await wrapDataKey(folder, dataKey, encodePassphrase(OLD));
    }
    expect(new Set(left)).toEqual(new Set(['old', 'new']));
    expect(left).toEqual(left.toSorted().toReversed());
  });
});

describe('a profile whose passphrase changes', () => {
  const make = () => openProfile(folder, { onStatus: () => undefined, onWake: () => undefined, onVaultProgress: () => undefined, onTransfers: () => undefined });

  it('asks for the current one, under the back-off, and refuses a weak one', async () => {
    const profile = make();
    expect(await profile.changePassphrase(encodePassphrase(OLD), encodePassphrase(NEW))).toMatchObject({ error: { code: 'locked' } });
    expect((await profile.create(encodePassphrase(OLD), 'Invented Officer')).ok).toBe(true);
    expect(await profile.changePassphrase(encodePassphrase(OLD), encodePassphrase('ສິບເອັດ 11'))).toMatchObject({ error: { code: 'passphrase-weak' } });
    for (let i = 1; i <= 3; i++) expect(await profile.changePassphrase(encodePassphrase('wrong wrong wrong'), encodePassphrase(NEW))).toMatchObject({ error: { code: 'passphrase-wrong' } });
    expect(await profile.changePassphrase(encodePassphrase(OLD), encodePassphrase(NEW))).toMatchObject({ error: { code: 'passphrase-wait', detail: { seconds: 2 } } });
    profile.lock();
    rmSync(path.join(folder, 'attempts.json')); // as if the wait were over
    try {
      const unlocked = await profile.unlock(encodePassphrase(OLD));
      expect(unlocked.ok).toBe(true);
      const [current, next] = [encodePassphrase(OLD), encodePassphrase(NEW)];
      expect(await profile.changePassphrase(current, next)).toEqual({ ok: true, value: null });
      expect([...current, ...next].every((byte) => byte === 0)).toBe(true);
      profile.lock();
      expect(await profile.unlock(encodePassphrase(OLD))).toMatchObject({ error: { code: 'passphrase-wrong' } });
      const again = await make().unlock(encodePassphrase(NEW));
      expect(again.ok && unlocked.ok && Buffer.from(again.value.storeKey).equals(Buffer.from(unlocked.value.storeKey))).toBe(true);
    } finally {
      profile.lock();
    }
  });

  it('counts characters, not bytes', () => {
    SAMPLES.forEach((text) => expect(countCharacters(encodePassphrase(text))).toBe([...text.normalize('NFKC')].length));
  });
});

const SAMPLES = ['', 'abc', 'ສະບາຍດີ', 'ខ្មែរ', 'ｐａｓｓ', '🔑🔑', 'cafe\u0301'];
