import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { EMPTY_SET, isSameSet, type SetDigest } from '#shared/base/set-digest.ts';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { afterRow, type Journaled } from '#shared/contract/journal.ts';
import { toAppError } from '#shared/contract/rpc.ts';
import { chainStart, openFrame } from '../journal/frames.ts';
import { openIdentity, type Identity } from '../keys/identity.ts';
import { deriveKey } from '../keys/sealed-box.ts';
import { bytesToEntry, framesKey, isInside, PREFIX_MAX, readPrefix, type BackupEntry, type BackupHeader } from './format.ts';

const LENGTH_BYTES = 4;
/** A frame longer than this was not written by us. */
const FRAME_MAX = 64 * 1024 * 1024;

/** A backup whose header was read; nothing of it is opened yet. */
export interface BackupFile {
  readonly name: string;
  readonly header: BackupHeader;
  readonly sizeBytes: number;
  /**
   * The entries in their order, the end included. Rejects with a tagged error: `backup-altered` where a frame does not open or more
   * follows the end, `backup-incomplete` where the file ends before, `backup-unreadable` where the medium fails.
   */
  readonly entries: (dataKey: Uint8Array, onBytes: (done: number) => void) => AsyncGenerator<BackupEntry>;
  readonly close: () => Promise<void>;
}

/** Opens a file and reads its header. Errors: `backup-unreadable`, `backup-unknown`, `backup-newer`, `backup-altered`, `backup-incomplete`. */
export async function openBackup(file: string): Promise<Result<BackupFile, AppError>> {
  const detail = { name: path.basename(file) };
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    const { size } = await handle.stat();
    const read = readPrefix(await readAt(handle, 0, Math.min(size, PREFIX_MAX)));
    if (!read.ok) {
      await handle.close();
      return err({ code: read.error, detail });
    }
    const { header, prefix } = read.value;
    const opened = handle;
    return ok({
      name: detail.name,
      header,
      sizeBytes: size,
      entries: (dataKey, onBytes) => entriesOf(opened, framesKey(dataKey, prefix), { from: prefix.length, size, detail }, onBytes),
      close: () => opened.close(),
    });
  } catch {
    await handle?.close().catch(() => undefined);
    return err({ code: 'backup-unreadable', detail });
  }
}

async function readAt(handle: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

interface Extent {
  readonly from: number;
  readonly size: number;
  readonly detail: { readonly name: string };
}

async function* entriesOf(handle: FileHandle, key: Uint8Array, { from, size, detail }: Extent, onBytes: (done: number) => void): AsyncGenerator<BackupEntry> {
  const incomplete = { code: 'backup-incomplete', detail } as const;
  const altered = { code: 'backup-altered', detail } as const;
  const read = (at: number, length: number) =>
    readAt(handle, at, length).catch(() => {
      throw { code: 'backup-unreadable', detail };
    });
  let chain = chainStart(0);
  try {
    for (let at = from; ;) {
      if (at + LENGTH_BYTES > size) throw incomplete;
      const head = await read(at, LENGTH_BYTES);
      const length = Buffer.from(head).readUInt32BE(0);
      if (length > FRAME_MAX) throw altered;
      if (at + LENGTH_BYTES + length > size) throw incomplete;
      const frame = openFrame(key, chain, await read(at, LENGTH_BYTES + length), 0);
      if (frame === undefined || frame === 'torn' || frame === 'damaged') throw altered;
      at += LENGTH_BYTES + length;
      chain = frame.end;
      const entry = bytesToEntry(frame.plain);
      if (entry.t === 'end' && at !== size) throw altered;
      yield entry;
      onBytes(at);
      if (entry.t === 'end') return;
    }
  } finally {
    key.fill(0);
  }
}

/** The key an identity is sealed under. */
export function identityKeyOf(dataKey: Uint8Array): Uint8Array {
  return deriveKey(dataKey, new Uint8Array(), 'suar-identity-1');
}

/** What a backup that was read in full says of itself. */
export interface CheckedBackup {
  readonly identity: Identity;
  readonly sequence: number;
  readonly digests: Readonly<Record<Journaled, SetDigest>>;
  /** Revisions that take the place of ones sent before, by `<collection> <id>`. */
  readonly newer: ReadonlyMap<string, string>;
}

/** Reads a backup in full and compares it with its own end. Errors: those of `entries`; `onBytes` may throw a tagged error to stop. */
export async function checkBackup(backup: BackupFile, dataKey: Uint8Array, onBytes: (done: number) => void): Promise<Result<CheckedBackup, AppError>> {
  const digests: Record<Journaled, SetDigest> = { record: EMPTY_SET, local: EMPTY_SET };
  const newer = new Map<string, string>();
  const altered = err({ code: 'backup-altered', detail: { name: backup.name } } as const);
  let files = 0;
  let expected: { readonly path: string; readonly at: number; readonly size: number } | undefined;
  let identity: Identity | undefined;
  try {
    for await (const entry of backup.entries(dataKey, onBytes)) {
      switch (entry.t) {
        case 'rows':
          for (const row of entry.r) {
            digests[entry.c] = afterRow(digests[entry.c], row);
            if (entry.again) newer.set(`${entry.c} ${row.id}`, row.rev);
          }
          break;
        case 'file': {
          const { path: name, at, size, b } = entry;
          if (!isInside(name) || (at === 0) !== (expected === undefined) || (expected && (expected.path !== name || expected.at !== at || expected.size !== size))) return altered;
          if (name === 'identity.bin' && at === 0) identity = openIdentity(b, identityKeyOf(dataKey));
          expected = at + b.length < size ? { path: name, at: at + b.length, size } : undefined;
          if (!expected) files++;
          break;
        }
        case 'end':
          if (expected || !identity || files !== entry.files || !isSameSet(digests.record, entry.digests.record) || !isSameSet(digests.local, entry.digests.local)) return altered;
          return ok({ identity, sequence: entry.sequence, digests, newer });
      }
    }
    return altered;
  } catch (error) {
    return err(toAppError(error));
  }
}
