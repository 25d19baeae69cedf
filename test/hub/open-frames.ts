import type { ClientHttp2Stream } from 'node:http2';
import { inflateRawSync } from 'node:zlib';
import { FRAME_HEAD_BYTES, readFrameHead } from '#shared/contract/frame.ts';
import { unpackRows } from '#shared/contract/packed-rows.ts';
import type { FrameParcel } from '#shared/contract/parcel.ts';
import { MAX_PULL_ROWS, type PullAnswer, type PulledRow } from '#shared/contract/sync.ts';
import { fromCbor } from '#shared/contract/wire.ts';
import { sha256 } from '../../src-hub/identity/signatures.ts';
import type { Device } from './support.ts';

/** A frame: its rows and its parcels, whose rows have no body. */
export interface FrameAnswer extends PullAnswer {
  readonly parcels?: readonly FrameParcel[];
}

/** Frames of a stream as they are asked for; nothing is read ahead. */
export interface Frames {
  readonly status: () => Promise<number>;
  /** Undefined where the answer ends, whole or cut. */
  readonly next: () => Promise<{ readonly answer: FrameAnswer; readonly bytes: number } | undefined>;
  readonly rest: () => Promise<FrameAnswer[]>;
  /** The next bytes of the answer as they are. */
  readonly bytes: (length: number) => Promise<Buffer | undefined>;
  readonly close: () => void;
}

/** Asks a hub for the frames behind a cursor, with parcels where `inParcels`; of the first one for the `rest` (contract/frame.ts). */
export function openFrames(device: Device, cursor = '', inParcels = false, rest = ''): Frames {
  const stream: ClientHttp2Stream = device.session.request({ ':path': `/v1/frames?cursor=${encodeURIComponent(cursor)}${inParcels ? '&parcels=1' : ''}${rest && `&rest=${rest}`}` });
  stream.on('error', () => undefined);
  const status = new Promise<number>((resolve) => stream.once('response', (headers) => resolve(Number(headers[':status']))));
  let ended = false;
  stream.on('end', () => (ended = true));
  let wake = (): void => undefined;
  for (const event of ['readable', 'end', 'close']) stream.on(event, () => wake());
  const read = async (length: number): Promise<Buffer | undefined> => {
    for (;;) {
      const bytes = stream.read(length) as Buffer | null;
      if (bytes) return bytes.length === length ? bytes : undefined;
      if (ended || stream.destroyed) return undefined;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const next: Frames['next'] = async () => {
    const head = await read(FRAME_HEAD_BYTES);
    if (!head) return undefined;
    const known = readFrameHead(head);
    if (!known) throw new Error(`no frame, in an answer of status ${await status}`);
    const content = await read(known.contentBytes);
    if (!content) return undefined;
    const frame = fromCbor(new Uint8Array(inflateRawSync(content))) as FrameAnswer;
    return { answer: { ...frame, rows: unpackRows(frame.rows, MAX_PULL_ROWS, sha256) as PulledRow[] }, bytes: content.length + FRAME_HEAD_BYTES };
  };
  return {
    next,
    status: () => status,
    bytes: read,
    close: () => stream.close(),
    rest: async () => {
      const answers: FrameAnswer[] = [];
      for (let frame = await next(); frame; frame = await next()) answers.push(frame.answer);
      return answers;
    },
  };
}
