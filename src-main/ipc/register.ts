import { ipcMain, type IpcMainInvokeEvent, type WebContents } from 'electron';
import { IPC, type IpcChannel, type IpcRequest, type IpcResponse } from '#shared/contract/ipc.ts';
import { fits } from '../fits.ts';
import { APP_ORIGIN } from '../security/app-protocol.ts';

/** One handler for every channel of the contract. */
export type IpcHandlers = { readonly [C in IpcChannel]: (request: IpcRequest<C>) => Promise<IpcResponse<C>> | IpcResponse<C> };

/** Whether a call comes from the top frame of our own window showing our own bundle. */
export function isTrustedSender(event: Pick<IpcMainInvokeEvent, 'senderFrame' | 'sender'>, own: WebContents | undefined): boolean {
  const frame = event.senderFrame;
  return frame !== null && own !== undefined && event.sender === own && frame.parent === null && frame.url.startsWith(`${APP_ORIGIN}/`);
}

/**
 * Connects every channel to its handler. A call from elsewhere or with a request that does not fit its schema is
 * refused before the handler sees it; the thrown text carries the channel only, never the request.
 */
export function registerIpc(handlers: IpcHandlers, ownContents: () => WebContents | undefined): void {
  const connect = <C extends IpcChannel>(channel: C): void => {
    ipcMain.handle(channel, async (event, request: unknown) => {
      if (!isTrustedSender(event, ownContents())) throw new Error(`${channel}: sender refused`);
      if (!fits(IPC[channel].request, request)) throw new Error(`${channel}: request refused`);
      return handlers[channel](request as IpcRequest<C>);
    });
  };
  for (const channel of Object.keys(handlers) as IpcChannel[]) connect(channel);
}
