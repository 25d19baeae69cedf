import { err, ok, type Result } from '#shared/base/result.ts';
import type { CourierAnswer, CourierMade, CourierState } from '#shared/contract/bundle.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { toAppError } from '#shared/contract/rpc.ts';
import type { DataService } from '../../db/data-service.ts';

const UNEXPECTED = err({ code: 'unexpected' } as const);
/** Waiting records handed to main at once. */
const PAGE = 250;

/** Nothing half-made stays. */
function cancel(): void {
  void window.suar.invoke('courier.cancel', {});
}

/** What the device remembers of its bundles; undefined while locked. */
export async function courierState(): Promise<CourierState | undefined> {
  const state = await window.suar.invoke('courier.state', {}).catch(() => UNEXPECTED);
  return state.ok ? state.value : undefined;
}

/** Asks for a file and writes everything that waits into it; null where the officer chose none. Nothing half-made stays. */
export async function makeBundle(data: DataService, onProgress: (done: number, total: number) => void): Promise<Result<CourierMade | null, AppError>> {
  try {
    const { cursor, epoch, ids } = await data.outbox();
    const begun = await window.suar.invoke('courier.begin', { cursor, epoch });
    if (!begun.ok || !begun.value) return begun.ok ? ok(null) : begun;
    for (let at = 0; at < ids.length; at += PAGE) {
      onProgress(at, ids.length);
      const rows = await data.waitingRows(ids.slice(at, at + PAGE));
      const added = await window.suar.invoke('courier.rows', { rows: rows.map(({ doc, assumedRev }) => ({ doc, assumed: assumedRev })) });
      if (!added.ok) {
        cancel();
        return added;
      }
    }
    return await window.suar.invoke('courier.finish', {});
  } catch (error) {
    cancel();
    return err(toAppError(error));
  }
}

/** Asks for an answer of the hub and takes everything in it; null where the officer chose none. What was taken before a failure is kept. */
export async function readAnswer(data: DataService, onReading: () => void): Promise<Result<CourierAnswer | null, AppError>> {
  const opened = await window.suar.invoke('courier.open', {}).catch(() => UNEXPECTED);
  if (!opened.ok || opened.value === null) return opened;
  onReading();
  const taken = await data.takeAnswer();
  const closed = await window.suar.invoke('courier.close', { taken: taken.ok }).catch(() => UNEXPECTED);
  if (!taken.ok) return taken;
  return closed.ok ? opened : closed;
}
