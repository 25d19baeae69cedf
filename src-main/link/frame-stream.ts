import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { FRAME_HEAD_BYTES, readFrameHead } from '#shared/contract/frame.ts';
import type { ByteStream } from './byte-stream.ts';

/** Cuts an answer of the hub into its frames. */
export interface FrameStream {
  /** The content of the next frame, or undefined after the last. Errors: those of the stream, `hub-garbage`. */
  readonly next: () => Promise<Result<Uint8Array | undefined, AppError>>;
  /** What there is of a frame that did not come whole; to be gone on with (contract/frame.ts RESUME). */
  readonly begun: () => Uint8Array;
}

/** Reads frames from `stream`, whose first one may be the rest of `begun`: the stream says whether it is. */
export function createFrameStream(stream: ByteStream, begun: Uint8Array = new Uint8Array()): FrameStream {
  let held: Uint8Array[] = [begun];
  let size = begun.length;
  let isFirst = true;

  /** Reads until there are `length` bytes; false where the stream ends before. */
  const fill = async (length: number): Promise<Result<boolean, AppError>> => {
    // what was begun counts only once the hub says that this is the rest of it
    while (isFirst || size < length) {
      const chunk = await stream.read();
      if (!chunk.ok) return chunk;
      if (isFirst && !stream.isRest()) [held, size] = [[], 0];
      isFirst = false;
      if (!chunk.value) return ok(false);
      held.push(chunk.value);
      size += chunk.value.length;
    }
    held = [Buffer.concat(held)];
    return ok(true);
  };
  const peek = (length: number): Uint8Array => held[0]?.subarray(0, length) ?? new Uint8Array();
  return {
    next: async () => {
      const hasHead = await fill(FRAME_HEAD_BYTES);
      if (!hasHead.ok) return hasHead;
      if (!hasHead.value) return size === 0 ? ok(undefined) : err({ code: 'hub-unreachable' });
      const head = readFrameHead(peek(FRAME_HEAD_BYTES));
      if (!head) return err({ code: 'hub-garbage' });
      const length = FRAME_HEAD_BYTES + head.contentBytes;
      const isWhole = await fill(length);
      if (!isWhole.ok) return isWhole;
      if (!isWhole.value) return err({ code: 'hub-unreachable' });
      const content = peek(length).slice(FRAME_HEAD_BYTES);
      held = [held[0]?.subarray(length) ?? new Uint8Array()];
      size -= length;
      return ok(content);
    },
    begun: () => Buffer.concat(held),
  };
}
