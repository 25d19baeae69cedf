import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createDataKey, hasKeyring, openKeyring as open, wrapDataKey } from '../../../src-main/keys/keyring.ts';
import { encodePassphrase } from '#shared/contract/passphrase.ts';

const keychain = vi.hoisted(() => ({ isThere: true, isBroken: false }));
vi.mock('electron', async () => ({ safeStorage: (await import('./keychain-mock.ts')).fakeKeychain(keychain) }));
vi.mock(import('../../../src-main/keys/kdf.ts'), async (original) => ({ ...(await original()), derivePassphraseKey: (await import('./keychain-mock.ts')).quickArgon }));

const createKeyring = async (at: string, passphrase: string): Promise<Uint8Array> => {
  const dataKey = createDataKey();
  await wrapDataKey(at, dataKey, encodePassphrase(passphrase));
  return dataKey;
};
const openKeyring = (at: string, passphrase: string) => open(at, encodePassphrase(passphrase));
const PASSPHRASE = 'ສີ່ ຄຳ ທີ່ ສົມມຸດ';
let folder = '';
beforeEach(() => {
  Object.assign(keychain, { isThere: true, isBroken: false });
  folder = mkdtempSync(path.join(tmpdir(), 'suar-keyring-'));
});

interface Stored {
  header: { version: number; kdf: Record<string, unknown>; keychain: boolean };
  wrapped: string;
}
function tamper(change: (stored: Stored) => void): void {
  const file = path.join(folder, 'keyring.json');
  const stored = JSON.parse(readFileSync(file, 'utf8')) as Stored;
  change(stored);
  writeFileSync(file, JSON.stringify(stored));
}
const codeOf = async (passphrase = PASSPHRASE) => {
  const opened = await openKeyring(folder, passphrase);
  return opened.ok ? 'open' : opened.error.code;
};

describe('keyring', () => {
  it('opens with its passphrase, typed with composed or decomposed letters, to the same data key', async () => {
    const dataKey = await createKeyring(folder, 'càfé ｐａｓｓ');
    for (const typed of ['càfé ｐａｓｓ', 'ca\u0300fe\u0301 pass']) expect(await openKeyring(folder, typed)).toEqual({ ok: true, value: dataKey });
    expect(dataKey).toHaveLength(32);
  });

  it('keeps neither data key nor passphrase in its files', async () => {
    const dataKey = await createKeyring(folder, PASSPHRASE);
    const stored = readFileSync(path.join(folder, 'keyring.json'), 'utf8');
    expect(stored).not.toContain(Buffer.from(dataKey).toString('base64'));
    expect(stored).not.toContain(PASSPHRASE);
    expect(JSON.parse(stored)).toMatchObject({ header: { version: 1, keychain: true, kdf: { name: 'argon2id', memoryKiB: 65_536, iterations: 3 } } });
  });

  it('refuses a wrong passphrase', async () => {
    await createKeyring(folder, PASSPHRASE);
    for (const wrong of ['', 'x', `${PASSPHRASE} `, PASSPHRASE.slice(1)]) expect(await codeOf(wrong)).toBe('passphrase-wrong');
    expect(await codeOf()).toBe('open');
  });

  it('says that there is no profile in an empty folder', async () => {
    expect(hasKeyring(folder)).toBe(false);
    expect(await codeOf()).toBe('profile-missing');
  });

  it.each<[string, (stored: Stored) => void]>([
    ['less memory', ({ header }) => (header.kdf['memoryKiB'] = 1024)],
    ['fewer passes', ({ header }) => (header.kdf['iterations'] = 1)],
    ['another version', ({ header }) => (header.version = 2)],
    ['another function', ({ header }) => (header.kdf['name'] = 'pbkdf2')],
    ['an unknown field', ({ header }) => (header.kdf['hint'] = 'x')],
    ['no parallelism', ({ header }) => (header.kdf['parallelism'] = 0)],
    ['a text for a number', ({ header }) => (header.kdf['memoryKiB'] = '65536')],
  ])('refuses %s as damaged before a key is derived', async (_name, change) => {
    await createKeyring(folder, PASSPHRASE);
    tamper(change);
    expect(await codeOf()).toBe('profile-damaged');
  });

  it.each<[string, (stored: Stored) => void]>([
    ['more memory', ({ header }) => (header.kdf['memoryKiB'] = 131_072)],
    ['more passes', ({ header }) => (header.kdf['iterations'] = 4)],
    ['another salt', ({ header }) => (header.kdf['salt'] = Buffer.alloc(16).toString('base64'))],
    ['the keychain left out', ({ header }) => (header.keychain = false)],
    ['another wrapped key', (stored) => (stored.wrapped = Buffer.alloc(60).toString('base64'))],
    ['no wrapped key', (stored) => (stored.wrapped = '')],
  ])('opens nothing with %s: the header is authenticated', async (_name, change) => {
    await createKeyring(folder, PASSPHRASE);
    tamper(change);
    expect(await codeOf()).toBe('passphrase-wrong');
  });

  it.each(['', '{', 'null', '[]', '{"header":{},"wrapped":""}'])('takes %j for a damaged profile, never for an absent one', async (content) => {
    writeFileSync(path.join(folder, 'keyring.json'), content);
    expect(await codeOf()).toBe('profile-damaged');
    expect(hasKeyring(folder)).toBe(true);
  });

  it('does not open without the half in the keychain', async () => {
    await createKeyring(folder, PASSPHRASE);
    keychain.isBroken = true;
    expect(await codeOf()).toBe('profile-damaged');
    keychain.isBroken = false;
    writeFileSync(
      path.join(folder, 'keychain.bin'),
      Buffer.from(Buffer.alloc(32, 1).toString('base64')).map((byte) => byte ^ 0x55),
    );
    expect(await codeOf()).toBe('passphrase-wrong');
    rmSync(path.join(folder, 'keychain.bin'));
    expect(await codeOf()).toBe('profile-damaged');
  });

  it('rests on the passphrase alone where the system has no keychain, also when one appears later', async () => {
    keychain.isThere = false;
    await createKeyring(folder, PASSPHRASE);
    keychain.isThere = true;
    expect(await codeOf()).toBe('open');
    tamper(({ header }) => (header.keychain = true));
    expect(await codeOf()).toBe('profile-damaged');
  });
});
