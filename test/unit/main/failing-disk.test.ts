/** A disk that fails while a profile is made, opened or changed: the officer is told, nothing is damaged, and the next try with room succeeds. */
import { spawnSync } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodePassphrase } from '#shared/contract/passphrase.ts';
import { openSealLedger } from '../../../src-main/link/seal-ledger.ts';
import { openPreferences } from '../../../src-main/preferences.ts';
import { openProfiles, type Profiles } from '../../../src-main/profiles.ts';

const keychain = vi.hoisted(() => ({ isThere: true, isBroken: false }));
/** The call of the file system that fails with `code`, counted from 1; 0 for none. */
const fault = vi.hoisted(() => {
  const state = { at: 0, calls: 0, code: 'ENOSPC' };
  const pass = (): void => {
    if (++state.calls === state.at) throw Object.assign(new Error('disk'), { code: state.code });
  };
  return { state, pass };
});
vi.mock('electron', async () => ({ safeStorage: (await import('./keychain-mock.ts')).fakeKeychain(keychain) }));
vi.mock(import('../../../src-main/keys/kdf.ts'), async (original) => ({ ...(await original()), derivePassphraseKey: (await import('./keychain-mock.ts')).quickArgon }));
vi.mock(import('node:fs'), async (original) => {
  const fs = await original();
  const failing = <F>(run: F): F =>
    ((...args: never[]) => {
      fault.pass();
      return (run as (...given: never[]) => unknown)(...args);
    }) as F;
  return { ...fs, mkdirSync: failing(fs.mkdirSync), openSync: failing(fs.openSync), writeSync: failing(fs.writeSync), fsyncSync: failing(fs.fsyncSync), renameSync: failing(fs.renameSync) };
});
vi.mock(import('node:fs/promises'), async (original) => {
  const fs = await original();
  const failingHandle = (handle: FileHandle): FileHandle =>
    new Proxy(handle, {
      get: (target, name: keyof FileHandle) => {
        const member = target[name] as (...args: unknown[]) => unknown;
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          if (name === 'write' || name === 'datasync') fault.pass();
          return member.apply(target, args);
        };
      },
    });
  const open = async (...args: Parameters<typeof fs.open>) => {
    fault.pass();
    return failingHandle(await fs.open(...args));
  };
  return { ...fs, open };
});

const PASSPHRASE = 'four synthetic words here';
const NEXT = 'ວະລີ ອື່ນ ທີ່ ສົມມຸດ';
const MOST_CALLS = 80;
/** Each try derives keys. */
const TIMEOUT_MS = 30_000;
let userData = '';
const open = () => openProfiles(userData, { onStatus: () => undefined, onWake: () => undefined, onVaultProgress: () => undefined, onTransfers: () => undefined });
const create = (profiles: Profiles) => profiles.create(encodePassphrase(PASSPHRASE), 'Invented Officer', 'IO');
const idOf = (profiles: Profiles) => profiles.list()[0]?.id ?? '';
const unlock = (profiles: Profiles, passphrase = PASSPHRASE) => profiles.unlock(idOf(profiles), encodePassphrase(passphrase));

/** Runs `attempt` with the n-th call of the disk failing, for every n it has (every fifth where the disk does not say that it is full); `judge` hears what it answered. Answers how many there were. */
async function everyCall<T extends { readonly ok: boolean }>(prepare: () => void, attempt: () => Promise<T>, judge: (answer: T) => Promise<void>): Promise<number> {
  const stride = fault.state.code === 'ENOSPC' ? 1 : 5;
  for (let n = 1; n < MOST_CALLS; n += stride) {
    prepare();
    Object.assign(fault.state, { at: n, calls: 0 });
    const answer = await attempt();
    const isReached = fault.state.calls >= n;
    fault.state.at = 0;
    if (!isReached) return fault.state.calls;
    await judge(answer);
  }
  throw new Error('the attempt has more calls than are tried');
}

beforeEach(() => {
  Object.assign(fault.state, { at: 0, calls: 0, code: 'ENOSPC' });
  userData = mkdtempSync(path.join(tmpdir(), 'suar-disk-'));
});

