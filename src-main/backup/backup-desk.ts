import path from 'node:path';
import { dialog, type BrowserWindow } from 'electron';
import { err, ok, type Result } from '#shared/base/result.ts';
import { BACKUP_EXTENSION, type BackupMade, type BackupProgress, type BackupService, type PickedBackup } from '#shared/contract/backup.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IpcRequest, OpenedProfile } from '#shared/contract/ipc.ts';
import { toAppError } from '#shared/contract/rpc.ts';
import { unpacked, type Journal } from '../journal/journal.ts';
import { readStoredRecovery } from '../keys/recovery.ts';
import type { Profiles } from '../profiles.ts';
import { createHeader, openHeader, openHeaderWithKit } from './backup-key.ts';
import { checkBackup, openBackup, type BackupFile } from './read-backup.ts';
import { fillProfile } from './restore-backup.ts';
import { createBackup, type BackupWriter } from './write-backup.ts';

/** What the desk acts on. */
export interface BackupDeskOptions {
  readonly profiles: Profiles;
  readonly window: () => BrowserWindow | undefined;
  readonly onProgress: (progress: BackupProgress) => void;
}

/** Makes and restores backups of this laptop's profiles, one at a time. */
export interface BackupDesk {
  /** Asks for the passphrase and the file; then the data worker's requests are due. False where the officer chose no file. */
  readonly begin: (passphrase: Uint8Array) => Promise<Result<boolean, AppError>>;
  /** The data worker's. */
  readonly requests: BackupService['requests'];
  /** Ends what runs, a backup or a restore; nothing half-made stays. */
  readonly cancel: () => void;
  readonly pick: () => Promise<Result<PickedBackup | null, AppError>>;
  /** Restores the file last picked and unlocks it. */
  readonly restore: (request: IpcRequest<'backup.restore'>) => Promise<Result<OpenedProfile, AppError>>;
}

const FILTERS = [{ name: 'Suar', extensions: [BACKUP_EXTENSION] }];

/** Creates the desk of one application. */
export function createBackupDesk({ profiles, window, onProgress }: BackupDeskOptions): BackupDesk {
  let making: { readonly writer: BackupWriter; readonly madeAt: string } | undefined;
  let isBeginning = false;
  let picked: string | undefined;
  let restoring: { stopped: boolean } | undefined;

  /** A request for the backup under way; a failure ends it. */
  const forMaking = async <T>(run: (writer: BackupWriter, madeAt: string) => Promise<T>): Promise<T> => {
    const current = making;
    if (!current) throw { code: 'backup-cancelled' };
    try {
      return await run(current.writer, current.madeAt);
    } catch (error) {
      if (making === current) making = undefined;
      await current.writer.abandon();
      throw error;
    }
  };

  const begin = async (passphrase: Uint8Array): Promise<Result<boolean, AppError>> => {
    const [profile, profileFolder, shown] = [profiles.current(), profiles.folder(), window()];
    const journal = profile?.journal();
    if (!profile || !profileFolder || !journal || !shown) return err({ code: 'locked' });
    const label = profiles.list().find(({ id }) => id === path.basename(profileFolder))?.label ?? '';
    const madeAt = new Date().toISOString();
    const lent = await profile.lendKey(passphrase, async (dataKey, ofOfficer) => ({
      dataKey,
      header: await createHeader(ofOfficer, dataKey, { madeAt, label, kit: readStoredRecovery(profileFolder) }),
    }));
    if (!lent.ok) return lent;
    const { dataKey, header } = lent.value;
    const choice = await dialog.showSaveDialog(shown, { defaultPath: `suar-${madeAt.slice(0, 10)}.${BACKUP_EXTENSION}`, filters: FILTERS });
    const isLocked = profiles.current() !== profile || profile.journal() !== journal;
    if (choice.canceled || !choice.filePath || isLocked) {
      dataKey.fill(0);
      return isLocked ? err({ code: 'locked' }) : ok(false);
    }
    try {
      const writer = await createBackup({ file: choice.filePath, profileFolder, header, dataKey, onProgress, ...(await standingOf(journal)) });
      making = { writer, madeAt };
      if (profiles.current() === profile) return ok(true);
      cancel();
      return err({ code: 'locked' });
    } catch (error) {
      dataKey.fill(0);
      return err(toAppError(error));
    }
  };

  function cancel(): void {
    if (restoring) restoring.stopped = true;
    const current = making;
    making = undefined;
    void current?.writer.abandon();
  }

  const restore = async (file: string, { secret, kit, next }: IpcRequest<'backup.restore'>): Promise<Result<OpenedProfile, AppError>> => {
    const opened = await openBackup(file);
    if (!opened.ok) return opened;
    const backup = opened.value;
    const run = (restoring = { stopped: false });
    const follow = (stage: BackupProgress['stage']) => (done: number) => {
      if (run.stopped) throw { code: 'backup-cancelled' };
      onProgress({ stage, done, total: backup.sizeBytes });
    };
    try {
      const dataKey = kit ? openHeaderWithKit(backup.header, secret) : await openHeader(backup.header, secret);
      if (!dataKey) return err(wrongSecret(backup, kit));
      const checked = await checkBackup(backup, dataKey, follow('check'));
      if (!checked.ok) return checked;
      return await profiles.adopt({
        dataKey,
        passphrase: Uint8Array.from(next.length > 0 || kit ? next : secret),
        label: backup.header.label,
        fill: (folder) => fillProfile(folder, backup, checked.value, dataKey, follow('restore')),
      });
    } finally {
      restoring = undefined;
      secret.fill(0);
      next.fill(0);
      await backup.close();
    }
  };

  return {
    begin: async (passphrase) => {
      if (making || isBeginning) return err({ code: 'bad-request' });
      isBeginning = true;
      try {
        return await begin(passphrase);
      } finally {
        isBeginning = false;
      }
    },
    requests: {
      backupRows: ({ collection, packed, last }) => forMaking((writer) => writer.rows({ collection, rows: unpacked(packed), last })),
      backupEnd: () =>
        forMaking(async (writer, madeAt): Promise<BackupMade> => {
          const made = await writer.finish();
          making = undefined;
          return { madeAt, ...made };
        }),
    },
    cancel,
    pick: async () => {
      const shown = window();
      if (!shown) return ok(null);
      const choice = await dialog.showOpenDialog(shown, { properties: ['openFile'], filters: FILTERS });
      const file = choice.filePaths[0];
      if (choice.canceled || !file) return ok(null);
      const opened = await openBackup(file);
      if (!opened.ok) return opened;
      const { name, header, sizeBytes, close } = opened.value;
      await close();
      picked = file;
      return ok({ name, madeAt: header.madeAt, label: header.label, sizeBytes });
    },
    restore: async (request) => (picked === undefined || restoring ? err({ code: 'bad-request' }) : restore(picked, request)),
  };
}

async function standingOf(journal: Journal) {
  const { expected: counted } = await journal.requests.state(null);
  return {
    settled: await journal.settledRevisions(),
    expected: () => journal.requests.expected(null),
    sequence: async () => (await journal.requests.state(null)).sequence,
    total: counted.record.count + counted.local.count,
  };
}

function wrongSecret({ name, header }: BackupFile, kit: boolean): AppError {
  return kit ? { code: 'backup-kit', detail: { name, kit: header.kit?.header.kit ?? '' } } : { code: 'backup-passphrase', detail: { name } };
}
