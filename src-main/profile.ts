import { timingSafeEqual } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { LinkStatus, Unlocked } from '#shared/contract/ipc.ts';
import { countCharacters } from '#shared/contract/passphrase.ts';
import { createBackOff } from './keys/back-off.ts';
import { createIdentity, readIdentity, writeIdentity, type Identity } from './keys/identity.ts';
import { createKeyring, hasKeyring, openKeyring, wrapDataKey } from './keys/keyring.ts';
import { deriveKey } from './keys/sealed-box.ts';
import { createLink, type Link } from './link/link.ts';

/** Fewest characters of a passphrase (NIST SP 800-63B asks for 8; a lost laptop is attacked offline). */
const MIN_PASSPHRASE = 12;

export interface Profile {
  readonly state: () => 'none' | 'locked' | 'unlocked';
  readonly waitSeconds: () => number;
  readonly create: (passphrase: Uint8Array, fullName: string) => Promise<Result<Unlocked, AppError>>;
  readonly unlock: (passphrase: Uint8Array) => Promise<Result<Unlocked, AppError>>;
  /** Wraps the data key of the unlocked profile under another passphrase; the current one is asked for and counts as a try. */
  readonly changePassphrase: (current: Uint8Array, next: Uint8Array) => Promise<Result<null, AppError>>;
  /** Ends the link and zeroes the keys. */
  readonly lock: () => void;
  /** The link of the unlocked profile. */
  readonly link: () => Link | undefined;
}

interface Events {
  readonly onStatus: (status: LinkStatus) => void;
  readonly onWake: () => void;
}

/** The officer's profile in `folder`: created once, unlocked with the passphrase, locked on idle. */
export function openProfile(folder: string, events: Events): Profile {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const identityFile = path.join(folder, 'identity.bin');
  const backOff = createBackOff(path.join(folder, 'attempts.json'), Date.now);
  let open: { readonly dataKey: Uint8Array; readonly link: Link } | undefined;
  let busy = false;

  const start = (dataKey: Uint8Array, identity: Identity, identityKey: Uint8Array): Unlocked => {
    let current = identity;
    const save = (next: Identity) => {
      writeIdentity(identityFile, identityKey, next);
      current = next;
    };
    const link = createLink({ folder, dataKey, holder: { current: () => current, save }, ...events });
    open = { dataKey, link };
    return { storeKey: deriveKey(dataKey, new Uint8Array(), 'suar-store-1'), deviceId: identity.deviceId, fullName: identity.fullName, enrolment: link.status().enrolment };
  };
  /** One derivation at a time: 64 MiB each, and the back-off must count every try. Zeroes the passphrases it was given. */
  const once = async <T>(secrets: readonly Uint8Array[], run: () => Promise<Result<T, AppError>>): Promise<Result<T, AppError>> => {
    try {
      if (busy) return err({ code: 'passphrase-wait', detail: { seconds: 1 } });
      busy = true;
      try {
        return await run();
      } finally {
        busy = false;
      }
    } finally {
      for (const secret of secrets) secret.fill(0);
    }
  };
  /** The data key for a passphrase, under the back-off. */
  const tryPassphrase = async (passphrase: Uint8Array): Promise<Result<Uint8Array, AppError>> => {
    const seconds = backOff.waitSeconds();
    if (seconds > 0) return err({ code: 'passphrase-wait', detail: { seconds } });
    // Counted before it is tried, so that ending the process does not give a free guess.
    backOff.failed();
    const key = await openKeyring(folder, passphrase);
    if (key.ok) backOff.succeeded();
    else if (key.error.code === 'passphrase-wrong') return err({ code: 'passphrase-wrong', detail: { seconds: backOff.waitSeconds() } });
    return key;
  };
  const isWeak = (passphrase: Uint8Array) => countCharacters(passphrase) < MIN_PASSPHRASE;
  const WEAK = err({ code: 'passphrase-weak', detail: { count: MIN_PASSPHRASE } } as const);

  return {
    state: () => (open ? 'unlocked' : hasKeyring(folder) ? 'locked' : 'none'),
    waitSeconds: backOff.waitSeconds,
    link: () => open?.link,
    create: (passphrase, fullName) =>
      once([passphrase], async () => {
        if (open) return err({ code: 'bad-request' });
        if (hasKeyring(folder)) return err({ code: 'profile-exists' });
        if (isWeak(passphrase)) return WEAK;
        const dataKey = await createKeyring(folder, passphrase);
        const identityKey = deriveKey(dataKey, new Uint8Array(), 'suar-identity-1');
        const identity = createIdentity(fullName);
        writeIdentity(identityFile, identityKey, identity);
        return ok(start(dataKey, identity, identityKey));
      }),
    unlock: (passphrase) =>
      once([passphrase], async () => {
        if (open) return err({ code: 'bad-request' });
        const key = await tryPassphrase(passphrase);
        if (!key.ok) return key;
        const identityKey = deriveKey(key.value, new Uint8Array(), 'suar-identity-1');
        const identity = readIdentity(identityFile, identityKey);
        return identity ? ok(start(key.value, identity, identityKey)) : err({ code: 'profile-damaged' });
      }),
    changePassphrase: (current, next) =>
      once([current, next], async () => {
        if (!open) return err({ code: 'locked' });
        if (isWeak(next)) return WEAK;
        const key = await tryPassphrase(current);
        if (!key.ok) return key;
        const isOwn = open !== undefined && timingSafeEqual(key.value, open.dataKey);
        if (isOwn) await wrapDataKey(folder, key.value, next);
        key.value.fill(0);
        return isOwn ? ok(null) : err({ code: 'locked' });
      }),
    lock: () => {
      open?.link.close();
      open?.dataKey.fill(0);
      open = undefined;
    },
  };
}
