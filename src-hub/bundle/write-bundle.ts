import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { bytesToHex } from '#shared/base/ids.ts';
import { BUNDLE_FRAME_ROWS, BUNDLE_LIFE_MS, type BundleHead } from '#shared/contract/bundle.ts';
import { writeBundle, type BundleWriter } from '#shared/contract/bundle-file.ts';
import { AdminError } from '../access/admin.ts';
import type { Caller } from '../access/caller.ts';
import { pull } from '../access/pull.ts';
import type { Database } from '../db/database.ts';
import { BUNDLE_CRYPTO, sealFor } from '../identity/bundle-crypto.ts';
import type { DeviceCa } from '../identity/ca.ts';

/** What reading and writing bundles needs of the hub. */
export interface BundleDesk {
  readonly db: Database;
  readonly ca: Pick<DeviceCa, 'pin' | 'keys'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What the head of every bundle of this hub has. */
export function newHead({ ca, now }: BundleDesk): Pick<BundleHead, 't' | 'id' | 'hub' | 'made' | 'expires'> {
  const made = now();
  return { t: 'head', id: randomUUID(), hub: bytesToHex(ca.pin), made, expires: made + BUNDLE_LIFE_MS };
}

/** Where a bundle goes: its file, the X25519 public key it is sealed to, and what it says first. */
export interface NewBundle {
  readonly file: string;
  readonly recipient: Uint8Array;
  readonly head: BundleHead;
}

/** Writes, signs and flushes a bundle whole or not at all; answers what `fill` does. Rejects with the error of the system, or of `fill`. */
export async function writeWhole<T>({ ca }: BundleDesk, { file, recipient, head }: NewBundle, fill: (writer: BundleWriter) => Promise<T>): Promise<T> {
  const part = `${file}.part`;
  const handle = openSync(part, 'w', 0o600);
  let filled: T;
  try {
    const writer = writeBundle(BUNDLE_CRYPTO, sealFor(recipient), head, (bytes) => {
      for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
    });
    filled = await fill(writer);
    writer.end(ca.keys.sign);
    fsyncSync(handle);
  } catch (error) {
    closeSync(handle);
    rmSync(part, { force: true });
    throw error;
  }
  closeSync(handle);
  renameSync(part, file);
  return filled;
}

/** Adds every page the caller may read behind `cursor`; answers how many rows they have. */
export async function writePages(db: Database, caller: Caller, cursor: string, writer: BundleWriter): Promise<number> {
  let rows = 0;
  for (let from = cursor; ;) {
    const page = await pull(db, caller, from, { rows: BUNDLE_FRAME_ROWS });
    // Of another epoch, or nothing this hub ever gave: the device begins again.
    if (typeof page === 'string' && from === '') throw new AdminError('the hub cannot be read');
    if (typeof page === 'string') {
      from = '';
      continue;
    }
    writer.add({ t: 'page', from, ...page });
    rows += page.rows.length;
    if (page.done) return rows;
    from = page.cursor;
  }
}
