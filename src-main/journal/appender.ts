import { open, type FileHandle } from 'node:fs/promises';
import { chosenCrashPoint, crashPoint } from '../lab.ts';
import { toBytes, type Entry } from './entries.ts';
import { sealFrame, type ChainEnd } from './frames.ts';

/** Appends to one file; a resolved append is on disk. */
export interface Appender {
  /** Writes that wait together share one fsync. Rejects, with the file as it was before, where the disk takes no more. */
  readonly append: (entry: Entry) => Promise<void>;
  readonly sizeBytes: () => number;
  readonly end: () => ChainEnd;
  /** Resolves when everything before is written; the file is closed. */
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly plain: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Opens `file` for appending after `sizeBytes`, what lies behind is cut off (a frame that a crash left half written). */
export async function openAppender(file: string, key: Uint8Array, from: { readonly end: ChainEnd; readonly sizeBytes: number }): Promise<Appender> {
  const handle: FileHandle = await open(file, from.sizeBytes === 0 ? 'w' : 'r+', 0o600);
  try {
    await handle.truncate(from.sizeBytes);
  } catch (error) {
    await handle.close();
    throw error;
  }
  let { end, sizeBytes } = from;
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  let broken: unknown;

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      const frames: Uint8Array[] = [];
      let next = end;
      for (const { plain } of batch) {
        const sealed = sealFrame(key, next, plain);
        frames.push(sealed.bytes);
        next = sealed.end;
      }
      const bytes = Buffer.concat(frames);
      try {
        if (broken !== undefined) throw broken;
        crashPoint('journal-before-write');
        await writeAt(handle, bytes, sizeBytes);
        crashPoint('journal-before-fsync');
        await handle.datasync();
        crashPoint('journal-after-fsync');
      } catch (error) {
        // What cannot be cut off again would stand between this frame and the next: then no more is written.
        await handle.truncate(sizeBytes).catch((failure: unknown) => (broken = failure));
        for (const { reject } of batch) reject(error);
        continue;
      }
      end = next;
      sizeBytes += bytes.length;
      for (const { resolve } of batch) resolve();
    }
    running = undefined;
  }

  return {
    append: (entry) =>
      new Promise<void>((resolve, reject) => {
        waiting.push({ plain: toBytes(entry), resolve, reject });
        running ??= writeAll();
      }),
    sizeBytes: () => sizeBytes,
    end: () => end,
    close: async () => {
      await running;
      await handle.close();
    },
  };
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  const half = chosenCrashPoint() === 'journal-half-written' ? bytes.length >> 1 : bytes.length;
  let at = 0;
  while (at < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, at, (at < half ? half : bytes.length) - at, position + at);
    at += bytesWritten;
    if (at === half) crashPoint('journal-half-written');
  }
}
