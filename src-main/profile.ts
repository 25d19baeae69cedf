import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { LinkStatus, Unlocked } from '#shared/contract/ipc.ts';
import type { VaultProgress } from '#shared/contract/vault.ts';
import { createBackOff } from './keys/back-off.ts';
import { createIdentity, readIdentity, writeIdentity, type Identity } from './keys/identity.ts';
import { createKeyring, hasKeyring, openKeyring } from './keys/keyring.ts';
import { deriveKey } from './keys/sealed-box.ts';
import { createLink, type Link } from './link/link.ts';
import { createVault, type Vault } from './vault/vault.ts';

/** Fewest characters of a passphrase (NIST SP 800-63B asks for 8; a lost laptop is attacked offline). */
const MIN_PASSPHRASE = 12;

export interface Profile {
  readonly state: () => 'none' | 'locked' | 'unlocked';
  readonly waitSeconds: () => number;
  readonly create: (passphrase: string, fullName: string) => Promise<Result<Unlocked, AppError>>;
  readonly unlock: (passphrase: string) => Promise<Result<Unlocked, AppError>>;
  /** Ends the link and zeroes the keys. */
  readonly lock: () => void;
  /** The link of the unlocked profile. */
  readonly link: () => Link | undefined;
  /** The evidence vault of the unlocked profile, and who signs what is done to it. */
  readonly evidence: () => { readonly vault: Vault; readonly identity: Identity } | undefined;
}

interface Events {
  readonly onStatus: (status: LinkStatus) => void;
  readonly onWake: () => void;
  readonly onVaultProgress: (progress: VaultProgress) => void;
}

/** The officer's profile in `folder`: created once, unlocked with the passphrase, locked on idle. */
export function openProfile(folder: string, events: Events): Profile {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const identityFile = path.join(folder, 'identity.bin');
  const backOff = createBackOff(path.join(folder, 'attempts.json'), Date.now);
  let open: { readonly dataKey: Uint8Array; readonly link: Link; readonly vault: Vault; readonly identity: () => Identity } | undefined;
  let busy = false;

  const start = (dataKey: Uint8Array, identity: Identity, identityKey: Uint8Array): Unlocked => {
    let current = identity;
    const save = (next: Identity) => {
      writeIdentity(identityFile, identityKey, next);
      current = next;
    };
    const link = createLink({ folder, dataKey, holder: { current: () => current, save }, ...events });
    const vault = createVault({ profileFolder: folder, vaultKey: deriveKey(dataKey, new Uint8Array(), 'suar-vault-1'), onProgress: events.onVaultProgress });
    open = { dataKey, link, vault, identity: () => current };
    return { storeKey: deriveKey(dataKey, new Uint8Array(), 'suar-store-1'), deviceId: identity.deviceId, fullName: identity.fullName, enrolment: link.status().enrolment };
  };
  /** One derivation at a time: 64 MiB each, and the back-off must count every try. */
  const once = async (run: () => Promise<Result<Unlocked, AppError>>): Promise<Result<Unlocked, AppError>> => {
    if (open) return err({ code: 'bad-request' });
    if (busy) return err({ code: 'passphrase-wait', detail: { seconds: 1 } });
    busy = true;
    try {
      return await run();
    } finally {
      busy = false;
    }
  };

  return {
    state: () => (open ? 'unlocked' : hasKeyring(folder) ? 'locked' : 'none'),
    waitSeconds: backOff.waitSeconds,
    link: () => open?.link,
    evidence: () => open && { vault: open.vault, identity: open.identity() },
    create: (passphrase, fullName) =>
      once(async () => {
        if (hasKeyring(folder)) return err({ code: 'profile-exists' });
        if ([...passphrase].length < MIN_PASSPHRASE) return err({ code: 'passphrase-weak', detail: { count: MIN_PASSPHRASE } });
        const dataKey = await createKeyring(folder, passphrase);
        const identityKey = deriveKey(dataKey, new Uint8Array(), 'suar-identity-1');
        const identity = createIdentity(fullName);
        writeIdentity(identityFile, identityKey, identity);
        return ok(start(dataKey, identity, identityKey));
      }),
    unlock: (passphrase) =>
      once(async () => {
        const seconds = backOff.waitSeconds();
        if (seconds > 0) return err({ code: 'passphrase-wait', detail: { seconds } });
        // Counted before it is tried, so that ending the process does not give a free guess.
        backOff.failed();
        const key = await openKeyring(folder, passphrase);
        if (!key.ok) return key.error.code === 'passphrase-wrong' ? err({ code: 'passphrase-wrong', detail: { seconds: backOff.waitSeconds() } }) : key;
        backOff.succeeded();
        const identityKey = deriveKey(key.value, new Uint8Array(), 'suar-identity-1');
        const identity = readIdentity(identityFile, identityKey);
        return identity ? ok(start(key.value, identity, identityKey)) : err({ code: 'profile-damaged' });
      }),
    lock: () => {
      open?.link.close();
      open?.vault.close();
      open?.dataKey.fill(0);
      open = undefined;
    },
  };
}
