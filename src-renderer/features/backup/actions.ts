import { err, ok, type Result } from '#shared/base/result.ts';
import type { BackupMade, BackupProgress, PickedBackup } from '#shared/contract/backup.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { Unlocked } from '#shared/contract/ipc.ts';
import { encodePassphrase } from '#shared/contract/passphrase.ts';
import type { DataService } from '../../db/data-service.ts';

const UNEXPECTED = err({ code: 'unexpected' } as const);

/** Asks for passphrase and file, then has every record sent; null where the officer chose no file. Errors: `passphrase-wrong`, `passphrase-wait`, those of `data.backUp`. */
export async function makeBackup(data: DataService, passphrase: string): Promise<Result<BackupMade | null, AppError>> {
  const begun = await window.suar.invoke('backup.begin', { passphrase: encodePassphrase(passphrase) }).catch(() => UNEXPECTED);
  if (!begun.ok) return begun;
  if (!begun.value) return ok(null);
  const made = await data.backUp();
  // A failure in the worker is not known to main, which would wait for the rest.
  if (!made.ok) stopBackup();
  return made;
}

/** Ends the backup or the restore under way; nothing half-made stays. */
export function stopBackup(): void {
  void window.suar.invoke('backup.cancel', {});
}

/** Follows the backup or the restore under way; the answer stops following. */
export function followBackup(listener: (progress: BackupProgress) => void): () => void {
  return window.suar.on('backup.progress', listener);
}

/** Lets the officer choose a backup; null where they chose none. Errors: `backup-unreadable`, `backup-unknown`, `backup-newer`, `backup-altered`, `backup-incomplete`. */
export async function pickBackup(): Promise<Result<PickedBackup | null, AppError>> {
  return window.suar.invoke('backup.pick', {}).catch(() => UNEXPECTED);
}

/** Restores the backup last chosen with the passphrase of its day; `next` empty keeps that one. */
export async function restoreBackup(passphrase: string, next: string): Promise<Result<Unlocked, AppError>> {
  return window.suar.invoke('backup.restore', { secret: encodePassphrase(passphrase), kit: false, next: encodePassphrase(next) }).catch(() => UNEXPECTED);
}

/** Restores the backup last chosen with the recovery kit of its day, 32 bytes, and sets a passphrase. Zeroes the key. */
export async function restoreBackupWithKit(key: Uint8Array, passphrase: string): Promise<Result<Unlocked, AppError>> {
  const answer = await window.suar.invoke('backup.restore', { secret: key, kit: true, next: encodePassphrase(passphrase) }).catch(() => UNEXPECTED);
  key.fill(0);
  return answer;
}
