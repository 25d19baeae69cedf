import type { KeyObject } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { Value } from 'typebox/value';
import type { BundleFrame, BundleReceipt } from '#shared/contract/bundle.ts';
import { BundleError, readBundle, type BundleReader, type ReadBytes } from '#shared/contract/bundle-file.ts';
import type { Directory, KeyAnswer, PulledRow } from '#shared/contract/sync.ts';
import { rawPublicKey } from '../keys/identity.ts';
import { DirectorySchema, KeyAnswerSchema, PullAnswerSchema, PushAnswerSchema } from '../link/answers.ts';
import { agreeWith, BUNDLE_CRYPTO } from './courier-crypto.ts';

/** A page of an answer: rows of the hub's order behind `from`, up to `cursor`. */
export interface AnswerPage {
  readonly from: string;
  readonly cursor: string;
  readonly rows: readonly PulledRow[];
  readonly done: boolean;
}

/** An answer or a delivery of the hub that was checked from its first byte to its last. */
export interface Answer {
  readonly kind: 'answer' | 'delivery';
  /** Number of the request it answers; of a delivery 1. */
  readonly seq: number;
  /** The hub's epoch when the request was made. */
  readonly requestEpoch: string;
  /** Milliseconds since 1970. */
  readonly made: number;
  readonly directory: Directory;
  readonly keys: KeyAnswer;
  readonly receipt: BundleReceipt;
  /** Rows of all pages. */
  readonly rows: number;
  /** Where the first page begins; undefined where there is none. */
  readonly begins: string | undefined;
  /** The page that goes on from `cursor`; undefined where nothing is behind it. Throws a {@link BundleError} where pages before it are missing. */
  readonly pageAfter: (cursor: string) => AnswerPage | undefined;
  readonly close: () => void;
}

/** A position in the hub's order, `epoch:xid:pos`. */
function positionOf(cursor: string): { readonly epoch: string; readonly xid: bigint; readonly pos: bigint } | undefined {
  const match = /^([^:]+):(\d+):(\d+)$/.exec(cursor);
  return match?.[1] && match[2] && match[3] ? { epoch: match[1], xid: BigInt(match[2]), pos: BigInt(match[3]) } : undefined;
}

/** Whether `cursor` stands before `other`; undefined where they are of different orders. The empty cursor is the beginning of any. */
function isBefore(cursor: string, other: string): boolean | undefined {
  const [a, b] = [positionOf(cursor), positionOf(other)];
  if (!b) return cursor === '' && other === '' ? false : undefined;
  if (!a) return cursor === '' ? true : undefined;
  if (a.epoch !== b.epoch) return undefined;
  return a.xid < b.xid || (a.xid === b.xid && a.pos < b.pos);
}

/** A frame of the shape its name says, or a {@link BundleError}: a hub is another country's machine. */
function checked(frame: BundleFrame): BundleFrame {
  const { t } = frame;
  if (t === 'page' && typeof frame.from === 'string' && Value.Check(PullAnswerSchema, { rows: frame.rows, cursor: frame.cursor, done: frame.done })) return frame;
  if (t === 'directory' && Value.Check(DirectorySchema, frame.directory) && Value.Check(KeyAnswerSchema, frame.keys)) return frame;
  if (
    t === 'receipt' &&
    Array.isArray(frame.accepted) &&
    Array.isArray(frame.conflicts) &&
    Value.Check(PushAnswerSchema, { conflicts: frame.conflicts.map(({ row }) => row), rejected: frame.rejected })
  )
    return frame;
  throw new BundleError('bundle-altered');
}

/** As {@link readAnswer}, with each of the keys that it may be sealed to, until one is right. */
export async function readAnswerFor(file: string, keys: readonly KeyObject[], reader: Omit<BundleReader, 'boxKey' | 'agree'>): Promise<Answer> {
  for (const [at, key] of keys.entries()) {
    try {
      return await readAnswer(file, { ...reader, boxKey: rawPublicKey(key), agree: (eph) => agreeWith(key, eph) });
    } catch (error) {
      const isForAnother = error instanceof BundleError && error.code === 'bundle-misaddressed';
      if (!isForAnother || at === keys.length - 1) throw error;
    }
  }
  throw new BundleError('bundle-misaddressed');
}

/** Opens and checks the answer or delivery in `file`. Rejects with {@link BundleError}, or with the error of the system where it cannot be read. */
export async function readAnswer(file: string, reader: BundleReader): Promise<Answer> {
  const handles = new Set<number>();
  const close = (): void => {
    for (const handle of handles) closeSync(handle);
    handles.clear();
  };
  const open = (): ReadBytes => {
    const handle = openSync(file, 'r');
    handles.add(handle);
    return (length) => {
      const bytes = Buffer.alloc(length);
      let at = 0;
      for (let got = 1; at < length && got > 0; at += got) got = readSync(handle, bytes, at, length - at, null);
      return bytes.subarray(0, at);
    };
  };
  try {
    const { head, frames } = await readBundle(BUNDLE_CRYPTO, reader, open);
    let directory: { readonly directory: Directory; readonly keys: KeyAnswer } | undefined;
    let receipt: BundleReceipt = { accepted: [], rejected: [], conflicts: [] };
    const pages: { readonly from: string; readonly cursor: string }[] = [];
    let rows = 0;
    for (const frame of frames()) {
      const known = checked(frame);
      if (known.t === 'directory') directory = known;
      else if (known.t === 'receipt') receipt = known;
      else if (known.t === 'page') {
        pages.push({ from: known.from, cursor: known.cursor });
        rows += known.rows.length;
      }
    }
    if (!directory) throw new BundleError('bundle-altered');
    const nextPages = pagesInOrder(frames);
    return {
      kind: head.kind === 'delivery' ? 'delivery' : 'answer',
      seq: head.seq,
      requestEpoch: head.epoch,
      made: head.made,
      ...directory,
      receipt,
      rows,
      begins: pages[0]?.from,
      pageAfter: (cursor) => {
        const [first] = pages;
        if (!first) return undefined;
        // From the beginning, because the hub has begun another order: whatever position this device is at.
        const position = first.from === '' && isBefore(cursor, first.cursor) === undefined ? '' : cursor;
        if (position !== first.from && isBefore(first.from, position) !== true) throw new BundleError('bundle-gap');
        const at = pages.findIndex((page) => position === page.from || isBefore(position, page.cursor) === true);
        return at < 0 || pages[at]?.cursor === position ? undefined : nextPages(at);
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Pages by number; asked for in order, the file is read once. */
function pagesInOrder(frames: () => Generator<BundleFrame, void>): (number: number) => AnswerPage | undefined {
  let running: Generator<BundleFrame, void> | undefined;
  let next = 0;
  return (number) => {
    if (!running || number < next) [running, next] = [frames(), 0];
    for (let step = running.next(); !step.done; step = running.next()) if (step.value.t === 'page' && next++ === number) return step.value;
    running = undefined;
    return undefined;
  };
}
