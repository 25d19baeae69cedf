import { existsSync, readFileSync } from 'node:fs';
import { Value } from 'typebox/value';
import type { Directory } from '#shared/contract/sync.ts';
import { fromCbor, toCbor } from '#shared/contract/wire.ts';
import { writeDurably } from '../keys/durable-file.ts';
import { open, seal } from '../keys/sealed-box.ts';
import { DirectorySchema } from './answers.ts';

const AAD = Buffer.from('suar-directory-1');

/** A directory, and since when it is as it is: by the hub's clock, in milliseconds since 1970; 0 where that is not known. */
export interface DatedDirectory {
  readonly directory: Directory;
  readonly asOfMs: number;
}

/** The last directory the hub gave, sealed on disk, so that recipients have names while the device is offline. */
export interface KeptDirectory {
  /** Undefined before the first exchange, or where the file does not open: the next exchange brings it again. */
  readonly read: () => DatedDirectory | undefined;
  /** Answers since when the directory is as it is: what changes nothing keeps its time. */
  readonly write: (directory: Directory, atMs: number) => number;
  /** Zeroes the key; what is written afterwards is not kept. */
  readonly close: () => void;
}

/** The cursor moves where nothing changed; one of before only brings more than is needed. */
function textOf({ cursor: _cursor, ...directory }: Directory): string {
  return Buffer.from(toCbor(directory)).toString('base64');
}

/** Opens the kept directory in `file` under `key` (32 bytes, owned by it from now on). */
export function openKeptDirectory(file: string, key: Uint8Array): KeptDirectory {
  let last = '';
  let asOfMs = 0;
  let isClosed = false;
  return {
    read: () => {
      const plain = existsSync(file) ? open(key, readFileSync(file), AAD) : undefined;
      const stored: unknown = plain ? fromCbor(plain) : undefined;
      // earlier versions kept the directory alone
      const { directory, asOf } = Array.isArray(stored) ? { directory: stored[0] as unknown, asOf: Number(stored[1]) } : { directory: stored, asOf: 0 };
      if (!Value.Check(DirectorySchema, directory)) return undefined;
      last = textOf(directory);
      asOfMs = asOf;
      return { directory, asOfMs };
    },
    write: (directory, atMs) => {
      const text = textOf(directory);
      if (isClosed || text === last) return asOfMs;
      writeDurably(file, seal(key, toCbor([directory, atMs]), AAD));
      last = text;
      return (asOfMs = atMs);
    },
    close: () => {
      isClosed = true;
      key.fill(0);
    },
  };
}
