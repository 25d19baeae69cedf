import type { SyncLink } from '../../src-renderer/sync/link.ts';
import type { HubStandIn } from './hub-stand-in.ts';

/** How a line behaves; every chance is a number from 0 to 1. */
export interface LineFaults {
  readonly drop: number;
  readonly lostAnswer: number;
  readonly duplicate: number;
  /** Longest delay each way, in milliseconds; answers overtake each other. */
  readonly delayMs: number;
}

export const NO_FAULTS: LineFaults = { drop: 0, lostAnswer: 0, duplicate: 0, delayMs: 0 };

/** A line to the hub whose faults can be set and healed. */
export interface FaultyLine {
  readonly link: SyncLink;
  online: boolean;
  faults: LineFaults;
  /** When set, an answer carried by hand is open. */
  carried: SyncLink | undefined;
  /** When set, a push reaches the hub but its answer waits for this. */
  holdPushAnswer: Promise<void> | undefined;
  /** When set, a pull waits for this before it reaches the hub. */
  holdPull: Promise<void> | undefined;
  readonly pushes: () => number;
  readonly pulls: () => number;
}

const unreachable = () => Object.assign(new Error('no line'), { code: 'hub-unreachable' });

/** Creates a line whose faults come from `random`. */
export function createFaultyLine(hub: HubStandIn, random: () => number, bend: (link: SyncLink) => SyncLink = (link) => link): FaultyLine {
  let pushes = 0;
  let pulls = 0;
  const wait = () => new Promise<void>((resolve) => (line.faults.delayMs > 0 ? setTimeout(resolve, random() * line.faults.delayMs) : queueMicrotask(resolve)));
  /** A repeated request whose answer nobody hears, a refusal of the epoch included. */
  const repeat = (call: () => unknown): void => {
    try {
      call();
    } catch {
      // as on the line
    }
  };
  async function carry<T>(call: () => T): Promise<T> {
    await wait();
    if (!line.online || random() < line.faults.drop) throw unreachable();
    const answer = structuredClone(call());
    if (random() < line.faults.duplicate) setTimeout(() => repeat(call), random() * 10);
    await wait();
    if (!line.online || random() < line.faults.lostAnswer) throw unreachable();
    return answer;
  }
  const line: FaultyLine = {
    online: true,
    faults: NO_FAULTS,
    carried: undefined,
    holdPushAnswer: undefined,
    holdPull: undefined,
    pushes: () => pushes,
    pulls: () => pulls,
    link: bend({
      push: async (rows, epoch) => {
        pushes++;
        const answer = await carry(() => hub.push(rows, epoch));
        await line.holdPushAnswer;
        return answer;
      },
      pull: async (cursor, limit) => {
        pulls++;
        await line.holdPull;
        return carry(() => hub.pull(cursor, limit));
      },
      carried: {
        push: (rows, epoch) => (line.carried ? line.carried.push(rows, epoch) : Promise.reject(unreachable())),
        pull: (cursor, limit) => (line.carried ? line.carried.pull(cursor, limit) : Promise.reject(unreachable())),
      },
    }),
  };
  return line;
}
