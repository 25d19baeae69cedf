/** What a lock must do to the keys of a profile, and what work that was under way must not do afterwards. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { encodePassphrase } from '#shared/contract/passphrase.ts';
import type { LinkOptions } from '../../../src-main/link/link.ts';
import { openProfile } from '../../../src-main/profile.ts';

const keychain = vi.hoisted(() => ({ isThere: true, isBroken: false }));
const given = vi.hoisted(() => ({ options: [] as LinkOptions[] }));
vi.mock('electron', async () => ({ safeStorage: (await import('./keychain-mock.ts')).fakeKeychain(keychain) }));
vi.mock(import('../../../src-main/keys/kdf.ts'), async (original) => ({ ...(await original()), derivePassphraseKey: (await import('./keychain-mock.ts')).quickArgon }));
vi.mock(import('../../../src-main/link/link.ts'), async (original) => {
  const { createLink } = await original();
  return {
    createLink: (options) => {
      given.options.push(options);
      return createLink(options);
    },
  };
});

const PASSPHRASE = 'four synthetic words here';

it('zeroes the keys, and an exchange that ends after the lock writes nothing', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'suar-lock-'));
  const profile = openProfile(folder, { onStatus: () => undefined, onWake: () => undefined, onVaultProgress: () => undefined, onTransfers: () => undefined });
  expect((await profile.create(encodePassphrase(PASSPHRASE), 'Invented Officer')).ok).toBe(true);
  const [options] = given.options;
  if (!options) throw new Error('no link');
  const stored = () => readFileSync(path.join(folder, 'identity.bin')).toString('hex');
  const identity = options.holder.current();
  const before = stored();
  options.holder.save({ ...identity, unitConfirmed: true });
  const saved = stored();
  expect(saved).not.toBe(before);
  expect(options.dataKey.some((byte) => byte !== 0)).toBe(true);
  const { signKey, boxKey, tlsKey, fullName } = options.holder.current();
  profile.lock();
  for (const secret of [options.dataKey, signKey, boxKey, tlsKey, fullName]) expect(secret.every((byte) => byte === 0)).toBe(true);
  options.holder.save({ ...identity, unitConfirmed: false });
  expect(stored()).toBe(saved);
  expect((await profile.unlock(encodePassphrase(PASSPHRASE))).ok).toBe(true);
  expect(given.options[1]?.holder.current().unitConfirmed).toBe(true);
  profile.lock();
});
