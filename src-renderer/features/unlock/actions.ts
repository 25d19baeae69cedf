import { err, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { Unlocked } from '#shared/contract/ipc.ts';
import { encodePassphrase } from '#shared/contract/passphrase.ts';

const UNEXPECTED = err({ code: 'unexpected' } as const);

/** Makes the profile of this laptop and unlocks it. Errors: `passphrase-weak`, `profile-exists`. */
export async function createProfile(fullName: string, passphrase: string): Promise<Result<Unlocked, AppError>> {
  return window.suar.invoke('profile.create', { fullName: fullName.trim(), passphrase: encodePassphrase(passphrase) }).catch(() => UNEXPECTED);
}

/** Unlocks the profile. Errors: `passphrase-wrong`, `passphrase-wait`, `profile-damaged`. */
export async function unlockProfile(passphrase: string): Promise<Result<Unlocked, AppError>> {
  return window.suar.invoke('profile.unlock', { passphrase: encodePassphrase(passphrase) }).catch(() => UNEXPECTED);
}
