import { mkdirSync, readdirSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { isDiskFull, systemCode } from '../disk-failure.ts';
import { syncFolder, writeDurably } from '../keys/durable-file.ts';
import { RECOVERY_FILE } from '../keys/recovery.ts';
import { deriveKey } from '../keys/sealed-box.ts';
import { createSnapshot } from '../journal/snapshot.ts';
import { NO_STANDING } from '../journal/standing.ts';
import { crashPoint } from '../lab.ts';
import type { BackupFile, CheckedBackup } from './read-backup.ts';

/**
 * Writes what a checked backup holds into the empty folder of a profile, flushed: its files, and a journal with the content of every
 * row that says the store is to be made from it. Rejects with `restore-no-room`, `restore-failed` or an error of reading.
 */
export async function fillProfile(folder: string, backup: BackupFile, checked: CheckedBackup, dataKey: Uint8Array, onBytes: (done: number) => void): Promise<void> {
  const journalFolder = path.join(folder, 'journal');
  const journalKey = deriveKey(dataKey, new Uint8Array(), 'suar-journal-1');
  let handle: FileHandle | undefined;
  try {
    mkdirSync(journalFolder, { mode: 0o700 });
    const snapshot = await createSnapshot(journalFolder, journalKey, 1, true);
    try {
      for await (const entry of backup.entries(dataKey, onBytes)) {
        if (entry.t === 'rows') {
          for (const row of entry.r) {
            const newest = checked.newer.get(`${entry.c} ${row.id}`) ?? row.rev;
            if (newest === row.rev) await snapshot.put({ collection: entry.c, row, settled: entry.s });
          }
          crashPoint('restore-rows');
        }
        if (entry.t === 'file') {
          const file = path.join(folder, ...entry.path.split('/'));
          if (entry.at === 0) {
            mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
            handle = await open(file, 'wx', 0o600);
          }
          await handle?.writeFile(entry.b);
          if (entry.at + entry.b.length < entry.size) continue;
          await handle?.sync();
          await handle?.close();
          handle = undefined;
          crashPoint('restore-file');
        }
      }
      const { sequence, digests, identity } = checked;
      // What the hub has is compared with it once more: it may have gone on since that day, or be an older one itself.
      await snapshot.finish({ ...NO_STANDING, sequence, applied: sequence, resync: identity.hub !== null, remake: true, digests });
    } catch (error) {
      await snapshot.abandon().catch(() => undefined); // closed already
      throw error;
    }
    if (backup.header.kit) writeDurably(path.join(folder, RECOVERY_FILE), JSON.stringify(backup.header.kit, null, 2));
    syncFolders(folder);
    crashPoint('restore-filled');
  } catch (error) {
    await handle?.close().catch(() => undefined);
    throw failure(error);
  } finally {
    journalKey.fill(0);
  }
}

function failure(error: unknown): unknown {
  if (systemCode(error) === '') return error;
  return { code: isDiskFull(error) ? 'restore-no-room' : 'restore-failed' };
}

function syncFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) syncFolders(path.join(folder, entry.name));
  syncFolder(folder);
}
