/**
 * A sheet of a recovery kit as 28 words of the BIP-39 English list, 11 bits each, 308 bits in all:
 * kit number (16) ‖ sheets needed (4) ‖ number of this sheet (4) ‖ share (264) ‖ checksum (20).
 * The checksum is the start of SHA-256 over a label and the 36 bytes before it, so a wrong or swapped word is missed once in a
 * million. The list: no two words share their first four letters, and every keyboard of the region types Latin letters (docs/adr/0016).
 */
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';

/** Words of one sheet. */
export const SHEET_WORDS = 28;
/** Bytes of a share: 32 of the secret and its place in the split; zero where the kit is not split. */
export const SHARE_BYTES = 33;

const WORD_BITS = 11;
const CHECKSUM_BITS = 20;
const HEAD_BYTES = 3;
/** Shortest beginning that is taken for a word; shorter words of the list must be whole. */
const PREFIX_MIN = 3;
const LABEL = new TextEncoder().encode('suar-recovery-sheet-1');

/** One sheet. */
export interface Sheet {
  /** Four hexadecimal digits, the same on every sheet of a kit. */
  readonly kit: string;
  /** How many sheets open the profile, 1 to 15. */
  readonly threshold: number;
  /** Number of this sheet, 1 to 15. */
  readonly index: number;
  /** {@link SHARE_BYTES} bytes. */
  readonly share: Uint8Array;
}

async function checksumOf(payload: Uint8Array): Promise<number> {
  const bytes = new Uint8Array(LABEL.length + payload.length);
  bytes.set(LABEL);
  bytes.set(payload, LABEL.length);
  const digest = new DataView(await crypto.subtle.digest('SHA-256', bytes));
  bytes.fill(0);
  return digest.getUint32(0) >>> (32 - CHECKSUM_BITS);
}

/** The 28 words of a sheet. */
export async function sheetToWords({ kit, threshold, index, share }: Sheet): Promise<string[]> {
  const payload = new Uint8Array(HEAD_BYTES + SHARE_BYTES);
  payload.set([Number.parseInt(kit.slice(0, 2), 16), Number.parseInt(kit.slice(2), 16), (threshold << 4) | index]);
  payload.set(share, HEAD_BYTES);
  const checksum = await checksumOf(payload);
  const bitAt = (at: number): number => {
    if (at >= payload.length * 8) return (checksum >>> (CHECKSUM_BITS - 1 - (at - payload.length * 8))) & 1;
    return ((payload[at >>> 3] ?? 0) >>> (7 - (at & 7))) & 1;
  };
  const words = Array.from({ length: SHEET_WORDS }, (_word, nth) => {
    let value = 0;
    for (let bit = 0; bit < WORD_BITS; bit++) value = (value << 1) | bitAt(nth * WORD_BITS + bit);
    return wordlist[value] ?? '';
  });
  payload.fill(0);
  return words;
}

/** The place in the list of a word or of the beginning of exactly one word; -1 where there is none. */
function indexOfWord(typed: string): number {
  const whole = wordlist.indexOf(typed);
  if (whole >= 0 || typed.length < PREFIX_MIN) return whole;
  const first = wordlist.findIndex((word) => word.startsWith(typed));
  return first >= 0 && wordlist[first + 1]?.startsWith(typed) !== true ? first : -1;
}

/**
 * Reads the words of a sheet as typed: any case, any signs or numbers between them, beginnings of words.
 * Errors: `recovery-word-count` (`count`), `recovery-word-unknown` (`position`, from 1), `recovery-sheet-wrong` (checksum).
 */
export async function wordsToSheet(text: string): Promise<Result<Sheet, AppError>> {
  const typed =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[a-z]+/g) ?? [];
  const indexes = typed.map(indexOfWord);
  const unknown = indexes.indexOf(-1);
  if (unknown >= 0) return err({ code: 'recovery-word-unknown', detail: { position: unknown + 1 } });
  if (typed.length !== SHEET_WORDS) return err({ code: 'recovery-word-count', detail: { count: typed.length, needed: SHEET_WORDS } });
  const bits = indexes.flatMap((value) => Array.from({ length: WORD_BITS }, (_bit, at) => (value >>> (WORD_BITS - 1 - at)) & 1));
  const payload = Uint8Array.from({ length: HEAD_BYTES + SHARE_BYTES }, (_byte, at) => bits.slice(at * 8, at * 8 + 8).reduce((value, bit) => (value << 1) | bit, 0));
  const checksum = bits.slice(payload.length * 8).reduce((value, bit) => (value << 1) | bit, 0);
  const [high = 0, low = 0, counts = 0] = payload;
  const sheet = { kit: kitNumber(high, low), threshold: counts >>> 4, index: counts & 15, share: payload.slice(HEAD_BYTES) };
  if (checksum !== (await checksumOf(payload)) || sheet.threshold === 0 || sheet.index === 0) return err({ code: 'recovery-sheet-wrong' });
  return ok(sheet);
}

/** Two bytes as the number of a kit, e.g. `4F2A`. */
export function kitNumber(high: number, low: number): string {
  return ((high << 8) | low).toString(16).toUpperCase().padStart(4, '0');
}
