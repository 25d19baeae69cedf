import type { Caller } from '../access/caller.ts';
import type { WakeBoard } from '../server/wake-board.ts';

/** Longest a request is held, in milliseconds: devices give up after 30 s without a byte. */
const HOLD_MS = 20_000;

/** A request that waits for an urgent record. */
export interface Hold {
  /** True where there is one; false after {@link HOLD_MS}, where the device left, was revoked or holds another request, and where the hub stops. */
  readonly urgent: Promise<boolean>;
  readonly end: () => void;
}

/** Lets each device hold one request open until the hub has something urgent for it. */
export function createHolds(wakes: Pick<WakeBoard, 'add'>): (caller: Pick<Caller, 'device' | 'unit'>) => Hold {
  const held = new Map<string, () => void>();
  return ({ device, unit }) => {
    held.get(device)?.();
    let settle = (_hasNews: boolean): void => undefined;
    const urgent = new Promise<boolean>((resolve) => (settle = resolve));
    const finish = (hasNews: boolean): void => {
      clearTimeout(timer);
      remove();
      if (held.get(device) === end) held.delete(device);
      settle(hasNews);
    };
    const end = (): void => finish(false);
    const timer = setTimeout(end, HOLD_MS);
    const remove = wakes.add({ device, unit, wake: (kind) => kind === 'urgent' && finish(true), end });
    held.set(device, end);
    return { urgent, end };
  };
}
