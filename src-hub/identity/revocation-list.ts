import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Ids of revoked devices, kept beside the CA and apart from the database, so that a restored backup does not let them in again. */
export interface RevocationList {
  /** On disk when it returns. */
  readonly add: (device: string) => void;
  /** Undefined where nothing was ever revoked here. */
  readonly read: () => readonly string[] | undefined;
}

const DEVICE = /^[0-9a-f-]{36}$/;

/** The list in the folder of the CA; hubs that share the folder share it. */
export function openRevocationList(folder: string): RevocationList {
  const path = join(folder, 'revoked.txt');
  return {
    add: (device) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const file = openSync(path, 'a', 0o600);
      writeSync(file, `${device}\n`);
      fsyncSync(file);
      closeSync(file);
    },
    read: () =>
      existsSync(path)
        ? readFileSync(path, 'utf8')
            .split('\n')
            .filter((line) => DEVICE.test(line))
        : undefined,
  };
}
