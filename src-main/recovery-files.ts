import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { dialog, type BrowserWindow } from 'electron';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IpcRequest } from '#shared/contract/ipc.ts';
import { saveChosen } from './save-file.ts';

/** Largest sheet file that is read, in bytes. */
const MAX_SHEET_BYTES = 64 * 1024;

/**
 * Writes a sheet to the file the officer chooses and to no other: as text, or as the page the window shows for print. False
 * where they chose none. There is no printing from here: the systems' print queues keep copies we cannot destroy (docs/adr/0016).
 */
export async function saveSheet(window: BrowserWindow, { format, name, text }: IpcRequest<'recovery.save'>): Promise<Result<boolean, AppError>> {
  try {
    return await saveChosen(window, { name, extension: format, failure: 'recovery-not-saved' }, () => (format === 'pdf' ? window.webContents.printToPDF({ pageSize: 'A4', pageRanges: '1' }) : text));
  } finally {
    text.fill(0);
  }
}

/** The bytes of the sheet files the officer chooses; none where they chose none. */
export async function pickSheets(window: BrowserWindow): Promise<Result<readonly Uint8Array[], AppError>> {
  const choice = await dialog.showOpenDialog(window, { properties: ['openFile', 'multiSelections'], filters: [{ name: 'TXT', extensions: ['txt'] }] });
  if (choice.canceled) return ok([]);
  const sheets: Uint8Array[] = [];
  for (const file of choice.filePaths) {
    const name = path.basename(file);
    try {
      if ((await stat(file)).size > MAX_SHEET_BYTES) return err({ code: 'recovery-file-unreadable', detail: { name } });
      sheets.push(new Uint8Array(await readFile(file)));
    } catch {
      return err({ code: 'recovery-file-unreadable', detail: { name } });
    }
  }
  return ok(sheets);
}
