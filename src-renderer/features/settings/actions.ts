import { err, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { encodePassphrase } from '#shared/contract/passphrase.ts';

/** Replaces the passphrase of the unlocked profile. Errors: `passphrase-wrong`, `passphrase-wait`, `passphrase-weak`. */
export async function changePassphrase(current: string, next: string): Promise<Result<null, AppError>> {
  return window.suar.invoke('profile.passphrase', { current: encodePassphrase(current), next: encodePassphrase(next) }).catch(() => err({ code: 'unexpected' } as const));
}

/** Destroys the unlocked profile; main locks and opens a new window where it succeeds. Errors: `passphrase-wrong`, `passphrase-wait`. */
export async function removeProfile(passphrase: string): Promise<Result<null, AppError>> {
  return window.suar.invoke('profile.remove', { passphrase: encodePassphrase(passphrase) }).catch(() => err({ code: 'unexpected' } as const));
}
