import { timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { OpenedProfile, RecoveryKit, RecoveryPlan } from '#shared/contract/ipc.ts';
import type { LinkStatus } from '#shared/contract/link.ts';
import { countCharacters } from '#shared/contract/passphrase.ts';
import type { ContentTransfer } from '#shared/contract/transfers.ts';
import type { VaultProgress } from '#shared/contract/vault.ts';
import { toDiskError } from './disk-failure.ts';
import { openTransfers } from './content/open-transfers.ts';
import type { Transfers } from './content/transfers.ts';
import { createBackOff } from './keys/back-off.ts';
import { createIdentity, fullNameOf, readIdentity, writeIdentity, zeroIdentity, type Identity } from './keys/identity.ts';
import { createDataKey, hasKeyring, KEYRING_FILES, openKeyring, wrapDataKey } from './keys/keyring.ts';
import { openRecovery, RECOVERY_FILE, recoveryKitOf, writeRecovery } from './keys/recovery.ts';
import { deriveKey } from './keys/sealed-box.ts';
import { openJournal, type Journal } from './journal/journal.ts';
import { labNumber } from './lab.ts';
import { createLink, type Link } from './link/link.ts';
import { createVault, type Vault } from './vault/vault.ts';

/** The journal is looked after this long after an unlock, and then this often, in milliseconds. */
const TIDY_FIRST_MS = 60_000;
const TIDY_AGAIN_MS = 30 * 60_000;
/** Fewest characters of a passphrase (NIST SP 800-63B asks for 8; a lost laptop is attacked offline). */
const MIN_PASSPHRASE = 12;

/** How long after the passphrase a recovery kit may be made, in milliseconds: time to write it down. */
const RECOVERY_MS = 15 * 60_000;

/** Files whose loss makes a profile unreadable, in the order a removal destroys them. */
export const PROFILE_KEY_FILES: readonly string[] = [RECOVERY_FILE, ...KEYRING_FILES];

/** Whether a folder holds a data key under a passphrase or a recovery key. */
export const hasWrappedKey = (folder: string): boolean => hasKeyring(folder) || existsSync(path.join(folder, RECOVERY_FILE));

/** Whether a new passphrase is too short. */
export const isWeak = (passphrase: Uint8Array): boolean => countCharacters(passphrase) < MIN_PASSPHRASE;
export const WEAK = err({ code: 'passphrase-weak', detail: { count: MIN_PASSPHRASE } } as const);

/** What main tells about an unlocked profile, before its name on this laptop and its preferences are added. */
type Opened = Omit<OpenedProfile, 'profile'>;

/** One officer's profile on this laptop. Whatever asks for a passphrase or a key also answers `disk-full` and `disk-failed`, with the profile as it was. */
export interface Profile {
  readonly waitSeconds: () => number;
  readonly create: (passphrase: Uint8Array, fullName: string) => Promise<Result<Opened, AppError>>;
  readonly unlock: (passphrase: Uint8Array) => Promise<Result<Opened, AppError>>;
  /** Wraps the data key of the unlocked profile under another passphrase; the current one is asked for and counts as a try. */
  readonly changePassphrase: (current: Uint8Array, next: Uint8Array) => Promise<Result<null, AppError>>;
  /** Whether this is the passphrase of the unlocked profile; counts as a try. */
  readonly checkPassphrase: (passphrase: Uint8Array) => Promise<Result<null, AppError>>;
  /** Asks for the passphrase, which counts as a try, and hands `use` the data key, to zero it, with the passphrase, which is zeroed after. */
  readonly lendKey: <T>(passphrase: Uint8Array, use: (dataKey: Uint8Array, passphrase: Uint8Array) => Promise<T>) => Promise<Result<T, AppError>>;
  /** Asks for the passphrase and allows one recovery kit to be made. */
  readonly beginRecovery: (passphrase: Uint8Array) => Promise<Result<null, AppError>>;
  /** Replaces the recovery kit; zeroes `key`. Errors: `locked` where it was not begun. */
  readonly makeRecovery: (key: Uint8Array, plan: RecoveryPlan) => Result<RecoveryKit, AppError>;
  readonly recoveryKit: () => RecoveryKit | null;
  /** Unlocks with a recovery key instead of the passphrase, and sets a new one. Zeroes both. */
  readonly restore: (key: Uint8Array, passphrase: Uint8Array) => Promise<Result<Opened, AppError>>;
  /** Ends the link and zeroes the keys. */
  readonly lock: () => void;
  /** The link of the unlocked profile. */
  readonly link: () => Link | undefined;
  /** The journal of the unlocked profile. */
  readonly journal: () => Journal | undefined;
  /** The evidence vault of the unlocked profile, the contents on their way, and who signs what is done to it. */
  readonly evidence: () => { readonly vault: Vault; readonly transfers: Transfers; readonly identity: Identity } | undefined;
}

/** What a profile's link tells while it is unlocked. */
export interface ProfileEvents {
  readonly onStatus: (status: LinkStatus) => void;
  readonly onWake: () => void;
  readonly onVaultProgress: (progress: VaultProgress) => void;
  readonly onTransfers: (list: readonly ContentTransfer[]) => void;
}

/** What `run` answers; where it fails, the keys that were to outlive it are zeroed. */
async function zeroedIfFailing<T>(keys: readonly Uint8Array[], run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    for (const key of keys) key.fill(0);
    throw error;
  }
}

