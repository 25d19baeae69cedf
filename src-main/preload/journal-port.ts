import { ipcRenderer } from 'electron';
import { JOURNAL_PORT } from '#shared/contract/ipc.ts';

/** Hands the port of the journal, which main sends after an unlock, on to the window's own script. */
export function forwardJournalPort(): void {
  ipcRenderer.on(JOURNAL_PORT, (event) => window.postMessage(JOURNAL_PORT, window.location.origin, [...event.ports]));
}
