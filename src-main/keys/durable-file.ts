import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import { crashPoint } from '../lab.ts';

/**
 * Replaces a file so that after a crash either the old or the new content is there: temporary file, fsync, rename, fsync of the folder.
 * Mode 0600. Throws the error of the disk (ENOSPC, EACCES …) with the old content in place.
 */
export function writeDurably(file: string, content: Uint8Array | string): void {
  const temporary = `${file}.new`;
  try {
    writeAndFlush(temporary, content);
    crashPoint('durable-before-rename');
    renameSync(temporary, file);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
  crashPoint('durable-after-rename');
  syncFolder(path.dirname(file));
}

function writeAndFlush(file: string, content: Uint8Array | string): void {
  crashPoint('durable-before-write');
  const handle = openSync(file, 'w', 0o600);
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    let at = 0;
    while (at < bytes.length) at += writeSync(handle, bytes, at);
    crashPoint('durable-before-fsync');
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function removeQuietly(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // It was never made, or the disk takes nothing at all; the next writing replaces it.
  }
}

/** Flushes a folder's entries; platforms that cannot open a folder skip it. */
export function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, 'r');
    fsyncSync(handle);
    closeSync(handle);
  } catch {
    // Windows cannot fsync a folder; the rename is durable there by itself.
  }
}

/** The JSON in a file, or undefined where the file is absent. Throws where it is not JSON. */
export function readJson(file: string): unknown {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown) : undefined;
}

/** Overwrites a small file with random bytes, flushes them and removes it; nothing where it is absent. A disk may still keep old sectors. */
export function destroyFile(file: string): void {
  if (!existsSync(file)) return;
  const handle = openSync(file, 'r+');
  try {
    writeSync(handle, randomBytes(statSync(file).size));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  unlinkSync(file);
  syncFolder(path.dirname(file));
}
