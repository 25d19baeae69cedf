import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { toAppError } from '#shared/contract/rpc.ts';
import { PROFILE_ID_PATTERN, type OfficerEntry, type OpenedProfile } from '#shared/contract/ipc.ts';
import { systemCode, toDiskError } from './disk-failure.ts';
import { destroyFile, readJson, syncFolder, writeDurably } from './keys/durable-file.ts';
import { readIdentity, zeroIdentity } from './keys/identity.ts';
import { isKeyringWhole, wrapDataKey } from './keys/keyring.ts';
import { readStoredRecovery } from './keys/recovery.ts';
import { deriveKey } from './keys/sealed-box.ts';
import { crashPoint } from './lab.ts';
import { hasWrappedKey, isWeak, openProfile, PROFILE_KEY_FILES, type Profile, type ProfileEvents, WEAK } from './profile.ts';

/** The profile of the layout that had one officer only keeps this id: its store in the window bears the name. */
const FIRST_ID = 'main';
const CARD = 'card.json';
/** Written before the keys of a profile are destroyed; stays until the window has erased its store. */
const REMOVED = 'removed';
/** Begins the name of the folder of a restore under way: no officer until it is renamed, and removed at the next start. */
const UNFINISHED = 'restoring-';

const CardSchema = Type.Object({ number: Type.Integer({ minimum: 1 }), label: Type.String({ maxLength: 40 }) }, { additionalProperties: false });

/** A profile that comes from a backup. */
export interface RestoredProfile {
  /** 32 bytes; zeroed. */
  readonly dataKey: Uint8Array;
  /** Zeroed. */
  readonly passphrase: Uint8Array;
  readonly label: string;
  /** Writes everything but the keys durably. What it rejects with is the answer. */
  readonly fill: (folder: string) => Promise<void>;
}

/** The officers of this laptop; one of them at most is unlocked. A disk that fails is answered with `disk-full` or `disk-failed`; a profile that could not be made is none. */
export interface Profiles {
  readonly list: () => readonly OfficerEntry[];
  /** Removed profiles whose store the window has still to erase. */
  readonly remains: () => readonly string[];
  /** The unlocked profile. */
  readonly current: () => Profile | undefined;
  /** The folder of the unlocked profile. */
  readonly folder: () => string | undefined;
  /** `label` is what the start screen shows, in clear; empty for "Officer 1". */
  readonly create: (passphrase: Uint8Array, fullName: string, label: string) => Promise<Result<OpenedProfile, AppError>>;
  readonly unlock: (id: string, passphrase: Uint8Array) => Promise<Result<OpenedProfile, AppError>>;
  /** Unlocks with a recovery key (32 bytes) and sets a new passphrase. */
  readonly restore: (id: string, key: Uint8Array, passphrase: Uint8Array) => Promise<Result<OpenedProfile, AppError>>;
  /** Makes an officer of what `fill` writes into an empty folder, all of it or nothing, and unlocks. Errors: `backup-profile-here`, `passphrase-weak`. */
  readonly adopt: (restored: RestoredProfile) => Promise<Result<OpenedProfile, AppError>>;
  /** Destroys the unlocked profile: its keys first, then its files. Asks for its passphrase. */
  readonly remove: (passphrase: Uint8Array) => Promise<Result<null, AppError>>;
  /** The window has erased the store of a removed profile. */
  readonly cleared: (id: string) => void;
  readonly lock: () => void;
}

/** Takes the folder of the earlier layout over, in one rename: a crash leaves it where it was or where it belongs. */
function adoptEarlierLayout(userData: string, root: string): void {
  const earlier = path.join(userData, 'profile');
  const home = path.join(root, FIRST_ID);
  if (!existsSync(earlier) || existsSync(home)) return;
  renameSync(earlier, home);
  syncFolder(root);
  syncFolder(userData);
}

