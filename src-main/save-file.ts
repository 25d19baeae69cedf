import { open } from 'node:fs/promises';
import path from 'node:path';
import { dialog, type BrowserWindow } from 'electron';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError, ErrorCode } from '#shared/contract/errors.ts';

/** What the officer is asked, and what they are told where the file cannot be written. */
export interface FileToSave {
  readonly name: string;
  /** Without the dot. */
  readonly extension: string;
  readonly failure: ErrorCode;
}

/** Writes what `content` makes to the file the officer chooses and to no other; zeroes it. False where they chose none. Errors: `failure`. */
export async function saveChosen(window: BrowserWindow, { name, extension, failure }: FileToSave, content: () => Uint8Array | Promise<Uint8Array>): Promise<Result<boolean, AppError>> {
  const choice = await dialog.showSaveDialog(window, { defaultPath: `${name}.${extension}`, filters: [{ name: extension.toUpperCase(), extensions: [extension] }] });
  if (choice.canceled || !choice.filePath) return ok(false);
  const bytes = await content();
  try {
    const handle = await open(choice.filePath, 'w', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return ok(true);
  } catch {
    return err({ code: failure, detail: { name: path.basename(choice.filePath) } });
  } finally {
    bytes.fill(0);
  }
}
