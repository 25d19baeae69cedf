import type { AppError } from '#shared/contract/errors.ts';

const DISK_FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** The error code of the system (errno(3), e.g. `ENOENT`), or the empty string where the error is not one of the system. */
export function systemCode(error: unknown): string {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : '';
}

/** Whether the disk, or what the officer may use of it, is full. */
export function isDiskFull(error: unknown): boolean {
  return DISK_FULL.has(systemCode(error));
}

/** What a failed reading or writing of a profile means to the officer: `disk-full` or `disk-failed`. Throws what does not come from the disk. */
export function toDiskError(error: unknown): AppError {
  const reason = systemCode(error);
  if (reason === '') throw error;
  return isDiskFull(error) ? { code: 'disk-full' } : { code: 'disk-failed', detail: { reason } };
}

/** What a failed request to the journal means to the officer: `store-full` or `journal-failed`; what does not come from the disk passes. */
export function toJournalError(error: unknown): unknown {
  if (systemCode(error) === '') return error;
  return { code: isDiskFull(error) ? 'store-full' : 'journal-failed' };
}