describe.each([
  ['ENOSPC', { code: 'disk-full' }],
  ['EIO', { code: 'disk-failed', detail: { reason: 'EIO' } }],
  ['EACCES', { code: 'disk-failed', detail: { reason: 'EACCES' } }],
  ['EROFS', { code: 'disk-failed', detail: { reason: 'EROFS' } }],
])('a disk that answers %s', (code, told) => {
  beforeEach(() => {
    fault.state.code = code;
  });

  it(
    'leaves no profile behind where one could not be made, and the next try makes it',
    async () => {
      let profiles = open();
      const calls = await everyCall(
        () => {
          profiles.lock();
          rmSync(path.join(userData, 'profiles'), { recursive: true, force: true });
          profiles = open();
        },
        () => create(profiles),
        async (answer) => {
          // A folder that cannot be flushed is no failure: nothing is written into it twice.
          if (answer.ok) return expect(profiles.list()).toHaveLength(1);
          expect(answer.error).toEqual(told);
          expect(profiles.list()).toEqual([]);
          expect(readdirSync(path.join(userData, 'profiles'))).toEqual([]);
          expect((await create(profiles)).ok).toBe(true);
        },
      );
      expect(calls).toBeGreaterThan(20);
    },
    TIMEOUT_MS,
  );

  it.each(['whole', 'journal to be begun'])(
    'keeps a profile that could not be opened (%s) as it was',
    async (state) => {
      const first = open();
      const made = await create(first);
      first.lock();
      let profiles = first;
      const calls = await everyCall(
        () => {
          profiles.lock();
          profiles = open();
          if (state !== 'whole') rmSync(path.join(userData, 'profiles', idOf(profiles), 'journal'), { recursive: true, force: true });
        },
        () => unlock(profiles),
        async (answer) => {
          if (!answer.ok) expect(answer.error).toEqual(told);
          profiles.lock();
          profiles = open(); // counted as a try where the disk did not even take that it was the right one
          const again = await unlock(profiles);
          if (!made.ok || !again.ok) throw new Error('the profile is damaged');
          expect(again.value).toMatchObject({ deviceId: made.value.deviceId, fullName: 'Invented Officer', profile: made.value.profile });
        },
      );
      expect(calls).toBeGreaterThan(5);
    },
    TIMEOUT_MS,
  );

  it(
    'leaves the passphrase that was or the one to be, and a profile that is open stays open',
    async () => {
      const profiles = open();
      await create(profiles);
      let current = PASSPHRASE;
      await everyCall(
        () => undefined,
        async () => (await profiles.current()?.changePassphrase(encodePassphrase(current), encodePassphrase(NEXT))) ?? { ok: false as const, error: { code: 'locked' } },
        async (answer) => {
          if (!answer.ok) expect(answer.error).toEqual(told);
          if (answer.ok) current = NEXT;
          expect((await profiles.current()?.checkPassphrase(encodePassphrase(current)))?.ok).toBe(true);
        },
      );
      profiles.lock();
      expect((await unlock(open(), NEXT)).ok).toBe(true);
    },
    TIMEOUT_MS,
  );

  it('makes no recovery kit and keeps nobody from choosing a language', async () => {
    const profiles = open();
    await create(profiles);
    const profile = profiles.current();
    await profile?.beginRecovery(encodePassphrase(PASSPHRASE));
    Object.assign(fault.state, { at: 1, calls: 0 });
    expect(profile?.makeRecovery(new Uint8Array(32), { kit: 'ABCD', threshold: 1, sheets: 1 })).toEqual({ ok: false, error: told });
    expect(profile?.recoveryKit()).toBeNull();
    const preferences = openPreferences(userData);
    Object.assign(fault.state, { at: 1, calls: 0 });
    preferences.set({ ...preferences.get(), locale: 'lo' });
    expect(preferences.get().locale).toBe('lo');
  });
});

describe('a real disk that is full', () => {
  let root = '';
  let isMounted = false;
  beforeEach(() => {
    root = path.join(userData, 'profiles');
    mkdirSync(root);
    isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', root]).status === 0;
  });
  afterEach(() => {
    if (isMounted) spawnSync('umount', ['--lazy', root]);
  });
  const ballast = () => path.join(root, 'ballast');
  const fill = (): void => {
    for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) for (let full = false; !full;) full = !takes(ballast(), size);
  };
  const SKIPPED = 'no small disk can be mounted here: only simulated faults are tried';

  it('is told to an officer, who gets in as soon as there is room', async ({ skip }) => {
    if (!isMounted) skip(SKIPPED);
    const profiles = open();
    fill();
    expect(await create(profiles)).toEqual({ ok: false, error: { code: 'disk-full' } });
    expect(profiles.list()).toEqual([]);
    rmSync(ballast());
    expect((await create(profiles)).ok).toBe(true);
    profiles.lock();
    fill();
    expect(await unlock(profiles)).toEqual({ ok: false, error: { code: 'disk-full' } });
    rmSync(ballast());
    expect(await unlock(profiles)).toMatchObject({ ok: true, value: { fullName: 'Invented Officer' } });
    profiles.lock();
  });

  it('leaves no half of an entry in the ledger, behind which nothing would be read', ({ skip }) => {
    if (!isMounted) skip(SKIPPED);
    const file = path.join(root, 'ledger.bin');
    const key = new Uint8Array(32).fill(3);
    const entry = (id: string) => new Map([[id, { rev: '1-x', sha256: 'a'.repeat(6000), contentKey: new Uint8Array(32) }]]);
    const ledger = openSealLedger(file, key);
    ledger.note(entry('first'));
    writeFileSync(ballast(), '');
    fill();
    expect(() => ledger.note(entry('refused'))).toThrow('ENOSPC');
    rmSync(ballast());
    ledger.note(entry('second'));
    const again = openSealLedger(file, key);
    expect(['first', 'refused', 'second'].map((id) => again.get(id) !== undefined)).toEqual([true, false, true]);
  });
});

function takes(file: string, sizeBytes: number): boolean {
  try {
    writeFileSync(file, Buffer.alloc(sizeBytes), { flag: 'a' });
    return true;
  } catch {
    return false;
  }
}
