import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { LinkStatus, Unlocked } from '#shared/contract/ipc.ts';
import { createBackOff } from './keys/back-off.ts';
import { createIdentity, readIdentity, writeIdentity, type Identity } from './keys/identity.ts';
import { createKeyring, hasKeyring, openKeyring } from './keys/keyring.ts';
import { deriveKey } from './keys/sealed-box.ts';
import { openJournal, type Journal } from './journal/journal.ts';
import { labNumber } from './lab.ts';
import { createLink, type Link } from './link/link.ts';

/** The journal is looked after this long after an unlock, and then this often, in milliseconds. */
const TIDY_FIRST_MS = 60_000;
const TIDY_AGAIN_MS = 30 * 60_000;
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
  /** The journal of the unlocked profile. */
  readonly journal: () => Journal | undefined;
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
  let open: { readonly dataKey: Uint8Array; readonly link: Link; readonly journal: Journal; readonly journalKey: Uint8Array; readonly tidying: NodeJS.Timeout } | undefined;
  let busy = false;
  /** The journal of a profile just locked ends its last write before it is opened again. */
  let closing: Promise<void> = Promise.resolve();

  const start = async (dataKey: Uint8Array, identity: Identity, identityKey: Uint8Array): Promise<Unlocked> => {
    const journalKey = deriveKey(dataKey, new Uint8Array(), 'suar-journal-1');
    const journal = await openJournal({ folder: path.join(folder, 'journal'), key: journalKey, expected: identity.hasJournal === true });
    let current = identity;
    const save = (next: Identity) => {
      writeIdentity(identityFile, identityKey, next);
      current = next;
    };
    if (!identity.hasJournal) save({ ...identity, hasJournal: true });
    const link = createLink({ folder, dataKey, holder: { current: () => current, save }, ...events });
    const tidy = (): void => {
      if (open?.journal !== journal) return;
      void journal.tidy().catch(() => undefined); // what could not be merged now waits for the next time
      open = { ...open, tidying: setTimeout(tidy, TIDY_AGAIN_MS) };
    };
    open = { dataKey, link, journal, journalKey, tidying: setTimeout(tidy, labNumber('TIDY_MS', TIDY_FIRST_MS)) };
    return { storeKey: deriveKey(dataKey, new Uint8Array(), 'suar-store-1'), deviceId: identity.deviceId, fullName: identity.fullName, enrolment: link.status().enrolment };
  };
  /** One derivation at a time: 64 MiB each, and the back-off must count every try. */
  const once = async (run: () => Promise<Result<Unlocked, AppError>>): Promise<Result<Unlocked, AppError>> => {
    if (open) return err({ code: 'bad-request' });
    if (busy) return err({ code: 'passphrase-wait', detail: { seconds: 1 } });
    busy = true;
    try {
      await closing;
      return await run();
    } finally {
      busy = false;
    }
  };

  return {
    state: () => (open ? 'unlocked' : hasKeyring(folder) ? 'locked' : 'none'),
    waitSeconds: backOff.waitSeconds,
    link: () => open?.link,
    journal: () => open?.journal,
    create: (passphrase, fullName) =>
      once(async () => {
        if (hasKeyring(folder)) return err({ code: 'profile-exists' });
        if ([...passphrase].length < MIN_PASSPHRASE) return err({ code: 'passphrase-weak', detail: { count: MIN_PASSPHRASE } });
        const dataKey = await createKeyring(folder, passphrase);
        const identityKey = deriveKey(dataKey, new Uint8Array(), 'suar-identity-1');
        const identity = createIdentity(fullName);
        writeIdentity(identityFile, identityKey, identity);
        return ok(await start(dataKey, identity, identityKey));
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
        return identity ? ok(await start(key.value, identity, identityKey)) : err({ code: 'profile-damaged' });
      }),
    lock: () => {
      if (!open) return;
      const { link, dataKey, journal, journalKey, tidying } = open;
      clearTimeout(tidying);
      open = undefined;
      link.close();
      dataKey.fill(0);
      closing = journal.close().finally(() => journalKey.fill(0));
    },
  };
}
