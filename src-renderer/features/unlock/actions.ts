import { err, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { Unlocked } from '#shared/contract/ipc.ts';
import { encodePassphrase } from '#shared/contract/passphrase.ts';

const UNEXPECTED = err({ code: 'unexpected' } as const);

/** Makes an officer's profile on this laptop and unlocks it; `label` is shown on the start screen. Errors: `passphrase-weak`, `disk-full`, `disk-failed`. */
export async function createProfile(fullName: string, label: string, passphrase: string): Promise<Result<Unlocked, AppError>> {
  return window.suar.invoke('profile.create', { fullName: fullName.trim(), label: label.trim(), passphrase: encodePassphrase(passphrase) }).catch(() => UNEXPECTED);
}

/** Unlocks an officer's profile. Errors: `passphrase-wrong`, `passphrase-wait`, `profile-damaged`, `disk-full`, `disk-failed`. */
export async function unlockProfile(profile: string, passphrase: string): Promise<Result<Unlocked, AppError>> {
  return window.suar.invoke('profile.unlock', { profile, passphrase: encodePassphrase(passphrase) }).catch(() => UNEXPECTED);
}
