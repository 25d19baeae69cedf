/** Names of the errors IndexedDB and Dexie give where the disk refuses: a write that aborts, a connection that is closed or does not open. */
const DISK_ERRORS = new Set(['AbortError', 'DatabaseClosedError', 'InvalidStateError', 'OpenFailedError', 'TimeoutError', 'UnknownError']);
const FULL = 'QuotaExceededError';

function nameOf(error: unknown): string {
  const { name } = Object(error) as { readonly name?: unknown };
  return typeof name === 'string' ? name : '';
}

/** What a failure of IndexedDB (of Dexie's `BulkError`: of one of its writes) means to the officer: `store-full`, or `journal-failed` where the disk takes no writes; anything else passes. */
export function toStoreError(failure: unknown): unknown {
  const { inner, failures } = Object(failure) as { readonly inner?: unknown; readonly failures?: unknown };
  const names = [failure, inner, ...(Array.isArray(failures) ? (failures as unknown[]) : [])].map(nameOf);
  if (names.includes(FULL)) return { code: 'store-full' };
  return names.some((name) => DISK_ERRORS.has(name)) ? { code: 'journal-failed' } : failure;
}