/** Opens the profiles below `userData`, each in `profiles/<opaque id>`; finishes removals a crash cut short. */
export function openProfiles(userData: string, events: ProfileEvents): Profiles {
  const root = path.join(userData, 'profiles');
  mkdirSync(root, { recursive: true, mode: 0o700 });
  adoptEarlierLayout(userData, root);
  const profiles = new Map<string, Profile>();
  let current: { readonly id: string; readonly profile: Profile } | undefined;
  let busy = false;

  const folderOf = (id: string) => path.join(root, id);
  const ids = () => readdirSync(root).filter((name) => new RegExp(PROFILE_ID_PATTERN).test(name));
  const isRemoved = (id: string) => existsSync(path.join(folderOf(id), REMOVED));
  /** A folder with neither card nor wrapped key is a creation that was cut short: nothing in it can be opened. */
  const isThere = (id: string) => !isRemoved(id) && (hasWrappedKey(folderOf(id)) || existsSync(path.join(folderOf(id), CARD)));
  const profileOf = (id: string): Profile => {
    const known = profiles.get(id) ?? openProfile(folderOf(id), events);
    profiles.set(id, known);
    return known;
  };
  const cardOf = (id: string): { readonly number: number; readonly label: string } => {
    try {
      const stored = readJson(path.join(folderOf(id), CARD));
      if (Value.Check(CardSchema, stored)) return stored;
    } catch {
      // Falls through: the officer is listed all the same.
    }
    return { number: 1, label: '' };
  };
  const list = (): OfficerEntry[] =>
    ids()
      .filter(isThere)
      .map((id) => ({ id, ...cardOf(id), waitSeconds: profileOf(id).waitSeconds() }))
      .toSorted((a, b) => a.number - b.number || (a.id < b.id ? -1 : 1));
  const erase = (id: string): void => {
    for (const file of PROFILE_KEY_FILES) destroyFile(path.join(folderOf(id), file));
    for (const name of readdirSync(folderOf(id)).filter((file) => file !== REMOVED)) rmSync(path.join(folderOf(id), name), { recursive: true, force: true });
    syncFolder(folderOf(id));
  };
  for (const id of ids().filter(isRemoved)) erase(id);
  for (const name of readdirSync(root).filter((each) => each.startsWith(UNFINISHED))) rmSync(path.join(root, name), { recursive: true, force: true });

  /** One at a time, and only while nobody is unlocked. */
  const open = async (id: string, run: (profile: Profile) => Promise<Result<Omit<OpenedProfile, 'profile'>, AppError>>): Promise<Result<OpenedProfile, AppError>> => {
    if (current) return err({ code: 'bad-request' });
    if (busy) return err({ code: 'passphrase-wait', detail: { seconds: 1 } });
    busy = true;
    try {
      const profile = profileOf(id);
      const opened = await run(profile);
      if (opened.ok) current = { id, profile };
      return opened.ok ? ok({ ...opened.value, profile: id }) : opened;
    } catch (error) {
      return err(toDiskError(error));
    } finally {
      busy = false;
    }
  };

  /** Nothing of a profile that could not be made stays, keys first. */
  const unmake = (id: string, profile: Profile): void => {
    profile.lock();
    profiles.delete(id);
    if (!existsSync(folderOf(id))) return;
    for (const file of PROFILE_KEY_FILES) destroyFile(path.join(folderOf(id), file));
    rmSync(folderOf(id), { recursive: true, force: true });
  };
  const nextNumber = () => Math.max(0, ...list().map((officer) => officer.number)) + 1;
  /** A profile nothing opens any more is in nobody's way. */
  const canOpen = (id: string): boolean => isKeyringWhole(folderOf(id)) || readStoredRecovery(folderOf(id)) !== null;
  /** The profile of a data key: two copies of one device would contradict each other at the hub. */
  const isHere = (dataKey: Uint8Array): boolean => {
    const key = deriveKey(dataKey, new Uint8Array(), 'suar-identity-1');
    const isOf = (id: string): boolean => {
      const identity = readIdentity(path.join(folderOf(id), 'identity.bin'), key);
      if (identity) zeroIdentity(identity);
      return identity !== undefined;
    };
    const found = ids().some((id) => isThere(id) && canOpen(id) && isOf(id));
    key.fill(0);
    return found;
  };
  const adopt = async ({ dataKey, passphrase, label, fill }: RestoredProfile): Promise<Result<OpenedProfile, AppError>> => {
    if (current || busy) return err({ code: 'bad-request' });
    if (isWeak(passphrase)) return WEAK;
    if (isHere(dataKey)) return err({ code: 'backup-profile-here' });
    busy = true;
    const id = randomBytes(16).toString('hex');
    const unfinished = path.join(root, `${UNFINISHED}${id}`);
    try {
      mkdirSync(unfinished, { mode: 0o700 });
      await fill(unfinished);
      writeDurably(path.join(unfinished, CARD), JSON.stringify({ number: nextNumber(), label }));
      await wrapDataKey(unfinished, dataKey, passphrase);
      crashPoint('restore-before-rename');
      renameSync(unfinished, folderOf(id));
      syncFolder(root);
      crashPoint('restore-after-rename');
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      return err(systemCode(error) === '' ? toAppError(error) : toDiskError(error));
    } finally {
      busy = false;
    }
    return open(id, (profile) => profile.unlock(passphrase));
  };

  return {
    list,
    adopt: (restored) =>
      adopt(restored).finally(() => {
        restored.dataKey.fill(0);
        restored.passphrase.fill(0);
      }),
    remains: () => ids().filter(isRemoved),
    current: () => current?.profile,
    folder: () => current && folderOf(current.id),
    create: (passphrase, fullName, label) => {
      const id = randomBytes(16).toString('hex');
      const number = nextNumber();
      return open(id, async (profile) => {
        let isMade = false;
        try {
          const created = await profile.create(passphrase, fullName);
          if (created.ok) writeDurably(path.join(folderOf(id), CARD), JSON.stringify({ number, label }));
          isMade = created.ok;
          return created;
        } finally {
          if (!isMade) unmake(id, profile);
        }
      });
    },
    unlock: async (id, passphrase) => (isThere(id) ? open(id, (profile) => profile.unlock(passphrase)) : err({ code: 'profile-missing' })),
    restore: async (id, key, passphrase) => (isThere(id) ? open(id, (profile) => profile.restore(key, passphrase)) : err({ code: 'profile-missing' })),
    remove: async (passphrase) => {
      if (!current) return err({ code: 'locked' });
      const { id, profile } = current;
      const checked = await profile.checkPassphrase(passphrase);
      if (!checked.ok) return checked;
      try {
        writeDurably(path.join(folderOf(id), REMOVED), '');
      } catch (error) {
        return err(toDiskError(error));
      }
      profile.lock();
      current = undefined;
      profiles.delete(id);
      erase(id);
      return ok(null);
    },
    cleared: (id) => {
      if (ids().includes(id) && isRemoved(id)) rmSync(folderOf(id), { recursive: true, force: true });
    },
    lock: () => {
      current?.profile.lock();
      current = undefined;
    },
  };
}
