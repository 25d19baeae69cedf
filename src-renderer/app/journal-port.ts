import { JOURNAL_PORT } from '#shared/contract/ipc.ts';

let arrived: MessagePort | undefined;
let waiting: ((port: MessagePort) => void) | undefined;

window.addEventListener('message', (event) => {
  const [port] = event.ports;
  if (event.source !== window || event.data !== JOURNAL_PORT || !port) return;
  if (waiting) waiting(port);
  else arrived = port;
});

/** The port of the journal main opened at the last unlock; each is handed out once. It may arrive before or after the answer to the unlock. */
export function takeJournalPort(): Promise<MessagePort> {
  const port = arrived;
  arrived = undefined;
  return port
    ? Promise.resolve(port)
    : new Promise((resolve) => {
        waiting = resolve;
      });
}
