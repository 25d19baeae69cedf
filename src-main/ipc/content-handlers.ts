import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IpcChannel } from '#shared/contract/ipc.ts';
import type { Transfers } from '../content/transfers.ts';
import { toDiskError } from '../disk-failure.ts';
import type { HandlerContext } from './handlers.ts';
import type { IpcHandlers } from './register.ts';

type ContentChannel = Extract<IpcChannel, `content.${string}`>;

const LOCKED = err({ code: 'locked' } as const);

/** Handlers of contents on their way; every one is `locked` while the profile is. */
export function createContentHandlers({ profiles }: Pick<HandlerContext, 'profiles'>): Pick<IpcHandlers, ContentChannel> {
  const opened = <T>(run: (transfers: Transfers) => T): T | typeof LOCKED => {
    const evidence = profiles.current()?.evidence();
    return evidence ? run(evidence.transfers) : LOCKED;
  };
  /** What is begun is noted on the disk first. */
  const noted = <T>(run: (transfers: Transfers) => Result<T, AppError>): Result<T, AppError> => {
    try {
      return opened(run);
    } catch (error) {
      return err(toDiskError(error));
    }
  };
  return {
    'content.list': () => opened((transfers) => ok(transfers.list())),
    'content.send': (request) => noted((transfers) => transfers.send(request)),
    'content.receive': (request) => noted((transfers) => transfers.receive(request)),
    'content.pause': ({ content, paused }) => {
      opened((transfers) => transfers.pause(content, paused));
      return null;
    },
    'content.cancel': async ({ content }) => {
      await opened((transfers) => transfers.cancel(content));
      return null;
    },
    'content.settle': ({ content }) => opened((transfers) => transfers.settle(content)),
  };
}
