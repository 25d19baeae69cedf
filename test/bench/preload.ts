/** Lets the bench page ask for the port of a journal; it arrives as in the app. */
import { contextBridge, ipcRenderer } from 'electron';
import { forwardJournalPort } from '../../src-main/preload/journal-port.ts';

contextBridge.exposeInMainWorld('benchJournal', (name: string) => ipcRenderer.send('bench.journal', name));
forwardJournalPort();
