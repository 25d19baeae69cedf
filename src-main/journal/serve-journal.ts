import type { MessagePortMain } from 'electron';
import { Value } from 'typebox/value';
import { JOURNAL_REQUESTS } from '#shared/contract/journal.ts';
import { connectRpc, type RpcMessage, type RpcPort, type Requests } from '#shared/contract/rpc.ts';
import type { Journal } from './journal.ts';

type Name = keyof typeof JOURNAL_REQUESTS;

/** The requests of `journal`, each checked against its schema before it is acted on; anything else is `bad-request`. */
export function checkedRequests(journal: Journal): Requests {
  const check = (name: Name) => async (request: unknown) => {
    if (!Value.Check(JOURNAL_REQUESTS[name], request)) throw { code: 'bad-request' };
    return journal.requests[name](request as never);
  };
  return Object.fromEntries((Object.keys(JOURNAL_REQUESTS) as Name[]).map((name) => [name, check(name)]));
}

/** Serves `journal` over the port of one window; only what that window handed its data worker can reach it. */
export function serveJournal(port: MessagePortMain, journal: Journal): void {
  const listeners = new Map<(event: RpcMessage) => void, (event: Electron.MessageEvent) => void>();
  const adapted: RpcPort = {
    postMessage: (message) => port.postMessage(message),
    addEventListener: (_type, listener) => {
      const forward = (event: Electron.MessageEvent) => listener({ data: event.data as unknown });
      listeners.set(listener, forward);
      port.on('message', forward);
    },
    removeEventListener: (_type, listener) => {
      const forward = listeners.get(listener);
      if (forward) port.off('message', forward);
    },
  };
  const rpc = connectRpc(adapted, { requests: checkedRequests(journal), streams: {} });
  port.on('close', () => rpc.close());
  port.start();
}
