import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { dialog, type BrowserWindow } from 'electron';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { MAX_INTAKE_BYTES, type PickedFile } from '#shared/contract/ipc.ts';

const MIB = 1024 * 1024;

/** Lets the officer choose one file and reads it; null where they chose none. Its size is checked before a byte is read. */
export async function pickFile(window: BrowserWindow): Promise<Result<PickedFile | null, AppError>> {
  const choice = await dialog.showOpenDialog(window, { properties: ['openFile'], filters: [{ name: 'STIX, MISP', extensions: ['json', 'stix', 'stix2'] }] });
  const file = choice.filePaths[0];
  if (choice.canceled || !file) return ok(null);
  const name = path.basename(file);
  try {
    const { size } = await stat(file);
    if (size > MAX_INTAKE_BYTES) return err({ code: 'file-too-large', detail: { name, size: Math.ceil(size / MIB), limit: MAX_INTAKE_BYTES / MIB } });
    const bytes = new Uint8Array(await readFile(file));
    return ok({ name, sizeBytes: bytes.length, bytes });
  } catch {
    return err({ code: 'file-unreadable', detail: { name } });
  }
}
