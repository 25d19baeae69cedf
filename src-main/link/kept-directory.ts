import { existsSync, readFileSync } from 'node:fs';
import { Value } from 'typebox/value';
import type { Directory } from '#shared/contract/sync.ts';
import { fromCbor, toCbor } from '#shared/contract/wire.ts';
import { writeDurably } from '../keys/durable-file.ts';
import { open, seal } from '../keys/sealed-box.ts';
import { DirectorySchema } from './answers.ts';

const AAD = Buffer.from('suar-directory-1');

/** The last directory the hub gave, sealed on disk, so that recipients have names while the device is offline. */
export interface KeptDirectory {
  /** Undefined before the first exchange, or where the file does not open: the next exchange brings it again. */
  readonly read: () => Directory | undefined;
  readonly write: (directory: Directory) => void;
  /** Zeroes the key; what is written afterwards is not kept. */
  readonly close: () => void;
}

/** Opens the kept directory in `file` under `key` (32 bytes, owned by it from now on). */
export function openKeptDirectory(file: string, key: Uint8Array): KeptDirectory {
  let last = '';
  let isClosed = false;
  return {
    read: () => {
      const plain = existsSync(file) ? open(key, readFileSync(file), AAD) : undefined;
      const directory: unknown = plain ? fromCbor(plain) : undefined;
      return Value.Check(DirectorySchema, directory) ? directory : undefined;
    },
    write: (directory) => {
      if (isClosed) return;
      const bytes = toCbor(directory);
      const text = Buffer.from(bytes).toString('base64');
      if (text === last) return;
      writeDurably(file, seal(key, bytes, AAD));
      last = text;
    },
    close: () => {
      isClosed = true;
      key.fill(0);
    },
  };
}