/** The officer's profile in `folder`: created once, unlocked with the passphrase, locked on idle. */
export function openProfile(folder: string, events: ProfileEvents): Profile {
  const identityFile = path.join(folder, 'identity.bin');
  const backOff = createBackOff(path.join(folder, 'attempts.json'), Date.now);
  let open:
    | {
        readonly dataKey: Uint8Array;
        readonly link: Link;
        readonly journal: Journal;
        readonly vault: Vault;
        readonly transfers: Transfers;
        readonly identity: () => Identity;
        readonly tidying: NodeJS.Timeout;
        readonly forget: () => void;
      }
    | undefined;
  let busy = false;
  let mayMakeUntil = 0;
  /** The journal of a profile just locked ends its last write before it is opened again. */
  let closing: Promise<void> = Promise.resolve();

  const start = async (dataKey: Uint8Array, identity: Identity, identityKey: Uint8Array): Promise<Opened> => {
    const journalKey = deriveKey(dataKey, new Uint8Array(), 'suar-journal-1');
    return zeroedIfFailing([dataKey, identityKey, journalKey], async () => {
      const journal = await openJournal({ folder: path.join(folder, 'journal'), key: journalKey, expected: identity.hasJournal === true });
      try {
        return startWith(journal, journalKey, dataKey, identity, identityKey);
      } catch (error) {
        zeroIdentity(identity);
        await journal.close().catch(() => undefined); // of the two failures the first is told
        throw error;
      }
    });
  };
  const startWith = (journal: Journal, journalKey: Uint8Array, dataKey: Uint8Array, identity: Identity, identityKey: Uint8Array): Opened => {
    let current = identity;
    let isForgotten = false;
    const save = (next: Identity) => {
      // An exchange that a lock cut short comes back here: its key is zeros by now, and what it writes would never open again.
      if (isForgotten) return;
      writeIdentity(identityFile, identityKey, next);
      current = next;
    };
    if (!identity.hasJournal) save({ ...identity, hasJournal: true });
    const vault = createVault({ profileFolder: folder, vaultKey: deriveKey(dataKey, new Uint8Array(), 'suar-vault-1'), onProgress: events.onVaultProgress });
    // Last, because it is at work from now on.
    const link = createLink({ folder, dataKey, holder: { current: () => current, save }, ...events });
    const transfers = openTransfers({ profileFolder: folder, dataKey, link, vault, identity: () => current, onChange: events.onTransfers });
    const forget = () => {
      isForgotten = true;
      identityKey.fill(0);
      dataKey.fill(0);
      zeroIdentity(current);
      closing = journal
        .close()
        .catch(() => undefined) // nothing was promised of what it could not write
        .finally(() => journalKey.fill(0));
    };
    const tidy = (): void => {
      if (open?.journal !== journal) return;
      void journal.tidy().catch(() => undefined); // what could not be merged now waits for the next time
      open = { ...open, tidying: setTimeout(tidy, labNumber('TIDY_MS', TIDY_AGAIN_MS)) };
    };
    open = { dataKey, link, journal, vault, transfers, identity: () => current, tidying: setTimeout(tidy, labNumber('TIDY_MS', TIDY_FIRST_MS)), forget };
    return { storeKey: deriveKey(dataKey, new Uint8Array(), 'suar-store-1'), deviceId: identity.deviceId, fullName: fullNameOf(identity), enrolment: link.status().enrolment };
  };
  const startFrom = async (dataKey: Uint8Array): Promise<Result<Opened, AppError>> => {
    const identityKey = deriveKey(dataKey, new Uint8Array(), 'suar-identity-1');
    const keys = [dataKey, identityKey];
    return zeroedIfFailing(keys, async () => {
      const identity = readIdentity(identityFile, identityKey);
      if (identity) return ok(await start(dataKey, identity, identityKey));
      for (const key of keys) key.fill(0);
      return err({ code: 'profile-damaged' });
    });
  };
  /** One derivation at a time: 64 MiB each, and the back-off must count every try. Zeroes the passphrases it was given. A disk that fails is an answer. */
  const once = async <T>(secrets: readonly Uint8Array[], run: () => Promise<Result<T, AppError>>): Promise<Result<T, AppError>> => {
    try {
      if (busy) return err({ code: 'passphrase-wait', detail: { seconds: 1 } });
      busy = true;
      try {
        await closing;
        return await run();
      } catch (error) {
        return err(toDiskError(error));
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
    if (key.ok) await zeroedIfFailing([key.value], async () => backOff.succeeded());
    else if (key.error.code === 'passphrase-wrong') return err({ code: 'passphrase-wrong', detail: { seconds: backOff.waitSeconds() } });
    return key;
  };
  /** The data key of the unlocked profile for its passphrase; a lock in between ends it. */
  const ownKey = async (passphrase: Uint8Array): Promise<Result<Uint8Array, AppError>> => {
    if (!open) return err({ code: 'locked' });
    const key = await tryPassphrase(passphrase);
    return key.ok && !(open && timingSafeEqual(key.value, open.dataKey)) ? err({ code: 'locked' }) : key;
  };

  return {
    waitSeconds: backOff.waitSeconds,
    link: () => open?.link,
    journal: () => open?.journal,
    evidence: () => open && { vault: open.vault, transfers: open.transfers, identity: open.identity() },
    create: (passphrase, fullName) =>
      once([passphrase], async () => {
        if (open) return err({ code: 'bad-request' });
        if (hasKeyring(folder)) return err({ code: 'profile-exists' });
        if (isWeak(passphrase)) return WEAK;
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const dataKey = createDataKey();
        const identityKey = deriveKey(dataKey, new Uint8Array(), 'suar-identity-1');
        const identity = createIdentity(fullName);
        return zeroedIfFailing([dataKey, identityKey], async () => {
          writeIdentity(identityFile, identityKey, identity);
          // Last, because it makes the profile: cut short before, there is none.
          await wrapDataKey(folder, dataKey, passphrase);
          return ok(await start(dataKey, identity, identityKey));
        });
      }),
    unlock: (passphrase) =>
      once([passphrase], async () => {
        if (open) return err({ code: 'bad-request' });
        const key = await tryPassphrase(passphrase);
        if (!key.ok) return key;
        return startFrom(key.value);
      }),
    restore: (recoveryKey, passphrase) =>
      once([recoveryKey, passphrase], async () => {
        if (open) return err({ code: 'bad-request' });
        if (isWeak(passphrase)) return WEAK;
        const key = openRecovery(folder, recoveryKey);
        if (!key.ok) return key;
        await zeroedIfFailing([key.value], async () => {
          await wrapDataKey(folder, key.value, passphrase);
          backOff.succeeded();
        });
        return startFrom(key.value);
      }),
    recoveryKit: () => recoveryKitOf(folder),
    beginRecovery: (passphrase) =>
      once([passphrase], async () => {
        const key = await ownKey(passphrase);
        if (!key.ok) return key;
        key.value.fill(0);
        mayMakeUntil = Date.now() + RECOVERY_MS;
        return ok(null);
      }),
    makeRecovery: (key, plan) => {
      const isAllowed = Date.now() < mayMakeUntil && plan.threshold <= plan.sheets;
      mayMakeUntil = 0;
      try {
        return open && isAllowed ? ok(writeRecovery(folder, open.dataKey, key, plan, Date.now())) : err({ code: 'locked' });
      } catch (error) {
        return err(toDiskError(error));
      } finally {
        key.fill(0);
      }
    },
    changePassphrase: (current, next) =>
      once([current, next], async () => {
        if (isWeak(next)) return WEAK;
        const key = await ownKey(current);
        if (!key.ok) return key;
        await wrapDataKey(folder, key.value, next).finally(() => key.value.fill(0));
        return ok(null);
      }),
    checkPassphrase: (passphrase) =>
      once([passphrase], async () => {
        const key = await ownKey(passphrase);
        if (key.ok) key.value.fill(0);
        return key.ok ? ok(null) : key;
      }),
    lendKey: (passphrase, use) =>
      once([passphrase], async () => {
        const key = await ownKey(passphrase);
        return key.ok ? ok(await use(key.value, passphrase)) : key;
      }),
    lock: () => {
      if (!open) return;
      const { link, vault, transfers, tidying, forget } = open;
      transfers.close();
      vault.close();
      open = undefined;
      mayMakeUntil = 0;
      clearTimeout(tidying);
      link.close();
      forget();
    },
  };
}
