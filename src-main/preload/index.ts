import { contextBridge, ipcRenderer } from 'electron';
import { IPC_CHANNELS, IPC_EVENTS, type SuarBridge } from '#shared/contract/ipc.ts';
import { forwardJournalPort } from './journal-port.ts';

const channels: readonly string[] = IPC_CHANNELS;
const events: readonly string[] = IPC_EVENTS;

const bridge: SuarBridge = {
  invoke: (channel, request) => (channels.includes(channel) ? ipcRenderer.invoke(channel, request) : Promise.reject(new Error('unknown channel'))),
  on: (event, listener) => {
    if (!events.includes(event)) throw new Error('unknown event');
    const forward = (_event: unknown, ...payload: Parameters<typeof listener>): void => listener(...payload);
    ipcRenderer.on(event, forward);
    return () => ipcRenderer.removeListener(event, forward);
  },
};

contextBridge.exposeInMainWorld('suar', bridge);
forwardJournalPort();
