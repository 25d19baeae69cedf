import type { Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { LinkPullAnswer, LinkPushAnswer, LinkRecord, SyncLink } from './link.ts';

/** The two IPC calls sync needs, bound to the bridge of the preload. */
export interface LinkCalls {
  readonly push: (request: { rows: { doc: LinkRecord; assumed: string | null; home?: boolean }[]; epoch: string; carried: boolean }) => Promise<Result<LinkPushAnswer, AppError>>;
  readonly pull: (request: { cursor: string; limit: number; carried: boolean }) => Promise<Result<LinkPullAnswer, AppError>>;
  readonly purged: (request: { ids: string[] }) => Promise<Result<readonly string[], AppError>>;
}

function valueOf<T>(answer: Result<T, AppError>): T {
  if (!answer.ok) throw answer.error;
  return answer.value;
}

/** The way to the hub over main's IPC (contract/ipc.ts `link.push`, `link.pull`). */
export function createIpcLink({ push, pull, purged }: LinkCalls): SyncLink {
  const way = (carried: boolean): Pick<SyncLink, 'push' | 'pull'> => ({
    push: async (rows, epoch = '') => valueOf(await push({ rows: rows.map(({ doc, assumedRev, home }) => ({ doc, assumed: assumedRev, ...(home ? { home } : {}) })), epoch, carried })),
    pull: async (cursor, limit) => valueOf(await pull({ cursor: cursor ?? '', limit, carried })),
  });
  return {
    ...way(false),
    carried: way(true),
    purged: async (ids) => valueOf(await purged({ ids: [...ids] })),
  };
}
