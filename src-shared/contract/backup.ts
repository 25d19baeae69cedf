/**
 * How a backup is made and what crosses for it (docs/adr/0017). The window asks main to begin (`backup.begin`: passphrase, file); the data
 * worker then sends every sealed row of the open store over the journal's port; main writes the file, reads it again and puts
 * it in place. Rows keep their seals; no path and no key leaves main.
 */
import { Type, type Static } from 'typebox';
import { JOURNALED, PackedRowsSchema, type Journaled, type JournalRow } from './journal.ts';

/** Ends the name of a backup. */
export const BACKUP_EXTENSION = 'suarbackup';

const strict = { additionalProperties: false } as const;

/** What main checks of every request of the data worker; bytes are checked apart. */
export const BACKUP_REQUESTS = {
  /**
   * Rows of one collection; `prev` is null, or in a row that changed while the backup was made, the revision sent before. `last`
   * ends the collection: it is sent between two writes, and the rows must then be those the journal counts. Errors: `backup-cancelled`,
   * `backup-no-room`, `backup-not-saved`, `store-lost` (the store is not what the journal describes).
   */
  backupRows: Type.Object({ collection: Type.Enum([...JOURNALED]), packed: PackedRowsSchema, last: Type.Boolean() }, strict),
  /** After all collections: the sealed files, then the end. Resolves when the file is in its place. Errors as above. */
  backupEnd: Type.Null(),
} as const;

/** Rows of one collection, unpacked; see `backupRows`. */
export interface BackupRows {
  readonly collection: Journaled;
  readonly rows: readonly JournalRow[];
  readonly last: boolean;
}

/** A backup that is in its place. */
export interface BackupMade {
  /** ISO 8601 instant. */
  readonly madeAt: string;
  readonly rows: number;
  readonly sizeBytes: number;
}

/** What main serves the data worker for a backup. */
export interface BackupService {
  readonly requests: {
    backupRows: (rows: Static<(typeof BACKUP_REQUESTS)['backupRows']>) => Promise<void>;
    backupEnd: (options: null) => Promise<BackupMade>;
  };
  readonly streams: Readonly<Record<string, never>>;
}

/** A backup the officer chose to restore; nothing of it is opened yet. */
export interface PickedBackup {
  readonly name: string;
  /** ISO 8601 instant. */
  readonly madeAt: string;
  /** The name on the start screen where it was made, or empty. */
  readonly label: string;
  readonly sizeBytes: number;
}

/** How far a backup or a restore is; rows while they are sent, bytes else. */
export interface BackupProgress {
  readonly stage: 'rows' | 'files' | 'check' | 'restore';
  readonly done: number;
  readonly total: number;
}
