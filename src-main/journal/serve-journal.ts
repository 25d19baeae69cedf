import type { MessagePortMain } from 'electron';
import type { TSchema } from 'typebox';
import { BACKUP_REQUESTS, type BackupService } from '#shared/contract/backup.ts';
import { JOURNAL_REQUESTS } from '#shared/contract/journal.ts';
import { connectRpc, type RpcMessage, type RpcPort, type Requests } from '#shared/contract/rpc.ts';
import { fits } from '../fits.ts';
import { toJournalError } from '../disk-failure.ts';
import type { Journal } from './journal.ts';

/** The requests of `journal` and of a backup, each checked against its schema before it is acted on; anything else is `bad-request`, and a disk that fails is `store-full` or `journal-failed`. */
export function checkedRequests(journal: Journal, backup?: BackupService['requests']): Requests {
  return { ...checked(JOURNAL_REQUESTS, journal.requests), ...(backup ? checked(BACKUP_REQUESTS, backup) : {}) };
}

function checked(schemas: Readonly<Record<string, TSchema>>, requests: Requests): Requests {
  const check = ([name, schema]: [string, TSchema]) => {
    const checkedRequest = async (request: unknown) => {
      const handler = fits(schema, request) ? requests[name] : undefined;
      if (handler === undefined) throw { code: 'bad-request' };
      return handler(request as never).catch((error: unknown) => Promise.reject(toJournalError(error)));
    };
    return [name, checkedRequest] as const;
  };
  return Object.fromEntries(Object.entries(schemas).map(check));
}

/** Serves `journal`, and rows of a backup, over the port of one window; only what that window handed its data worker can reach it. */
export function serveJournal(port: MessagePortMain, journal: Journal, backup?: BackupService['requests']): void {
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
  const rpc = connectRpc(adapted, { requests: checkedRequests(journal, backup), streams: {} });
  port.on('close', () => rpc.close());
  port.start();
}
