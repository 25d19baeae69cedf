/** Tables of a backup, in the order of their references. */
export const BACKUP_TABLES = [
  'unit',
  'device',
  'device_certificate',
  'enrol_code',
  'bucket',
  'member',
  'records',
  'feed',
  'release',
  'mandate',
  'admission',
  'bucket_key',
  'unit_key',
  'unit_key_proof',
  'unit_secret',
  'purge',
  'delivery',
  'bundle_read',
  'content',
  'content_part',
  'content_reader',
] as const;
export type BackupTable = (typeof BACKUP_TABLES)[number];

/** Tables whose triggers write the feed or wake devices: silent while rows are put back. */
export const TABLES_WITH_TRIGGERS = ['unit', 'device', 'member', 'records', 'mandate', 'bucket_key'] as const;

/** The row the self-test plants belongs to the database, not to what it holds. */
export const SELF_TEST_OWNER = 'hub-selftest';

/** First line of a backup, JSON. */
export interface BackupHeader {
  readonly format: 'suar-hub-backup-1';
  readonly createdAt: string;
  /** Names of the migrations the rows fit; a restore applies these first and the rest afterwards. */
  readonly migrations: readonly string[];
  readonly addresses: readonly string[];
}

/** What a backup holds, by table. */
export type BackupCounts = Readonly<Record<string, number>>;
