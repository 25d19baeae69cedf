import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { BUNDLE_FRAME_BYTES, BUNDLE_FRAME_ROWS, type BundleHead } from '#shared/contract/bundle.ts';
import { writeBundle, type BundleSeal } from '#shared/contract/bundle-file.ts';
import type { PushRow } from '#shared/contract/sync.ts';
import { BUNDLE_CRYPTO } from './courier-crypto.ts';

/** A request under way: it gets its name when it is whole. */
export interface RequestWriter {
  /** Throws the error of the system. */
  readonly add: (rows: readonly PushRow[]) => void;
  /** Signs, flushes and names the file; answers its size in bytes. */
  readonly end: (sign: (bytes: Uint8Array) => Uint8Array) => number;
  /** Leaves nothing behind. */
  readonly abandon: () => void;
}

/** Rows in frames that a reader holds in memory one at a time. */
function* frames(rows: readonly PushRow[]): Generator<readonly PushRow[], void> {
  let from = 0;
  let sizeBytes = 0;
  for (const [at, { rec }] of rows.entries()) {
    if (at > from && (at - from >= BUNDLE_FRAME_ROWS || sizeBytes + rec.body.length > BUNDLE_FRAME_BYTES)) {
      yield rows.slice(from, at);
      [from, sizeBytes] = [at, 0];
    }
    sizeBytes += rec.body.length;
  }
  if (from < rows.length) yield rows.slice(from);
}

/** Begins a request in `file`, which appears when it is whole. Throws the error of the system. */
export function makeRequest(file: string, seal: BundleSeal, head: BundleHead): RequestWriter {
  const part = `${file}.part`;
  const handle = openSync(part, 'w', 0o600);
  let sizeBytes = 0;
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(handle);
    isOpen = false;
  };
  const abandon = (): void => {
    close();
    rmSync(part, { force: true });
  };
  /** A request that could not be written whole is not there at all. */
  const orAbandon = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      abandon();
      throw error;
    }
  };
  const writer = orAbandon(() =>
    writeBundle(BUNDLE_CRYPTO, seal, head, (bytes) => {
      for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
      sizeBytes += bytes.length;
    }),
  );
  return {
    add: (rows) =>
      orAbandon(() => {
        for (const part of frames(rows)) writer.add({ t: 'rows', rows: part });
      }),
    end: (sign) =>
      orAbandon(() => {
        writer.end(sign);
        fsyncSync(handle);
        close();
        renameSync(part, file);
        return sizeBytes;
      }),
    abandon,
  };
}
