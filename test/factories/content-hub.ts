import { err, ok, type Result } from '#shared/base/result.ts';
import type { ContentState } from '#shared/contract/content.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { ContentLane } from '../../src-main/content/lane.ts';

/** What becomes of one request: carried out, cut before, in the middle (part of its bytes arrive), or carried out with the answer lost. */
export type Fate = 'fine' | 'cut' | 'middle' | 'answer-lost';

/** A hub for contents in memory, with a line that is cut where the test says. */
export interface ContentHub {
  readonly lane: ContentLane;
  /** Bytes of content that crossed the line, each way, counted every time. */
  readonly crossed: { up: number; down: number };
  readonly cuts: () => number;
  /** Changes what a reader gets. */
  tamper: (bytes: Uint8Array, at: number) => Uint8Array;
  readonly has: (id: string) => boolean;
}

const CUT = err({ code: 'hub-unreachable' } as const);
const GONE = err({ code: 'content-gone' } as const);

/** Creates the hub; `fate` is asked before every request, `share` (0 to 1) where a cut falls. */
export function createContentHub(fate: () => Fate, share: () => number): ContentHub {
  const contents = new Map<string, { state: ContentState; bytes: Buffer; isFetched?: true }>();
  const crossed = { up: 0, down: 0 };
  let cuts = 0;
  const plain = async <T>(work: () => Result<T, AppError>): Promise<Result<T, AppError>> => {
    await new Promise((resolve) => setImmediate(resolve));
    const fell = fate();
    if (fell !== 'fine') cuts++;
    if (fell === 'cut' || fell === 'middle') return CUT;
    const answer = work();
    return fell === 'fine' ? answer : CUT;
  };
  const holding = (id: string) => {
    const known = contents.get(id);
    return known?.isFetched ? undefined : known;
  };
  const hub: ContentHub = {
    crossed,
    cuts: () => cuts,
    has: (id) => holding(id) !== undefined,
    tamper: (bytes) => bytes,
    lane: {
      offer: (offer) =>
        plain(() => {
          const known = contents.get(offer.id) ?? { bytes: Buffer.alloc(0), state: { record: offer.record, sizeBytes: offer.sizeBytes, received: 0, wraps: offer.wraps, expires: '' } };
          contents.set(offer.id, known);
          return ok({ ...known.state, received: known.isFetched ? offer.sizeBytes : known.bytes.length });
        }),
      state: ({ id }) =>
        plain(() => {
          const known = holding(id);
          return known ? ok({ ...known.state, received: known.bytes.length }) : GONE;
        }),
      put: async (id, at, bytes) => {
        await new Promise((resolve) => setImmediate(resolve));
        const known = holding(id);
        const fell = fate();
        if (fell !== 'fine') cuts++;
        if (fell === 'cut') return CUT;
        if (!known) return GONE;
        const arrived = fell === 'middle' ? bytes.subarray(0, Math.floor(bytes.length * share())) : bytes;
        crossed.up += arrived.length;
        if (at === known.bytes.length) known.bytes = Buffer.concat([known.bytes, arrived]);
        return fell === 'fine' ? ok(known.bytes.length) : CUT;
      },
      get: async ({ id }, at, length, onBytes) => {
        await new Promise((resolve) => setImmediate(resolve));
        const known = holding(id);
        const fell = fate();
        if (fell !== 'fine') cuts++;
        if (fell === 'cut') return CUT;
        if (!known) return GONE;
        const whole = known.bytes.subarray(at, at + length);
        const arrived = fell === 'middle' ? whole.subarray(0, Math.floor(whole.length * share())) : whole;
        crossed.down += arrived.length;
        // as frames, not as one block
        for (let from = 0; from < arrived.length; from += 5000) onBytes(hub.tamper(arrived.subarray(from, from + 5000), at + from));
        return fell === 'fine' ? ok(null) : CUT;
      },
      end: ({ id }) =>
        plain(() => {
          const known = contents.get(id);
          if (known) contents.set(id, { ...known, bytes: Buffer.alloc(0), isFetched: true });
          return known ? ok(null) : GONE;
        }),
    },
  };
  return hub;
}
