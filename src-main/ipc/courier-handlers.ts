import { dialog, type BrowserWindow } from 'electron';
import { err, ok, type Result } from '#shared/base/result.ts';
import { BUNDLE_EXTENSION } from '#shared/contract/bundle.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IpcChannel } from '#shared/contract/ipc.ts';
import type { Courier } from '../courier/courier.ts';
import type { HandlerContext } from './handlers.ts';
import type { IpcHandlers } from './register.ts';

type CourierChannel = Extract<IpcChannel, `courier.${string}`>;

const LOCKED = err({ code: 'locked' } as const);
const FILTERS = [{ name: 'Suar', extensions: [BUNDLE_EXTENSION] }];

/** Handlers of the courier; every one is `locked` while the profile is. */
export function createCourierHandlers({ profiles, window }: Pick<HandlerContext, 'profiles' | 'window'>): Pick<IpcHandlers, CourierChannel> {
  const current = (): Courier | undefined => profiles.current()?.link()?.courier;
  const carried = <T>(run: (courier: Courier) => T): T | typeof LOCKED => {
    const courier = current();
    return courier ? run(courier) : LOCKED;
  };
  /** Asks the officer for a file; they may have locked meanwhile. */
  const chosen = async <T>(
    ask: (shown: BrowserWindow) => Promise<string | undefined>,
    none: T,
    use: (courier: Courier, file: string) => Promise<Result<T, AppError>>,
  ): Promise<Result<T, AppError>> => {
    const [courier, shown] = [current(), window()];
    if (!courier || !shown) return LOCKED;
    const file = await ask(shown);
    if (current() !== courier) return LOCKED;
    return file === undefined ? ok(none) : use(courier, file);
  };
  return {
    'courier.begin': (at) =>
      chosen(
        async (shown) => {
          const choice = await dialog.showSaveDialog(shown, { defaultPath: `suar-${new Date().toISOString().slice(0, 10)}.${BUNDLE_EXTENSION}`, filters: FILTERS });
          return choice.canceled || !choice.filePath ? undefined : choice.filePath;
        },
        false,
        async (courier, file) => {
          const begun = courier.begin(file, at);
          return begun.ok ? ok(true) : begun;
        },
      ),
    'courier.rows': (request) => carried((courier) => courier.add(request)),
    'courier.finish': () => carried((courier) => courier.finish()),
    'courier.cancel': () => {
      current()?.cancel();
      return null;
    },
    'courier.open': () =>
      chosen(
        async (shown) => {
          const choice = await dialog.showOpenDialog(shown, { properties: ['openFile'], filters: FILTERS });
          return choice.canceled ? undefined : choice.filePaths[0];
        },
        null,
        (courier, file) => courier.open(file),
      ),
    'courier.close': ({ taken }) => carried((courier) => courier.close(taken)),
    'courier.state': () => carried((courier) => ok(courier.state())),
  };
}
