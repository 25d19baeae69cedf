import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { RecoveryKit, Unlocked } from '#shared/contract/ipc.ts';
import { encodePassphrase } from '#shared/contract/passphrase.ts';
import { combineSheets, type Kit } from './kit.ts';
import { wordsToSheet, type Sheet } from './sheet-code.ts';

const UNEXPECTED = err({ code: 'unexpected' } as const);
/** Marks the words in a sheet's file; what stands around them is for the reader. */
const BEGIN = '-----BEGIN SUAR RECOVERY SHEET-----';
const END = '-----END SUAR RECOVERY SHEET-----';

/** The kit that opens the unlocked profile, or null. */
export async function recoveryState(): Promise<RecoveryKit | null> {
  const state = await window.suar.invoke('recovery.state', {});
  return state.ok ? state.value : null;
}

/** Asks main to allow a new kit. Errors: `passphrase-wrong`, `passphrase-wait`. */
export async function beginKit(passphrase: string): Promise<Result<null, AppError>> {
  return window.suar.invoke('recovery.begin', { passphrase: encodePassphrase(passphrase) }).catch(() => UNEXPECTED);
}

/** Puts a kit in force and zeroes its key here; the kit before opens nothing any more. */
export async function putInForce({ key, kit, threshold, sheets, pages }: Kit): Promise<Result<RecoveryKit, AppError>> {
  const made = await window.suar.invoke('recovery.make', { key, plan: { kit, threshold, sheets } }).catch(() => UNEXPECTED);
  if (made.ok) for (const bytes of [key, ...pages.map(({ share }) => share)]) bytes.fill(0);
  return made;
}

/** Saves one sheet where the officer chooses; `lines` are the reader's. False where they chose nothing. Errors: `recovery-not-saved`. */
export async function saveSheet(format: 'pdf' | 'txt', sheet: Sheet, sheets: number, lines: readonly string[], words: readonly string[]): Promise<Result<boolean, AppError>> {
  const text = format === 'txt' ? [...lines, '', BEGIN, ...words, END, ''].join('\r\n') : '';
  const name = `suar-recovery-${sheet.kit}-${sheet.index}-${sheets}`;
  return window.suar.invoke('recovery.save', { format, name, text: new TextEncoder().encode(text) }).catch(() => UNEXPECTED);
}

/** The words in the sheet files the officer chooses, one text a file. Errors: `recovery-file-unreadable`. */
export async function pickWords(): Promise<Result<readonly string[], AppError>> {
  const picked = await window.suar.invoke('recovery.pick', {}).catch(() => UNEXPECTED);
  if (!picked.ok) return picked;
  const words = picked.value.map((bytes) => {
    const text = new TextDecoder().decode(bytes);
    bytes.fill(0);
    const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
    return (from >= 0 && to > from ? text.slice(from + BEGIN.length, to) : text).match(/\S+/g)?.join(' ') ?? '';
  });
  return ok(words);
}

/** A failure, and the sheet (from 0) it was found on where it is of one. */
export interface RestoreFailure {
  readonly error: AppError;
  readonly sheet?: number;
}

/** Opens with a recovery key, 32 bytes, and sets a passphrase. */
export type OpenWithKit = (key: Uint8Array, passphrase: string) => Promise<Result<Unlocked, AppError>>;

/** Opens a profile of this laptop. Errors: `recovery-none`, `recovery-wrong`, `passphrase-weak`. */
export function openProfileWithKit(profile: string): OpenWithKit {
  return (key, passphrase) => window.suar.invoke('recovery.restore', { profile, key, passphrase: encodePassphrase(passphrase) }).catch(() => UNEXPECTED);
}

/** Makes the key of the words of its sheets and opens with it. Empty fields are passed over. */
export async function restoreProfile(open: OpenWithKit, texts: readonly string[], passphrase: string): Promise<Result<Unlocked, RestoreFailure>> {
  const sheets: Sheet[] = [];
  for (const [at, text] of texts.entries()) {
    if (text.trim() === '') continue;
    const sheet = await wordsToSheet(text);
    if (!sheet.ok) return err({ error: sheet.error, sheet: at });
    sheets.push(sheet.value);
  }
  const whole = await combineSheets(sheets);
  if (!whole.ok) return err({ error: whole.error });
  const opened = await open(whole.value.key, passphrase);
  whole.value.key.fill(0);
  return opened.ok ? opened : err({ error: opened.error });
}
