/**
 * Every expected failure the officer can meet. Each code is an i18n key `errors.<code>` whose sentence says what
 * happened, what was kept and what to do; `detail` carries the values that sentence names, never content or keys.
 */
export const ERROR_CODES = [
  'unexpected',
  'bad-request',
  'forbidden-sender',
  'passphrase-wrong',
  'passphrase-wait',
  'passphrase-weak',
  'profile-exists',
  'profile-missing',
  'profile-damaged',
  'recovery-none',
  'recovery-wrong',
  'recovery-word-count',
  'recovery-word-unknown',
  'recovery-sheet-wrong',
  'recovery-sheets-mixed',
  'recovery-sheets-few',
  'recovery-file-unreadable',
  'recovery-not-saved',
  'backup-cancelled',
  'backup-no-room',
  'backup-not-saved',
  'backup-unreadable',
  'backup-unknown',
  'backup-newer',
  'backup-altered',
  'backup-incomplete',
  'backup-passphrase',
  'backup-kit',
  'backup-profile-here',
  'restore-no-room',
  'restore-failed',
  'locked',
  'store-damaged',
  'store-lost',
  'store-full',
  'journal-failed',
  'file-too-large',
  'file-unreadable',
  'file-not-json',
  'file-unknown-format',
  'file-too-deep',
  'import-cancelled',
  'not-enrolled',
  'code-malformed',
  'code-refused',
  'hub-unreachable',
  'hub-garbage',
  'hub-untrusted',
  'hub-busy',
  'hub-outdated',
  'device-revoked',
  'device-unadmitted',
  'key-missing',
  'release-not-ncb',
  'release-own-brief',
  'release-changed',
  'record-invalid',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** A failure as it crosses process borders. */
export interface AppError {
  readonly code: ErrorCode;
  readonly detail?: Readonly<Record<string, string | number>>;
}

/** Why the hub refused one pushed record; i18n key `errors.rejected.<reason>`. */
export const REJECT_REASONS = [
  'malformed',
  'signature',
  'not-owner',
  'audience-unknown',
  'audience-changed',
  'release-missing',
  'release-mismatch',
  'release-expired',
  'release-signer',
  'release-self',
  'release-unknown-record',
  'mandate-missing',
  'mandate-exceeded',
  'receipt-invalid',
  'key-missing',
  'too-large',
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];
