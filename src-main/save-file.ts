import { open } from 'node:fs/promises';
import path from 'node:path';
import { dialog, type BrowserWindow } from 'electron';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';

/** Writes bytes to the file the officer chooses and to no other; zeroes them. False where they chose none. Errors: `disk-failed`. */
export async function saveChosen(window: BrowserWindow, name: string, extension: string, bytes: Uint8Array): Promise<Result<boolean, AppError>> {
  const choice = await dialog.showSaveDialog(window, { defaultPath: `${name}.${extension}`, filters: [{ name: extension.toUpperCase(), extensions: [extension] }] });
  try {
    if (choice.canceled || !choice.filePath) return ok(false);
    const handle = await open(choice.filePath, 'w', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return ok(true);
  } catch {
    return err({ code: 'disk-failed', detail: { name: path.basename(choice.filePath) } });
  } finally {
    bytes.fill(0);
  }
}
